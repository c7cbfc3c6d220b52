-- +goose NO TRANSACTION
-- +goose Up
-- Accepted ways back and their steps. What was promised is sealed; live rows are found by a partial index.
CREATE TABLE IF NOT EXISTS promises (
  bucket         BIGINT NOT NULL,
  id             TEXT   NOT NULL,
  consumer_id    TEXT   NOT NULL,
  plan           TEXT   NOT NULL,
  method         TEXT   NOT NULL,
  amount         BIGINT NOT NULL,
  currency       TEXT   NOT NULL,
  state          TEXT   NOT NULL,
  void           TEXT   NOT NULL,
  offered_day    BIGINT NOT NULL,
  accepted_day   BIGINT NOT NULL,
  fulfilled_day  BIGINT NOT NULL,
  ended_day      BIGINT NOT NULL,
  accepted_at    BIGINT NOT NULL,
  from_day       BIGINT NOT NULL,
  valid_until    BIGINT NOT NULL,
  pay_by         BIGINT NOT NULL,
  checked_day    BIGINT NOT NULL,
  order_id       TEXT   NOT NULL,
  policy         TEXT   NOT NULL,
  policy_version BIGINT NOT NULL,
  policy_sha256  TEXT   NOT NULL,
  card           TEXT   NOT NULL,
  card_version   BIGINT NOT NULL,
  card_sha256    TEXT   NOT NULL,
  terms          TEXT   NOT NULL,
  document_id    TEXT   NOT NULL,
  lane           BIGINT NOT NULL,
  link           BIGINT NOT NULL,
  salt           BYTEA  NOT NULL,
  sealed         BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS promises_consumer ON promises (bucket, consumer_id, offered_day);
CREATE INDEX IF NOT EXISTS promises_live ON promises (bucket, id) WHERE state IN ('offered', 'accepted', 'fulfilled');
CREATE TABLE IF NOT EXISTS promise_steps (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  promise_id TEXT   NOT NULL,
  n          BIGINT NOT NULL,
  kind       TEXT   NOT NULL,
  invoice_id TEXT   NOT NULL,
  no         TEXT   NOT NULL,
  amount     BIGINT NOT NULL,
  by_day     BIGINT NOT NULL,
  counts_day BIGINT NOT NULL,
  done_day   BIGINT NOT NULL,
  state      TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS promise_steps_promise ON promise_steps (bucket, promise_id, n);
