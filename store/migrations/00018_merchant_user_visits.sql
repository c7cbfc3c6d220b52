-- +goose NO TRANSACTION
-- +goose Up
-- Visits that began before a person was ended do not open anything again when the person is invited anew.
ALTER TABLE merchant_users ADD COLUMN visits_from BIGINT NOT NULL DEFAULT 0;
