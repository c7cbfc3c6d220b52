package store_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// TestOrdersOfMerchant walks a merchant's orders over all buckets with pages of every size.
func TestOrdersOfMerchant(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db, ctx := d.Open(t), context.Background()
		var want []pay.OrderID
		for i := range 200 {
			u := &store.Unit{Bucket: i * 7 % pay.Buckets}
			u.Do = func(tx *store.Tx) error {
				id := pay.OrderID(tx.ID(pay.PrefixOrder))
				m := storetest.Merchant
				if i%4 == 0 {
					m = "mer_other"
				} else {
					want = append(want, id)
				}
				store.Save(tx, store.Orders, &pay.Order{ID: id, ConsumerID: storetest.Consumer(u.Bucket, 1), MerchantID: m, Status: pay.OrderAuthorized, Amount: 1, Currency: "EUR", Sealed: []byte{}})
				return nil
			}
			if err := db.Do(ctx, u); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(want)
		slices.Reverse(want)
		for _, size := range []int{7, 150, 1000} {
			var got []pay.OrderID
			for before := pay.OrderID(""); ; {
				page, err := db.OrdersOfMerchant(ctx, storetest.Merchant, before, size)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range page {
					got = append(got, o.ID)
				}
				if len(page) < size {
					break
				}
				before = page[size-1].ID
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d: %d orders, want %d", size, len(got), len(want))
			}
		}
	})
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		db, ctx := d.Open(t), context.Background()
		for i := range 3 {
			k := pay.APIKey{ID: pay.KeyID(fmt.Sprint("key_", i)), MAC: fmt.Sprint("mac", i), MerchantID: storetest.Merchant, Mode: pay.ModeTest, Name: "n", Scopes: pay.Scopes[:i], CreatedAt: int64(i)}
			if err := db.PutKey(ctx, k); err != nil {
				t.Fatal(err)
			}
			k.EndsAt = 99
			if err := db.PutKey(ctx, k); err != nil {
				t.Fatal(err)
			}
			if k.Scopes = slices.Clone(k.Scopes); i == 0 {
				k.Scopes = []string{}
			}
			byMAC, err := db.KeyOfMAC(ctx, k.MAC)
			if err != nil || !reflect.DeepEqual(byMAC, &k) {
				t.Errorf("%+v %v, want %+v", byMAC, err, k)
			}
		}
		all, err := db.Keys(ctx)
		none, noErr := db.Key(ctx, "key_x")
		if err != nil || len(all) != 3 || none != nil || noErr != nil {
			t.Errorf("%v %v %v %v", all, err, none, noErr)
		}
	})
}
