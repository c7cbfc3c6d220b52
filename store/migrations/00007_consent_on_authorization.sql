-- +goose NO TRANSACTION
-- +goose Up
-- What was agreed to at checkout stands on the authorization that rests on it: one row less for every purchase.
ALTER TABLE authorizations ADD COLUMN consent_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE authorizations ADD COLUMN consent_way TEXT NOT NULL DEFAULT '';
ALTER TABLE authorizations ADD COLUMN consent_language TEXT NOT NULL DEFAULT '';
