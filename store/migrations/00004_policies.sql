-- +goose NO TRANSACTION
-- +goose Up
-- The life of policies and points cards: every step is asked for by one person and confirmed by another.
CREATE TABLE IF NOT EXISTS policy_steps (
  policy_id     TEXT   NOT NULL,
  version       BIGINT NOT NULL,
  state         TEXT   NOT NULL,
  day           BIGINT NOT NULL,
  report_sha256 TEXT   NOT NULL,
  report        BYTEA  NOT NULL,
  note          TEXT   NOT NULL,
  asked_by      TEXT   NOT NULL,
  asked_at      BIGINT NOT NULL,
  confirmed_by  TEXT   NOT NULL,
  confirmed_at  BIGINT NOT NULL,
  PRIMARY KEY (policy_id, version, state)
);
