package app

import (
	"cmp"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// stops are the spans in which the clock of a claim's days past due stood still, as they were known at an instant. An
// unfounded dispute leaves none: its days count again, also for what was settled meanwhile.
func (c *claimSoFar) stops(at pay.Micros) (out []credit.Span) {
	for _, d := range c.disputes {
		if !d.Whole || d.OpenedAt > at || d.Outcome == pay.DisputeWon || d.Outcome == pay.DisputeWithdrawn {
			continue
		}
		s := credit.Span{From: d.OpenedDay, To: noEnd}
		if !d.IsOpen() && d.ClosedAt <= at {
			s.To = d.ClosedDay
		}
		out = append(out, s)
	}
	return out
}

// turn is one event that moves the scored balance: what is owed less what is in dispute.
type turn struct {
	at       pay.Micros
	day      cal.Day
	owed     int64         // more or less of it in the books
	invoice  pay.InvoiceID // of the rest
	paid     int64         // less open
	refund   bool          // it takes off the disputed part first
	dispute  bool          // disputed is what is in dispute from now on
	disputed int64
}

// balances replays the closing balances. Within an instant the books come first and disputes last.
func (r *replayed) balances(moves []store.Moved, parts []store.Part, disputes []*pay.Dispute) {
	turns := make([]turn, 0, len(moves)+len(parts)+2*len(disputes))
	for _, m := range moves {
		turns = append(turns, turn{at: m.At, day: m.Day, owed: m.Amount})
	}
	for _, p := range parts {
		if day, booked := r.days[p.At]; booked && r.claims[p.Invoice] != nil {
			turns = append(turns, turn{at: p.At, day: day, invoice: p.Invoice, paid: p.Amount, refund: p.Refund})
		}
	}
	for _, d := range disputes {
		first := d.Amount // what is left of it, or was at its end
		for _, p := range parts {
			if p.Refund && p.Invoice == d.InvoiceID && p.At >= d.OpenedAt && (d.IsOpen() || p.At < d.ClosedAt) {
				first += p.Amount
			}
		}
		turns = append(turns, turn{at: d.OpenedAt, day: d.OpenedDay, invoice: d.InvoiceID, dispute: true, disputed: first})
		if !d.IsOpen() {
			turns = append(turns, turn{at: d.ClosedAt, day: d.ClosedDay, invoice: d.InvoiceID, dispute: true})
		}
	}
	slices.SortStableFunc(turns, func(x, y turn) int { return cmp.Compare(x.at, y.at) })
	open, disputed := map[pay.InvoiceID]int64{}, map[pay.InvoiceID]int64{}
	for id, c := range r.claims {
		open[id] = c.inv.Amount
	}
	var owed int64
	for _, t := range turns {
		owed += t.owed
		if t.refund {
			disputed[t.invoice] -= min(t.paid, disputed[t.invoice])
		}
		if t.dispute {
			disputed[t.invoice] = t.disputed
		}
		if t.invoice != "" {
			open[t.invoice] -= min(t.paid, open[t.invoice])
			disputed[t.invoice] = min(disputed[t.invoice], open[t.invoice])
		}
		balance := owed
		for _, part := range disputed {
			balance -= part
		}
		r.h.BalanceChanged(t.day, balance)
	}
}
