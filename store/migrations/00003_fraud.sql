-- +goose NO TRANSACTION
-- +goose Up
-- One row for each purchase that a fraud rule was hit by; purchases without a hit have their snapshot in the decision's record.
CREATE TABLE IF NOT EXISTS fraud_checks (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  session_id  TEXT   NOT NULL,
  authorization_id TEXT NOT NULL,
  order_id    TEXT   NOT NULL,
  decision_id TEXT   NOT NULL,
  day         BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  outcome     TEXT   NOT NULL,
  rules       TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  deadline    BIGINT NOT NULL,
  device      TEXT   NOT NULL,
  proposed_by TEXT   NOT NULL,
  proposed    TEXT   NOT NULL,
  decided_by  TEXT   NOT NULL,
  decided_at  BIGINT NOT NULL,
  confirmed   BIGINT NOT NULL,
  note        BYTEA  NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS fraud_checks_pending ON fraud_checks (bucket, deadline) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS fraud_checks_consumer ON fraud_checks (bucket, consumer_id, at);
-- What is blocked is a keyed hash; every entry ends by itself.
CREATE TABLE IF NOT EXISTS fraud_blocks (
  id         TEXT   PRIMARY KEY,
  kind       TEXT   NOT NULL,
  digest     TEXT   NOT NULL,
  code       TEXT   NOT NULL,
  owner      TEXT   NOT NULL,
  reason     TEXT   NOT NULL,
  created_at BIGINT NOT NULL,
  until_day  BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS fraud_domains (
  domain TEXT PRIMARY KEY
);
-- What the day run found out about a shop, one row for each day and kind of signal.
CREATE TABLE IF NOT EXISTS merchant_signals (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  day         BIGINT NOT NULL,
  value       BIGINT NOT NULL,
  bound       BIGINT NOT NULL,
  of_count    BIGINT NOT NULL,
  alarm       BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS merchant_signals_merchant ON merchant_signals (bucket, merchant_id, day);
