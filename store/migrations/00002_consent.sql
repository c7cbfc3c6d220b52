-- +goose NO TRANSACTION
-- +goose Up
-- How a person proved who they are when they agreed, on which business day, and in which language they read the text.
CREATE TABLE IF NOT EXISTS consents_told (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  version     TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  day         BIGINT NOT NULL,
  way         TEXT   NOT NULL,
  language    TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
INSERT INTO consents_told (bucket, id, consumer_id, kind, version, ref, at, day, way, language)
  SELECT bucket, id, consumer_id, kind, version, ref, at, at / 86400000000, 'email_code', 'de' FROM consents WHERE at >= 0 ON CONFLICT DO NOTHING;
DROP TABLE consents;
ALTER TABLE consents_told RENAME TO consents;
