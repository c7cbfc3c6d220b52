-- +goose NO TRANSACTION
-- +goose Up
-- What happened to a merchant's orders and payouts, told to its endpoint; only merchants with an endpoint have rows.
CREATE TABLE IF NOT EXISTS merchant_events (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  type        TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  data        BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS merchant_events_merchant ON merchant_events (bucket, merchant_id, at);
-- Every call of a merchant's address, one row for each try, written with the state of its job.
CREATE TABLE IF NOT EXISTS shop_calls (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  job_id      TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  host        TEXT   NOT NULL,
  try         BIGINT NOT NULL,
  status      BIGINT NOT NULL,
  problem     TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  next_at     BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS shop_calls_merchant ON shop_calls (bucket, merchant_id, at);
CREATE INDEX IF NOT EXISTS shop_calls_subject ON shop_calls (bucket, subject, at);
-- Where a merchant wants events; the secret before this one signs too until its end.
CREATE TABLE IF NOT EXISTS webhook_endpoints (
  merchant_id    TEXT   PRIMARY KEY,
  url            TEXT   NOT NULL,
  secret         BYTEA  NOT NULL,
  previous       BYTEA  NOT NULL,
  previous_until BIGINT NOT NULL,
  created_at     BIGINT NOT NULL
);
-- A merchant's activation: asked for by one person, confirmed by another who saw the same terms.
CREATE TABLE IF NOT EXISTS merchant_activations (
  merchant_id  TEXT   PRIMARY KEY,
  digest       TEXT   NOT NULL,
  asked_by     TEXT   NOT NULL,
  asked_at     BIGINT NOT NULL,
  confirmed_by TEXT   NOT NULL,
  confirmed_at BIGINT NOT NULL
);
ALTER TABLE credentials ADD COLUMN created_at BIGINT NOT NULL DEFAULT 0;
