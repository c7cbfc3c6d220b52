-- +goose NO TRANSACTION
-- +goose Up
-- A capture is the delivery; nothing ever wrote or read this table.
DROP TABLE IF EXISTS deliveries;
