-- +goose NO TRANSACTION
-- +goose Up
-- Answers of outside sources, checks that people take part in, and hits of sanctions lists.
CREATE TABLE IF NOT EXISTS source_answers (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  source      TEXT   NOT NULL,
  purpose     TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  asked_at    BIGINT NOT NULL,
  as_of       BIGINT NOT NULL,
  valid_until BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS verifications (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  code_mac    TEXT   NOT NULL,
  tries       BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS verifications_consumer ON verifications (bucket, consumer_id, created_at);
CREATE TABLE IF NOT EXISTS sanction_hits (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  list        TEXT   NOT NULL,
  entry       TEXT   NOT NULL,
  digest      TEXT   NOT NULL,
  score       BIGINT NOT NULL,
  state       TEXT   NOT NULL,
  found_at    BIGINT NOT NULL,
  decided_by  TEXT   NOT NULL,
  decided_at  BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS sanction_hits_consumer ON sanction_hits (bucket, consumer_id);
CREATE INDEX IF NOT EXISTS sanction_hits_open ON sanction_hits (bucket, found_at) WHERE state = 'open';
