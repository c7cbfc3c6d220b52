-- +goose NO TRANSACTION
-- +goose Up
-- One text for SQLite and PostgreSQL. BYTEA has no meaning to SQLite and stores blobs as they are.
-- An id begins with its instant behind the prefix, so a range of ids is a range of time: lists by age need no index of their own.
-- Every table that grows starts its keys with bucket, the distribution key. Instants are microseconds, days count from 1970-01-01.

-- Lanes and the hash chain -------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS lanes (
  bucket BIGINT PRIMARY KEY,
  seq    BIGINT NOT NULL,
  head   BYTEA  NOT NULL,
  day    BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS links (
  bucket BIGINT NOT NULL,
  seq    BIGINT NOT NULL,
  at     BIGINT NOT NULL,
  leaves BYTEA  NOT NULL,
  head   BYTEA  NOT NULL,
  PRIMARY KEY (bucket, seq)
);
CREATE TABLE IF NOT EXISTS roots (
  bucket    BIGINT NOT NULL,
  id        TEXT   NOT NULL,
  day       BIGINT NOT NULL,
  heads     TEXT   NOT NULL,
  signature BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS operations (
  bucket BIGINT NOT NULL,
  id     TEXT   NOT NULL,
  hash   TEXT   NOT NULL,
  at     BIGINT NOT NULL,
  answer BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS series (
  bucket BIGINT NOT NULL,
  id     TEXT   NOT NULL,
  next   BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Reference tables: small, read-mostly -------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS settings (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS operators (
  id   TEXT PRIMARY KEY,
  body TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS merchants (
  id     TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  body   TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS credentials (
  username    TEXT PRIMARY KEY,
  merchant_id TEXT NOT NULL,
  secret_mac  TEXT NOT NULL,
  active      BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS policies (
  id         TEXT NOT NULL,
  version    BIGINT NOT NULL,
  kind       TEXT NOT NULL,
  valid_from BIGINT NOT NULL,
  sha256     TEXT NOT NULL,
  body       BYTEA NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE TABLE IF NOT EXISTS staff (
  id       TEXT PRIMARY KEY,
  email    TEXT NOT NULL UNIQUE,
  name     TEXT NOT NULL,
  role     TEXT NOT NULL,
  password TEXT NOT NULL,
  active   BIGINT NOT NULL
);

-- Who is who ---------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS directory (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS lookups (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  word        TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS lookups_word ON lookups (bucket, word);
CREATE TABLE IF NOT EXISTS consumers (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  market      TEXT   NOT NULL,
  language    TEXT   NOT NULL,
  status      TEXT   NOT NULL,
  merged_into TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  wrapped_key BYTEA  NOT NULL,
  profile     BYTEA  NOT NULL,
  facts       BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS devices (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS visits (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS consents (
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

-- Checkout -----------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS sessions (
  bucket        BIGINT NOT NULL,
  id            TEXT   NOT NULL,
  merchant_id   TEXT   NOT NULL,
  amount        BIGINT NOT NULL,
  currency      TEXT   NOT NULL,
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  consumer_id   TEXT   NOT NULL,
  authorization_id TEXT NOT NULL,
  email         TEXT   NOT NULL,
  code_mac      TEXT   NOT NULL,
  code_expires  BIGINT NOT NULL,
  code_tries    BIGINT NOT NULL,
  sealed        BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS pages (
  bucket        BIGINT NOT NULL,
  id            TEXT   NOT NULL,
  session_id    TEXT   NOT NULL,
  merchant_id   TEXT   NOT NULL,
  status        TEXT   NOT NULL,
  updated_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  authorization_id TEXT NOT NULL,
  order_id      TEXT   NOT NULL,
  settings      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS pages_session ON pages (bucket, session_id);
CREATE TABLE IF NOT EXISTS authorizations (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  session_id  TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  decision_id TEXT   NOT NULL,
  method      TEXT   NOT NULL,
  status      TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  order_id    TEXT   NOT NULL,
  invoice_id  TEXT   NOT NULL,
  cart_digest TEXT   NOT NULL,
  regime      TEXT   NOT NULL,
  reason      TEXT   NOT NULL,
  consent     TEXT   NOT NULL,
  document_id TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS decisions (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  day         BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  amount      BIGINT NOT NULL,
  approved    BIGINT NOT NULL,
  lane        BIGINT NOT NULL,
  link        BIGINT NOT NULL,
  salt        BYTEA  NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS decisions_consumer ON decisions (bucket, consumer_id, at);

-- Orders and claims --------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS orders (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  session_id  TEXT   NOT NULL,
  authorization_id TEXT NOT NULL,
  decision_id TEXT   NOT NULL,
  method      TEXT   NOT NULL,
  status      TEXT   NOT NULL,
  fraud       TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  original_amount BIGINT NOT NULL,
  captured    BIGINT NOT NULL,
  refunded    BIGINT NOT NULL,
  released    BIGINT NOT NULL,
  captures    BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  regime      TEXT   NOT NULL,
  reason      TEXT   NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS orders_consumer ON orders (bucket, consumer_id, created_at);
CREATE TABLE IF NOT EXISTS captures (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  order_id    TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  invoice_id  TEXT   NOT NULL,
  number      BIGINT NOT NULL,
  amount      BIGINT NOT NULL,
  refunded    BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS captures_order ON captures (bucket, order_id, number);
CREATE TABLE IF NOT EXISTS refunds (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  order_id    TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS refunds_order ON refunds (bucket, order_id, at);
CREATE TABLE IF NOT EXISTS invoices (
  bucket        BIGINT NOT NULL,
  id            TEXT   NOT NULL,
  no            TEXT   NOT NULL,
  reference     TEXT   NOT NULL,
  kind          TEXT   NOT NULL,
  consumer_id   TEXT   NOT NULL,
  merchant_id   TEXT   NOT NULL,
  order_id      TEXT   NOT NULL,
  capture_id    TEXT   NOT NULL,
  method        TEXT   NOT NULL,
  regime        TEXT   NOT NULL,
  reason        TEXT   NOT NULL,
  amount        BIGINT NOT NULL,
  refunded      BIGINT NOT NULL,
  paid          BIGINT NOT NULL,
  open_amount   BIGINT NOT NULL,
  currency      TEXT   NOT NULL,
  issued_day    BIGINT NOT NULL,
  due_day       BIGINT NOT NULL,
  settled_day   BIGINT NOT NULL,
  default_since BIGINT NOT NULL,
  level         BIGINT NOT NULL,
  paused_until  BIGINT NOT NULL,
  document_id   TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS invoices_no ON invoices (bucket, no);
CREATE UNIQUE INDEX IF NOT EXISTS invoices_reference ON invoices (bucket, reference);
CREATE INDEX IF NOT EXISTS invoices_consumer ON invoices (bucket, consumer_id, due_day);
CREATE INDEX IF NOT EXISTS invoices_order ON invoices (bucket, order_id);
CREATE INDEX IF NOT EXISTS invoices_due ON invoices (bucket, due_day) WHERE open_amount > 0;
CREATE TABLE IF NOT EXISTS contracts (
  bucket       BIGINT NOT NULL,
  id           TEXT   NOT NULL,
  consumer_id  TEXT   NOT NULL,
  order_id     TEXT   NOT NULL,
  method       TEXT   NOT NULL,
  regime       TEXT   NOT NULL,
  reason       TEXT   NOT NULL,
  contract_day BIGINT NOT NULL,
  document_id  TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS pauses (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  invoice_id TEXT   NOT NULL,
  from_day   BIGINT NOT NULL,
  until_day  BIGINT NOT NULL,
  reason     TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS pauses_invoice ON pauses (bucket, invoice_id);
CREATE TABLE IF NOT EXISTS refund_lines (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  refund_id  TEXT   NOT NULL,
  capture_id TEXT   NOT NULL,
  invoice_id TEXT   NOT NULL,
  reference  TEXT   NOT NULL,
  amount     BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS deliveries (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  capture_id TEXT   NOT NULL,
  delivered_day BIGINT NOT NULL,
  source     TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);

-- Money --------------------------------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS postings (
  bucket   BIGINT NOT NULL,
  id       TEXT   NOT NULL,
  event    TEXT   NOT NULL,
  ref      TEXT   NOT NULL,
  day      BIGINT NOT NULL,
  currency TEXT   NOT NULL,
  at       BIGINT NOT NULL,
  lane     BIGINT NOT NULL,
  link     BIGINT NOT NULL,
  salt     BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS entries (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  posting_id TEXT   NOT NULL,
  n          BIGINT NOT NULL,
  account    TEXT   NOT NULL,
  amount     BIGINT NOT NULL,
  currency   TEXT   NOT NULL,
  event      TEXT   NOT NULL,
  day        BIGINT NOT NULL,
  tax_code   TEXT   NOT NULL,
  pending    BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS entries_account ON entries (bucket, account, day);
CREATE TABLE IF NOT EXISTS balances (
  bucket   BIGINT NOT NULL,
  id       TEXT   NOT NULL,
  currency TEXT   NOT NULL,
  debit    BIGINT NOT NULL,
  credit   BIGINT NOT NULL,
  PRIMARY KEY (bucket, id, currency)
);
CREATE TABLE IF NOT EXISTS outbox (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  party       TEXT   NOT NULL,
  event       TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  day         BIGINT NOT NULL,
  body        BYTEA  NOT NULL,
  delivered   BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS outbox_undelivered ON outbox (bucket, id) WHERE delivered = 0;
CREATE TABLE IF NOT EXISTS inbox (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE TABLE IF NOT EXISTS payments (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  booking     TEXT   NOT NULL,
  account     TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  assigned    BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  value_day   BIGINT NOT NULL,
  booked_day  BIGINT NOT NULL,
  state       TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS payments_booking ON payments (bucket, booking);
CREATE INDEX IF NOT EXISTS payments_consumer ON payments (bucket, consumer_id, value_day);
CREATE INDEX IF NOT EXISTS payments_unassigned ON payments (bucket, value_day) WHERE state = 'unassigned';
CREATE TABLE IF NOT EXISTS allocations (
  bucket     BIGINT NOT NULL,
  id         TEXT   NOT NULL,
  payment_id TEXT   NOT NULL,
  invoice_id TEXT   NOT NULL,
  amount     BIGINT NOT NULL,
  value_day  BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  rule       TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS allocations_invoice ON allocations (bucket, invoice_id);
CREATE TABLE IF NOT EXISTS payouts (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  due_day     BIGINT NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS payouts_merchant ON payouts (bucket, merchant_id, due_day);
CREATE TABLE IF NOT EXISTS payout_items (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  payout_id   TEXT   NOT NULL,
  merchant_id TEXT   NOT NULL,
  amount      BIGINT NOT NULL,
  currency    TEXT   NOT NULL,
  event       TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  due_day     BIGINT NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS payout_items_due ON payout_items (bucket, merchant_id, payout_id, due_day);

-- Work, papers and who looked ----------------------------------------------------------------------------------
CREATE TABLE IF NOT EXISTS jobs (
  bucket   BIGINT NOT NULL,
  id       TEXT   NOT NULL,
  kind     TEXT   NOT NULL,
  rank     BIGINT NOT NULL,
  subject  TEXT   NOT NULL,
  body     BYTEA  NOT NULL,
  due_at   BIGINT NOT NULL,
  tries    BIGINT NOT NULL,
  state    TEXT   NOT NULL,
  problem  TEXT   NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (bucket, rank, due_at) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS worker_leases (
  bucket BIGINT PRIMARY KEY,
  owner  TEXT   NOT NULL,
  until  BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS documents (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  language    TEXT   NOT NULL,
  version     TEXT   NOT NULL,
  sha256      TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS documents_consumer ON documents (bucket, consumer_id, at);
CREATE TABLE IF NOT EXISTS mails (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  consumer_id TEXT   NOT NULL,
  kind        TEXT   NOT NULL,
  ref         TEXT   NOT NULL,
  state       TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  sent_at     BIGINT NOT NULL,
  sealed      BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS mails_consumer ON mails (bucket, consumer_id, at);
CREATE TABLE IF NOT EXISTS audit (
  bucket      BIGINT NOT NULL,
  id          TEXT   NOT NULL,
  actor       TEXT   NOT NULL,
  action      TEXT   NOT NULL,
  subject     TEXT   NOT NULL,
  detail      TEXT   NOT NULL,
  at          BIGINT NOT NULL,
  lane        BIGINT NOT NULL,
  link        BIGINT NOT NULL,
  salt        BYTEA  NOT NULL,
  PRIMARY KEY (bucket, id)
);
CREATE INDEX IF NOT EXISTS audit_subject ON audit (bucket, subject, at);
