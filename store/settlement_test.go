package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zahlziel/cal"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestSettlementPages walks payouts, of which several share a day, and the items of one with pages of every size.
func TestSettlementPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db, ctx := d.Open(t), context.Background()
		shop := pay.MerchantID(pay.MintID(pay.PrefixMerchant, 700, 1e15, store.Random8()))
		first := cal.Date(2026, 11, 2)
		var payouts []*pay.Payout
		var items []string
		u := &store.Unit{Bucket: pay.BucketOf(700)}
		u.Do = func(tx *store.Tx) error {
			payouts, items = nil, nil
			for i := range 30 {
				p := &pay.Payout{ID: pay.PayoutID(tx.IDIn(pay.PrefixPayout, 700)), MerchantID: shop, DueDay: first + cal.Day(i/4), Currency: "EUR", State: "sent", At: tx.At}
				if i%7 == 6 {
					p.State = "collecting"
				} else {
					payouts = append(payouts, p)
				}
				store.Save(tx, store.Payouts, p)
				it := &pay.PayoutItem{Bucket: tx.Bucket, ID: fmt.Sprintf("msg_%03d", i), MerchantID: shop, Amount: 1, Currency: "EUR", Event: "capture", Ref: "cap_1", DueDay: first, PayoutID: payouts[0].ID}
				if i%3 == 2 {
					it.PayoutID = "pay_other"
				} else {
					items = append(items, it.ID)
				}
				store.Save(tx, store.PayoutItems, it)
			}
			return nil
		}
		if err := db.Do(ctx, u); err != nil {
			t.Fatal(err)
		}
		oldest := payouts[0].ID
		slices.SortFunc(payouts, func(x, y *pay.Payout) int {
			if x.DueDay != y.DueDay {
				return int(y.DueDay - x.DueDay)
			}
			return strings.Compare(string(y.ID), string(x.ID))
		})
		f := store.PayoutFilter{Merchant: shop, From: first, Until: first + 90}
		for _, size := range []int{1, 3, 100} {
			var got []*pay.Payout
			for behind := (store.PayoutMark{}); ; {
				page, err := db.PayoutsBehind(ctx, f, behind, size)
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, page...); len(page) < size {
					break
				}
				behind = store.PayoutMark{Day: page[size-1].DueDay, ID: page[size-1].ID}
			}
			if !slices.EqualFunc(got, payouts, func(x, y *pay.Payout) bool { return x.ID == y.ID }) {
				t.Errorf("pages of %d: %d payouts, want %d", size, len(got), len(payouts))
			}
			var ids []string
			for chosen := (store.ItemFilter{Merchant: shop, Payout: oldest}); ; {
				page, err := db.ItemsLike(ctx, chosen, size, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, it := range page {
					ids = append(ids, it.ID)
				}
				if len(page) < size {
					break
				}
				chosen.After = page[size-1].ID
			}
			if !slices.Equal(ids, items) {
				t.Errorf("pages of %d: items %v, want %v", size, ids, items)
			}
			n, err := db.CountItems(ctx, store.ItemFilter{Merchant: shop, Payout: oldest}, int64(size))
			if err != nil || n != int64(min(size, len(items))) {
				t.Errorf("counted up to %d: %d, %v", size, n, err)
			}
		}
	})
}
