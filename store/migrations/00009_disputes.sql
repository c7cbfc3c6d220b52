-- +goose NO TRANSACTION
-- +goose Up
-- Disputes lie with their consumer; what is withheld meanwhile, reserves and settlement reports with their merchant.
CREATE TABLE IF NOT EXISTS disputes (
  bucket       BIGINT NOT NULL,
  id           TEXT   NOT NULL,
  consumer_id  TEXT   NOT NULL,
  merchant_id  TEXT   NOT NULL,
  order_id     TEXT   NOT NULL,
  capture_id   TEXT   NOT NULL,
  invoice_id   TEXT   NOT NULL,
  reason       TEXT   NOT NULL,
  state        TEXT   NOT NULL,
  outcome      TEXT   NOT NULL,
  amount       BIGINT NOT NULL,
  whole        BIGINT NOT NULL,
  lost         BIGINT NOT NULL,
  fee          BIGINT NOT NULL,
  currency     TEXT   NOT NULL,
  opened_at    BIGINT NOT NULL,
  opened_day   BIGINT NOT NULL,
  deadline_day BIGINT NOT NULL,
  closed_at    BIGINT NOT NULL,
  closed_day   BIGINT NOT NULL,
  terms        TEXT   NOT NULL,
  sealed       BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS disputes_merchant ON disputes (bucket, merchant_id, opened_at);
CREATE INDEX IF NOT EXISTS disputes_consumer ON disputes (bucket, consumer_id, opened_at);
CREATE INDEX IF NOT EXISTS disputes_deadline ON disputes (bucket, deadline_day) WHERE closed_at = 0;
CREATE TABLE IF NOT EXISTS dispute_requests (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  dispute_id TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  sealed     BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS dispute_requests_dispute ON dispute_requests (bucket, dispute_id);
CREATE TABLE IF NOT EXISTS dispute_responses (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  dispute_id TEXT   NOT NULL,
  request_id TEXT   NOT NULL,
  at         BIGINT NOT NULL,
  sealed     BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS dispute_responses_dispute ON dispute_responses (bucket, dispute_id);
CREATE TABLE IF NOT EXISTS dispute_files (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  dispute_id  TEXT   NOT NULL,
  request_id  TEXT   NOT NULL,
  response_id TEXT   NOT NULL,
  bytes       BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  sealed_name BYTEA  NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS dispute_files_dispute ON dispute_files (bucket, dispute_id);
CREATE TABLE IF NOT EXISTS reserves (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  release_day BIGINT NOT NULL,
  released    BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS reserves_due ON reserves (bucket, release_day) WHERE released = 0;
CREATE TABLE IF NOT EXISTS reports (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  body        BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
ALTER TABLE invoices ADD COLUMN dispute_id TEXT NOT NULL DEFAULT '';
ALTER TABLE payouts ADD COLUMN opening BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payouts ADD COLUMN closing BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payout_items ADD COLUMN tax BIGINT NOT NULL DEFAULT 0;
ALTER TABLE payout_items ADD COLUMN tax_rate BIGINT NOT NULL DEFAULT 0;
CREATE INDEX IF NOT EXISTS payout_items_ref ON payout_items (bucket, ref);
