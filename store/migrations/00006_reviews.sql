-- +goose NO TRANSACTION
-- +goose Up
-- What a consumer contests, and what a person answers. Texts and files are sealed with the consumer's key.
CREATE TABLE IF NOT EXISTS reviews (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  decision_id TEXT   NOT NULL,
  fact        TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  asked_at    BIGINT NOT NULL,
  asked_day   BIGINT NOT NULL,
  due_day     BIGINT NOT NULL,
  answered_by TEXT   NOT NULL,
  answered_at BIGINT NOT NULL,
  answered_day BIGINT NOT NULL,
  outcome     TEXT   NOT NULL,
  redecision_id TEXT NOT NULL,
  sealed      BYTEA  NOT NULL,
  answer      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS reviews_consumer ON reviews (bucket, consumer_id, asked_at);
CREATE INDEX IF NOT EXISTS reviews_open ON reviews (bucket, due_day) WHERE state = 'open';
CREATE TABLE IF NOT EXISTS review_files (
  bucket    BIGINT NOT NULL,
  id        TEXT   NOT NULL,
  review_id TEXT   NOT NULL,
  kind      TEXT   NOT NULL,
  size      BIGINT NOT NULL,
  sha256    TEXT   NOT NULL,
  at        BIGINT NOT NULL,
  sealed    BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS review_files_review ON review_files (bucket, review_id);
