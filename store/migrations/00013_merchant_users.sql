-- +goose NO TRANSACTION
-- +goose Up
-- People of a merchant who sign in to its pages by a mailed link. Address and name are sealed; the address is found by a keyed hash.
-- One person may work for several shops.
CREATE TABLE IF NOT EXISTS merchant_users (
  id          TEXT   PRIMARY KEY,
  merchant_id TEXT   NOT NULL,
  digest      TEXT   NOT NULL,
  role        TEXT   NOT NULL,
  active      BIGINT NOT NULL,
  created_at  BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS merchant_users_address ON merchant_users (digest, merchant_id);
CREATE INDEX IF NOT EXISTS merchant_users_merchant ON merchant_users (merchant_id);
-- A step of two people can also close a merchant, for a reason.
ALTER TABLE merchant_activations ADD COLUMN deed TEXT NOT NULL DEFAULT '';
ALTER TABLE merchant_activations ADD COLUMN reason TEXT NOT NULL DEFAULT '';
-- What is over is forgotten in batches.
CREATE INDEX IF NOT EXISTS source_answers_until ON source_answers (bucket, valid_until);
