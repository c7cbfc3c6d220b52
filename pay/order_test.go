package pay

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestOrdersKeepTheirRules lets a shop do anything in any order: what may be captured never exceeds what was approved, money
// given back never what was captured, an end is an end, and what is refused changes nothing.
func TestOrdersKeepTheirRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := Micros(1_800_000_000_000_000)
		o := Order{Status: OrderAuthorized, Fraud: FraudAccepted, Amount: 1000, OriginalAmount: 1000, CreatedAt: at, ExpiresAt: at + OrderMicros}
		approved := o.Amount
		for range rapid.IntRange(1, 40).Draw(t, "deeds") {
			at += rapid.Int64Range(0, 12*24*3600*1e6).Draw(t, "later")
			o.Lapse(at)
			before := o
			n := rapid.Int64Range(-10, 1500).Draw(t, "amount")
			deed := rapid.SampledFrom([]string{"capture", "refund", "cancel", "release", "extend", "reamount"}).Draw(t, "deed")
			var err *Error
			switch deed {
			case "capture":
				err = o.Capture(n, at)
			case "refund":
				err = o.Refund(n)
			case "cancel":
				err = o.Cancel()
			case "release":
				_, err = o.Release()
			case "extend":
				err = o.ExtendTime(at)
			case "reamount":
				if err = o.Reamount(n, at); err == nil {
					approved = n
				}
			}
			if err != nil && o.Captured == before.Captured && o.Status == before.Status && o.Amount == before.Amount && o.ExpiresAt == before.ExpiresAt && o.Refunded == before.Refunded && o.Released == before.Released {
				continue
			}
			if err != nil {
				t.Fatalf("%s was refused (%v) and changed\n%+v\n%+v", deed, err, before, o)
			}
			checkOrder(t, deed, approved, &before, &o)
		}
	})
}

func checkOrder(t *rapid.T, deed string, approved int64, before, o *Order) {
	ended := []string{OrderCancelled, OrderExpired, OrderClosed}
	switch {
	case o.Amount != approved, o.Captured+o.Released > o.Amount, o.Refunded > o.Captured, o.Refunded < 0:
		t.Fatalf("after %s: %+v", deed, o)
	case o.Remaining() < 0, o.Remaining() > 0 && slices.Contains(ended, o.Status):
		t.Fatalf("after %s %d remain: %+v", deed, o.Remaining(), o)
	case slices.Contains(ended, before.Status) && o.Status != before.Status && !(before.Status == OrderCancelled && deed == "cancel"):
		t.Fatalf("%s revived %+v as %s", deed, before, o.Status)
	case o.ExpiresAt > o.CreatedAt+OrderMicrosMax, o.ExpiresAt < before.ExpiresAt:
		t.Fatalf("%s moved the end from %d to %d", deed, before.ExpiresAt, o.ExpiresAt)
	case o.Status == OrderCancelled && o.Captures > 0:
		t.Fatalf("cancelled with captures: %+v", o)
	case o.Status == OrderCaptured && o.Remaining() != 0:
		t.Fatalf("captured with %d left: %+v", o.Remaining(), o)
	}
}
