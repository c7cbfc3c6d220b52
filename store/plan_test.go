package store_test

import (
	"slices"
	"strings"
	"testing"

	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestKeysUseIndexes: no row of any table is read by reading the table. What the operations of shops
// send beyond that is judged where the operations are.
func TestKeysUseIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		s, db := storetest.Hear(t, d), d.Open(t)
		for _, table := range store.TableNames() {
			s.During(table)
			text, args := store.PointRead(db, table)
			s.Say(text, args...)
		}
		s.UseIndexes(t)
	})
}

// TestScansAreFound tries the judge: it finds what reads or sorts too much, and lets pass what follows an index.
func TestScansAreFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		s := storetest.Hear(t, d)
		bad := []string{
			"SELECT id FROM orders WHERE reason = 'x'",
			"SELECT o.id FROM captures c JOIN orders AS o ON o.bucket = c.bucket AND o.authorization_id = c.invoice_id WHERE c.bucket = 1 AND c.order_id = 't1'",
			"SELECT id FROM orders WHERE bucket = 3 AND reason = 'x'",
			"SELECT COUNT(*) FROM orders WHERE bucket = 3 AND merchant_id = 'm0'",
			"SELECT id FROM orders WHERE bucket = 3 AND merchant_id = 'm0' ORDER BY amount LIMIT 5",
			"UPDATE invoices SET level = 1 WHERE paid = 7",
			"DELETE FROM jobs WHERE subject = 'x'",
		}
		good := []string{
			"SELECT id FROM orders WHERE bucket = 3 AND merchant_id = 'm0' AND id < 't9' ORDER BY id DESC LIMIT 5",
			"SELECT o.id FROM captures c JOIN orders AS o ON o.bucket = c.bucket AND o.id = c.order_id WHERE c.bucket = 1 AND c.order_id = 't1'",
			"UPDATE invoices SET level = 1 WHERE bucket = 3 AND id = 't3'",
			"SELECT username FROM credentials WHERE merchant_id = 'm0'",
		}
		for i, text := range append(bad, good...) {
			s.During(string(rune('a' + i)))
			s.Say(text)
		}
		var found []string
		for _, fault := range s.Faults(t) {
			found = append(found, fault[:1])
		}
		slices.Sort(found)
		if got := strings.Join(found, ""); got != "abcdefg" {
			t.Errorf("found %q, want the first %d", got, len(bad))
		}
	})
}
