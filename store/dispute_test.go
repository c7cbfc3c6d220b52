package store_test

import (
	"context"
	"slices"
	"testing"

	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestDisputesLike pages through disputes of several buckets in every order, with ties, and by every filter.
func TestDisputesLike(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db, ctx := d.Open(t), context.Background()
		var all []*pay.Dispute
		const home = 42 // of an order, and so of its disputes
		order := pay.OrderID(pay.MintID(pay.PrefixOrder, home*64, 1e6, [8]byte{1}))
		for i := range 23 {
			bucket := i * 7 % pay.Buckets
			if i%6 == 0 {
				bucket = home
			}
			row := &pay.Dispute{ID: pay.DisputeID(pay.MintID(pay.PrefixDispute, bucket*64, int64(i)*1e6, [8]byte{byte(i)})), MerchantID: "mer_a", OrderID: "ord_a", Reason: pay.DisputeReasons[i%5],
				State: []string{pay.DisputeOpened, pay.DisputeReplied}[i%2], Amount: 1, Currency: "EUR", OpenedAt: int64(i / 3), DeadlineDay: cal.Day(100 - i/4), ClosedDay: cal.NoDay}
			if i%6 == 0 {
				row.MerchantID, row.OrderID = "mer_b", order
			}
			if i%5 == 0 {
				row.State, row.ClosedAt = pay.DisputeClosed, 9
			}
			all = append(all, row)
			if err := db.Do(ctx, &store.Unit{Bucket: bucket, Do: func(tx *store.Tx) error { store.Save(tx, store.Disputes, row); return nil }}); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct {
			filter store.DisputeFilter
			match  func(*pay.Dispute) bool
		}{
			{store.DisputeFilter{}, func(*pay.Dispute) bool { return true }},
			{store.DisputeFilter{Merchant: "mer_a"}, func(r *pay.Dispute) bool { return r.MerchantID == "mer_a" }},
			{store.DisputeFilter{Order: order, Merchant: "mer_b"}, func(r *pay.Dispute) bool { return r.OrderID == order }},
			{store.DisputeFilter{Order: order, Merchant: "mer_a"}, func(r *pay.Dispute) bool { return false }},
			{store.DisputeFilter{States: []string{pay.DisputeOpened, pay.DisputeClosed}}, func(r *pay.Dispute) bool { return r.State != pay.DisputeReplied }},
			{store.DisputeFilter{Reasons: []string{pay.DisputeFaulty}, Open: true}, func(r *pay.Dispute) bool { return r.Reason == pay.DisputeFaulty && r.IsOpen() }},
		} {
			want := 0
			for _, r := range all {
				if c.match(r) {
					want++
				}
			}
			for way := range 4 {
				c.filter.ByDeadline, c.filter.Descending, c.filter.After, c.filter.Limit = way%2 == 1, way/2 == 1, nil, 4
				pageThrough(t, db, c.filter, c.match, want)
			}
		}
	})
}

func pageThrough(t *testing.T, db *store.DB, f store.DisputeFilter, match func(*pay.Dispute) bool, want int) {
	t.Helper()
	var seen []store.DisputeMark
	for {
		page, err := db.DisputesLike(context.Background(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range page {
			if !match(r) {
				t.Errorf("%+v gave %+v", f, r)
			}
			seen = append(seen, f.Mark(r))
		}
		if len(page) < f.Limit {
			break
		}
		mark := f.Mark(page[len(page)-1])
		f.After = &mark
	}
	ordered := slices.IsSortedFunc(seen, func(a, b store.DisputeMark) int {
		up := 1
		if f.Descending {
			up = -1
		}
		if a.At != b.At {
			return up * int(max(-1, min(1, a.At-b.At)))
		}
		if a.ID < b.ID {
			return -up
		}
		return up
	})
	n, err := db.CountDisputes(context.Background(), f, 1000)
	if some, err := db.CountDisputes(context.Background(), f, 2); err != nil || some != int64(min(2, want)) {
		t.Errorf("%+v: counted to two %d, %v", f, some, err)
	}
	if err != nil || len(seen) != want || n != int64(want) || !ordered {
		t.Errorf("%+v: %d seen, %d counted, %d wanted, in order %v: %v", f, len(seen), n, want, ordered, err)
	}
}
