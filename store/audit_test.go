package store_test

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"zahlziel/cal"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

func TestAuditOfCleanWorld(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		storetest.Audited(t, db) // an empty world is clean
		storetest.Trade(t, db)
		r := storetest.Audited(t, db)
		if r.Postings != 48+4*7+4 || r.Invoices != 48 || r.Decisions != 48 || r.Looks != 48 || r.Messages != 48 || r.InTransit != 4*5 ||
			r.Receivables != 12 || r.Payments != 4 || r.Allocations != 4 || r.Entries != 2*(48+28)+3*4 || r.Promises != 4 || r.Leaves != r.Postings+r.Decisions+r.Looks+r.Promises || r.Unopened+r.Erased != 0 {
			t.Errorf("report: %+v", r)
		}
		small := storetest.Contents
		small.WindowLeaves = 7
		again, err := db.Audit(context.Background(), nil, small)
		if err != nil || again != r {
			t.Errorf("with small windows: %+v %v\nwith one window: %+v", again, err, r)
		}
		var lines int
		blind, err := db.Audit(context.Background(), func(string) { lines++ }, store.AuditOptions{})
		if err != nil || blind.Unopened != 48+4 || lines < 3 {
			t.Errorf("without opening decisions: %+v %v, %d lines", blind, err, lines)
		}
	})
}

// tampering names what someone with the database's password might do, and the table that the audit must name.
var tampering = []struct{ name, table, text string }{
	{"amount of one entry", "postings", "UPDATE entries SET amount = amount + 1 WHERE id = (SELECT MIN(id) FROM entries WHERE bucket = 1)"},
	{"amounts of a posting that still balances", "postings", "UPDATE entries SET amount = amount * 2 WHERE posting_id = (SELECT MIN(id) FROM postings WHERE bucket = 1) AND bucket = 1"},
	{"account of an entry", "postings", "UPDATE entries SET account = 'bank:DE03' WHERE account = 'bank:DE02' AND bucket = 1"},
	{"business day of a posting", "entries", "UPDATE postings SET day = day + 1 WHERE bucket = 2 AND id = (SELECT MAX(id) FROM postings WHERE bucket = 2)"},
	{"reference of a posting", "postings", "UPDATE postings SET ref = 'order 2 77' WHERE bucket = 2 AND id = (SELECT MAX(id) FROM postings WHERE bucket = 2)"},
	{"tax code of an entry", "postings", "UPDATE entries SET tax_code = 'X' WHERE bucket = 3 AND id = (SELECT MAX(id) FROM entries WHERE bucket = 3)"},
	{"balance", "balances", "UPDATE balances SET debit = debit + 1, credit = credit + 1 WHERE id = 'bank:DE02' AND bucket = 0"},
	{"balance removed", "balances", "DELETE FROM balances WHERE id = 'bank:DE02' AND bucket = 0"},
	{"balance invented", "balances", "INSERT INTO balances (bucket, id, currency, debit, credit) VALUES (9, 'bank:DE02', 'EUR', 5, 0)"},
	{"posting without its entries removed", "entries", "DELETE FROM postings WHERE bucket = 3 AND id = (SELECT MIN(id) FROM postings WHERE bucket = 3)"},
	{"entries without their posting removed", "postings", "DELETE FROM entries WHERE bucket = 3 AND posting_id = (SELECT MIN(id) FROM postings WHERE bucket = 3)"},
	{"posting hidden in no bucket", "postings", "UPDATE postings SET bucket = 64 WHERE bucket = 3 AND id = (SELECT MIN(id) FROM postings WHERE bucket = 3)"},
	{"link altered", "links", "UPDATE links SET at = at + 1 WHERE seq = 2 AND bucket = 0"},
	{"link removed", "links", "DELETE FROM links WHERE seq = 2 AND bucket = 0"},
	{"last link removed", "lanes", "DELETE FROM links WHERE bucket = 0 AND seq = (SELECT seq FROM lanes WHERE bucket = 0)"},
	{"link added", "links", "INSERT INTO links (bucket, seq, at, leaves, head) SELECT bucket, seq + 1000, at, leaves, head FROM links WHERE seq = 1 AND bucket = 0"},
	{"head of a lane", "lanes", "UPDATE lanes SET head = (SELECT head FROM links WHERE bucket = 0 AND seq = 1) WHERE bucket = 0"},
	{"lane set back", "links", "UPDATE lanes SET seq = seq - 1 WHERE bucket = 0"},
	{"line of the audit trail", "audit", "UPDATE audit SET actor = 'nobody' WHERE bucket = 1 AND id = (SELECT MIN(id) FROM audit WHERE bucket = 1)"},
	{"line of the audit trail removed", "links", "DELETE FROM audit WHERE bucket = 1 AND id = (SELECT MIN(id) FROM audit WHERE bucket = 1)"},
	{"line of the audit trail moved to another link", "audit", "UPDATE audit SET link = 1 WHERE bucket = 2 AND id = (SELECT MIN(id) FROM audit WHERE bucket = 2)"},
	{"item of a payout lowered", "payout_items", "UPDATE payout_items SET amount = amount - 1 WHERE id = (SELECT MIN(id) FROM payout_items)"},
	{"dispute invented", "disputes", `INSERT INTO disputes (bucket, id, consumer_id, merchant_id, order_id, capture_id, invoice_id, reason, state, outcome, amount, whole, lost, fee, currency, opened_at, opened_day, deadline_day, closed_at, closed_day, terms, sealed)
		VALUES (0, 'dsp_00000000-0000-7000-8000-000000000000', 'c', 'm', 'o', 'c', 'i', 'faulty', 'opened', '', 5, 0, 0, 0, 'EUR', 1, 1, 1, 0, 0, '', '')`},
	{"reserve invented", "reserves", "INSERT INTO reserves (bucket, id, merchant_id, amount, currency, ref, release_day, released) VALUES (0, 'rsv_x', 'm', 5, 'EUR', 'c', 1, 0)"},
	{"decision removed", "links", "DELETE FROM decisions WHERE bucket = 1 AND id = (SELECT MIN(id) FROM decisions WHERE bucket = 1)"},
	{"decision of someone else", "decisions", "UPDATE decisions SET consumer_id = 'con_x' WHERE bucket = 1 AND id = (SELECT MIN(id) FROM decisions WHERE bucket = 1)"},
	{"promised amount", "promises", "UPDATE promises SET amount = amount + 1 WHERE bucket = 1"},
	{"last day of a promise", "promises", "UPDATE promises SET valid_until = valid_until - 1 WHERE bucket = 1"},
	{"promise given to someone else", "promises", "UPDATE promises SET consumer_id = 'con_x' WHERE bucket = 1"},
	{"promise removed", "promise_steps", "DELETE FROM promises WHERE bucket = 1"},
	{"promise kept before its steps", "promise_steps", "UPDATE promises SET state = 'fulfilled' WHERE bucket = 1"},
	{"acceptance taken back", "links", "UPDATE promises SET accepted_at = 0 WHERE bucket = 1"},
	{"open claim lowered", "invoices", "UPDATE invoices SET open_amount = open_amount - 1 WHERE bucket = 2 AND id = (SELECT MIN(id) FROM invoices WHERE bucket = 2)"},
	{"open claim and amount lowered", "invoices", "UPDATE invoices SET open_amount = open_amount - 1, amount = amount - 1 WHERE bucket = 2 AND id = (SELECT MIN(id) FROM invoices WHERE bucket = 2)"},
	{"claim given to someone else", "invoices", "UPDATE invoices SET consumer_id = 'con_x' WHERE bucket = 2 AND id = (SELECT MIN(id) FROM invoices WHERE bucket = 2)"},
	{"claim removed", "invoices", "DELETE FROM invoices WHERE bucket = 2 AND id = (SELECT MIN(id) FROM invoices WHERE bucket = 2 AND paid = 0)"},
	{"message marked delivered", "outbox", "UPDATE outbox SET delivered = 1 WHERE bucket = 0 AND id = (SELECT MAX(id) FROM outbox WHERE bucket = 0 AND delivered = 0)"},
	{"message removed", "outbox", "DELETE FROM outbox WHERE bucket = 0 AND id = (SELECT MAX(id) FROM outbox WHERE bucket = 0 AND delivered = 0)"},
	{"message changed", "outbox", "UPDATE outbox SET amount = amount + 100 WHERE bucket = 0 AND id = (SELECT MAX(id) FROM outbox WHERE bucket = 0 AND delivered = 0)"},
	{"payment's assigned amount", "payments", "UPDATE payments SET assigned = assigned - 1 WHERE bucket = 1"},
	{"payment's amount", "payments", "UPDATE payments SET amount = 1 WHERE bucket = 1"},
	{"payment removed", "allocations", "DELETE FROM payments WHERE bucket = 1"},
	{"allocation", "invoices", "UPDATE allocations SET amount = amount - 1 WHERE bucket = 1"},
	{"allocation removed", "invoices", "DELETE FROM allocations WHERE bucket = 1"},
}

var target = regexp.MustCompile(`^(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)`)

func TestAuditFindsTampering(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		storetest.Trade(t, db)
		kept := map[string]bool{}
		for _, c := range tampering {
			name := target.FindStringSubmatch(c.text)[1]
			if !kept[name] {
				run(t, db, "CREATE TABLE kept_"+name+" AS SELECT * FROM "+name)
				kept[name] = true
			}
			t.Run(c.name, func(t *testing.T) { tamper(t, db, name, c.table, c.text) })
		}
		storetest.Audited(t, db)
	})
}

// tamper changes a table, looks what the audit says, and puts the rows back.
func tamper(t *testing.T, db *store.DB, changed, named, text string) {
	if run(t, db, text) == 0 {
		t.Fatal("the tampering hit no row")
	}
	_, err := db.Audit(context.Background(), nil, storetest.Contents)
	var diff *store.Difference
	if !errors.As(err, &diff) || diff.Table != named || diff.Stored == diff.Proved {
		t.Errorf("audit says %v, want a difference in %s", err, named)
	}
	run(t, db, "DELETE FROM "+changed)
	run(t, db, "INSERT INTO "+changed+" SELECT * FROM kept_"+changed)
}

// run executes a statement and returns how many rows it hit.
func run(t *testing.T, db *store.DB, text string) int64 {
	t.Helper()
	res, err := db.SQL().Exec(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAuditSwappedLinks(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		storetest.Trade(t, db)
		for _, text := range []string{
			"UPDATE links SET seq = -1 WHERE seq = 2", "UPDATE links SET seq = 2 WHERE seq = 3", "UPDATE links SET seq = 3 WHERE seq = -1",
		} {
			if _, err := db.SQL().Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		var diff *store.Difference
		if _, err := db.Audit(context.Background(), nil, store.AuditOptions{}); !errors.As(err, &diff) || diff.Table != "links" {
			t.Errorf("audit says %v, want a difference in links", err)
		}
	})
}

func TestAuditOfErasedAndMovingWorld(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db := d.Open(t)
		storetest.Trade(t, db)
		if _, err := db.SQL().Exec("UPDATE decisions SET salt = $1, sealed = $2 WHERE bucket = 1", []byte{}, []byte{}); err != nil {
			t.Fatal(err)
		}
		if r := storetest.Audited(t, db); r.Erased != 12 {
			t.Errorf("%d erased, want 12: %+v", r.Erased, r)
		}
		stop, stopped := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(stopped)
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					if err := db.Do(context.Background(), storetest.Purchase(n%64, n, cal.Day(n).String(), 100)); err != nil {
						t.Error(err)
					}
				}
			}
		}()
		for range 5 {
			storetest.Audited(t, db)
		}
		close(stop)
		<-stopped
	})
}
