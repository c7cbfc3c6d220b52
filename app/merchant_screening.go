package app

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"zahlziel/pay"
)

// rescreenShops holds whoever is behind a merchant against the lists as they are now. Of whom a list may name, nothing is
// sold or paid out until a person has looked: funds of listed people must not be made available, and a closed merchant is
// still paid for what it sold. Pending merchants are held against the lists at each step of their activation.
func (h poster) rescreenShops(ctx context.Context, _ *pay.Job) error {
	if err := h.Reload(ctx); err != nil { // another process may have imported the list
		return err
	}
	for _, m := range h.allMerchants() {
		if m.Status == pay.MerchantPending || m.Held {
			continue
		}
		hits, err := h.ownerHits(&m)
		if err != nil {
			return err
		}
		if len(hits) == 0 {
			continue
		}
		m.Held = true
		if err := h.DB.PutMerchant(ctx, m); err != nil {
			return err
		}
		if err := h.audit(ctx, System, "merchant_held", bucketOf(m.ID), string(m.ID), fmt.Sprintf("%d hits", len(hits))); err != nil {
			return err
		}
	}
	return h.Reload(ctx)
}

// allMerchants returns all merchants by name.
func (a *App) allMerchants() []pay.Merchant {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.SortedFunc(maps.Values(a.shops), func(x, y pay.Merchant) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
}

// MerchantHits are the merchants behind whom a list may name somebody: those that are held, closed ones too, and pending ones.
func (a *App) MerchantHits(ctx context.Context, who Actor) ([]pay.Merchant, error) {
	if !who.Can(DeedScreening) {
		return nil, errForbidden
	}
	if err := a.Reload(ctx); err != nil {
		return nil, err
	}
	var out []pay.Merchant
	for _, m := range a.allMerchants() {
		if m.Status == pay.MerchantPending {
			hits, err := a.ownerHits(&m)
			if err != nil {
				return nil, err
			}
			if len(hits) == 0 {
				continue
			}
		} else if !m.Held {
			continue
		}
		out = append(out, m)
	}
	return out, nil
}
