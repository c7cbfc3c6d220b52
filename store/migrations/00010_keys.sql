-- +goose NO TRANSACTION
-- +goose Up
-- Keys of the native API. A shop may have several at once, so that a new one is in use before the old one ends. Only a keyed hash is kept.
CREATE TABLE IF NOT EXISTS api_keys (
  id          TEXT   PRIMARY KEY,
  mac         TEXT   NOT NULL UNIQUE,
  merchant_id TEXT   NOT NULL,
  mode        TEXT   NOT NULL,
  name        TEXT   NOT NULL,
  scopes      TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  ends_at     BIGINT NOT NULL
);
-- A shop lists its own orders; an order lies in its consumer's bucket.
CREATE INDEX IF NOT EXISTS orders_merchant ON orders (bucket, merchant_id, id);
