-- +goose NO TRANSACTION
-- +goose Up
-- A consumer's permission for recurring orders lies in the consumer's bucket; what was agreed to stands on it.
CREATE TABLE IF NOT EXISTS customer_tokens (
  bucket           BIGINT NOT NULL,
  id               TEXT   NOT NULL,
  consumer_id      TEXT   NOT NULL,
  merchant_id      TEXT   NOT NULL,
  authorization_id TEXT   NOT NULL,
  method           TEXT   NOT NULL,
  status           TEXT   NOT NULL,
  currency         TEXT   NOT NULL,
  created_at       BIGINT NOT NULL,
  ended_at         BIGINT NOT NULL,
  ended_by         TEXT   NOT NULL,
  consent          TEXT   NOT NULL,
  consent_day      BIGINT NOT NULL,
  consent_way      TEXT   NOT NULL,
  consent_language TEXT   NOT NULL,
  sealed           BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS customer_tokens_consumer ON customer_tokens (bucket, consumer_id, created_at);
-- A due day that a shop moved for its buyer, with the fee that it paid.
CREATE TABLE IF NOT EXISTS due_extensions (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  invoice_id  TEXT   NOT NULL,
  capture_id  TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  days        BIGINT NOT NULL,
  from_day    BIGINT NOT NULL,
  until_day   BIGINT NOT NULL,
  fee         BIGINT NOT NULL,
  tax         BIGINT NOT NULL,
  version     BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS due_extensions_invoice ON due_extensions (bucket, invoice_id);
