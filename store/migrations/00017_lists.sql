-- +goose NO TRANSACTION
-- +goose Up
-- Lists of shops are read in the order of an index, a page at a time, however long they are; what live promises bind is added up
-- from their index alone.
DROP INDEX IF EXISTS disputes_merchant;
CREATE INDEX IF NOT EXISTS disputes_merchant_opened ON disputes (bucket, merchant_id, opened_at, id);
CREATE INDEX IF NOT EXISTS disputes_merchant_deadline ON disputes (bucket, merchant_id, deadline_day, id);
CREATE INDEX IF NOT EXISTS disputes_order ON disputes (bucket, order_id);
DROP INDEX IF EXISTS payout_items_due;
CREATE INDEX IF NOT EXISTS payout_items_open ON payout_items (bucket, merchant_id, due_day) WHERE payout_id = '';
CREATE INDEX IF NOT EXISTS payout_items_payout ON payout_items (bucket, payout_id, id) WHERE payout_id <> '';
CREATE INDEX IF NOT EXISTS payout_items_merchant ON payout_items (bucket, merchant_id, id);
DROP INDEX IF EXISTS promises_live;
CREATE INDEX IF NOT EXISTS promises_live ON promises (bucket, id, state, amount) WHERE state IN ('offered', 'accepted', 'fulfilled');
