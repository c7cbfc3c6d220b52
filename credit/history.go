package credit

import (
	"slices"

	"zahlziel/cal"
)

// History is the bounded evidence about the past. The application updates it with the methods below when something
// happens; nothing in it is ever recomputed from the clock.
//
// # Why the bounds never change a decision
//
// Every feature of the score is a count that stops to matter at its card's last bin, or a worst case. Each list keeps
// enough for the largest bin that a policy may use (the loader refuses larger ones), always the part that stays relevant
// longest; see each field. A removal (refund, reversal) from a list that had already dropped something can leave less
// than the true count: then Stale becomes true and the application rebuilds the history from its events.
type History struct {
	Enquiries []Enquiry    `json:"enquiries"` // newest EnquiryCap: in a window only the newest count, and no bin asks for more
	Late      []Late       `json:"late"`      // newest LateCap by settlement, and the newest of every DPD class: that is all P1 and P2 can see
	OnTime    []OnTime     `json:"on_time"`   // newest OnTimeCap by due day among the matured, and every one not yet matured
	PaidNow   []OnTime     `json:"paid_now"`  // newest PaidNowCap: more never count
	Balances  []BalanceDay `json:"balances"`  // one per day of change in the last 90 days, and the one before them
	Purchases []cal.Day    `json:"purchases"` // newest PurchaseCap days with repetition

	OnTimeEver bool  `json:"on_time_ever"` // a credit purchase has been repaid on time that OnTime no longer holds
	Largest    int64 `json:"largest"`      // the largest amount among those, for L05
	Dropped    bool  `json:"dropped"`      // some list has dropped an entry that might be missed after a removal
	Stale      bool  `json:"stale"`        // a removal met such a list: rebuild from events
}

// The bounds of the lists in History.
const (
	EnquiryCap  = 24
	LateCap     = 16
	OnTimeCap   = 16
	PendingCap  = 48
	PaidNowCap  = 3
	PurchaseCap = 12
	BalanceDays = 90
)

// Enquiry is one submitted pay-later checkout.
type Enquiry struct {
	Day      cal.Day `json:"day"`
	Merchant uint32  `json:"merchant"` // MerchantKey
}

// Late is a settled invoice that was paid more than the grace days late.
type Late struct {
	No      string  `json:"no"`
	Settled cal.Day `json:"settled"`
	Days    int32   `json:"days"` // days past due, stopped days not counted
}

// OnTime is a purchase repaid on time (or paid at once), seen at its due day and counted from From.
type OnTime struct {
	No       string  `json:"no"`
	Merchant uint32  `json:"merchant"` // MerchantKey
	Due      cal.Day `json:"due"`      // evidence is dated by the due day, so that paying earlier never makes it expire earlier
	From     cal.Day `json:"from"`     // first day on which it counts: settled, and the return period is over
	Amount   int64   `json:"amount"`   // paid, net of refunds
}

// BalanceDay is the closing scored balance of a day; it holds until the next entry.
type BalanceDay struct {
	Day    cal.Day `json:"day"`
	Amount int64   `json:"amount"`
}

// Settlement is an invoice (or instalment) that has reached zero.
type Settlement struct {
	No       string
	Merchant string
	Paid     int64   // paid by the consumer, net of refunds; 0 (all returned) leaves no evidence at all
	Due      cal.Day // due day, already moved to a bank day
	Settled  cal.Day // value day of the payment that settled it
	Returns  cal.Day // last day of the return period, NoDay: none
	Stops    []Span  // see Item.Stops
	Today    cal.Day // business day of the event, for tidying up
}

// EvidenceDays is how long late and on-time evidence is kept; no card window may be longer.
const EvidenceDays = 1095

// MerchantKey folds a merchant id into the key that History uses to tell merchants apart (FNV-1a, 32 bits).
func MerchantKey(merchant string) uint32 {
	h := uint32(2166136261)
	for i := 0; i < len(merchant); i++ {
		h = (h ^ uint32(merchant[i])) * 16777619
	}
	return h
}

// Enquire counts a submitted pay-later checkout; the same merchant on the same day counts once. Looking at the portal,
// the planner or a pre-check is no enquiry.
func (h *History) Enquire(day cal.Day, merchant string) {
	e := Enquiry{Day: day, Merchant: MerchantKey(merchant)}
	if slices.Contains(h.Enquiries, e) {
		return
	}
	h.Enquiries = insertByDay(h.Enquiries, e, func(x Enquiry) cal.Day { return x.Day })
	if n := len(h.Enquiries) - EnquiryCap; n > 0 {
		h.Enquiries = slices.Delete(h.Enquiries, 0, n)
	}
}

// Purchase counts a purchase on credit for the velocity rule R15.
func (h *History) Purchase(day cal.Day) {
	h.Purchases = insertByDay(h.Purchases, day, func(d cal.Day) cal.Day { return d })
	if n := len(h.Purchases) - PurchaseCap; n > 0 {
		h.Purchases = slices.Delete(h.Purchases, 0, n)
	}
}

// BalanceChanged notes the closing scored balance (Facts.Balance) of a day; the last call for a day wins.
func (h *History) BalanceChanged(day cal.Day, closing int64) {
	for i := range h.Balances {
		if h.Balances[i].Day == day {
			h.Balances[i].Amount = closing
			return
		}
	}
	h.Balances = insertByDay(h.Balances, BalanceDay{day, closing}, func(b BalanceDay) cal.Day { return b.Day })
	newest := h.Balances[len(h.Balances)-1].Day
	drop := 0 // what holds on the first day of the oldest window is the last entry up to it
	for drop+1 < len(h.Balances) && h.Balances[drop+1].Day <= newest-BalanceDays {
		drop++
	}
	h.Balances = slices.Delete(h.Balances, 0, drop)
}

// insertByDay keeps a list ascending by day; equal days keep their order of arrival.
func insertByDay[T any](list []T, v T, day func(T) cal.Day) []T {
	i := len(list)
	for i > 0 && day(list[i-1]) > day(v) {
		i--
	}
	return slices.Insert(list, i, v)
}

// InvoiceSettled turns a settled invoice into late or on-time evidence under the policy's thresholds. What was returned
// completely leaves nothing: a right of withdrawal costs no points and buys none.
func (h *History) InvoiceSettled(p *Policy, s Settlement) {
	if s.Paid <= 0 {
		return
	}
	if dpd := pastDue(s.Due, s.Settled, s.Stops); dpd > p.Rules.GraceDays {
		h.addLate(Late{No: s.No, Settled: s.Settled, Days: dpd})
		return
	}
	if s.Paid >= p.Evidence.MinAmount {
		h.OnTime = h.addOnTime(h.OnTime, s.evidence(), max(s.Today, s.Settled), OnTimeCap, true)
	}
}

// PaidAtOnce notes a completed pay-now purchase: evidence that counts at most Evidence.PayNowMax times and never lifts L04.
func (h *History) PaidAtOnce(p *Policy, s Settlement) {
	if s.Paid < p.Evidence.PayNowMinAmount {
		return
	}
	h.PaidNow = h.addOnTime(h.PaidNow, s.evidence(), max(s.Today, s.Settled), PaidNowCap, false)
}

func (s Settlement) evidence() OnTime {
	from := s.Settled
	if s.Returns.IsSet() && s.Returns >= from {
		from = s.Returns + 1
	}
	return OnTime{No: s.No, Merchant: MerchantKey(s.Merchant), Due: s.Due, From: from, Amount: s.Paid}
}

// addLate keeps the newest LateCap records and the newest of every delay class. A record outside both can never be
// needed: P2 saturates below LateCap, and P1 asks only whether some record above a class edge is inside the window.
func (h *History) addLate(l Late) {
	h.Late = insertByDay(h.Late, l, func(x Late) cal.Day { return x.Settled })
	for len(h.Late) > 0 && h.Late[len(h.Late)-1].Settled-h.Late[0].Settled > EvidenceDays {
		h.Late = slices.Delete(h.Late, 0, 1)
	}
	for i := 0; i < len(h.Late)-LateCap; {
		if newestOfClass(h.Late, i) {
			i++
			continue
		}
		h.Late = slices.Delete(h.Late, i, i+1)
		h.Dropped = true
	}
}

// newestOfClass reports whether, for some class edge, record i is above it and no later record is.
func newestOfClass(list []Late, i int) bool {
	var later int32
	for _, l := range list[i+1:] {
		later = max(later, l.Days)
	}
	for _, edge := range delayClasses {
		if list[i].Days > edge && later <= edge {
			return true
		}
	}
	return false
}

// addOnTime inserts evidence by due day and drops what can never be missed again.
//
// Among matured entries (From has come) only the due day decides how long one counts, so the newest by due day suffice:
// per merchant and week one, in all keep, because P3 saturates below keep. Entries not yet matured stay; with at most six
// purchases in seven days (R15) and return periods of up to eight weeks they are fewer than PendingCap.
func (h *History) addOnTime(list []OnTime, e OnTime, today cal.Day, keep int, credit bool) []OnTime {
	list = insertByDay(list, e, func(x OnTime) cal.Day { return x.Due })
	matured, pending := 0, 0
	for i := len(list) - 1; i >= 0; i-- {
		x := list[i]
		if x.From > today && pending < PendingCap {
			pending++
			continue
		}
		repeated := x.From <= today && h.maturedTwin(list[i+1:], x, today)
		if x.From <= today && !repeated && matured < keep && today-x.Due < EvidenceDays {
			matured++
			continue
		}
		list = slices.Delete(list, i, i+1)
		h.Dropped = true
		if credit && x.From <= today {
			h.OnTimeEver, h.Largest = true, max(h.Largest, x.Amount)
		}
	}
	return list
}

func (h *History) maturedTwin(later []OnTime, x OnTime, today cal.Day) bool {
	for _, y := range later {
		if y.sameGroup(x) && y.From <= today {
			return true
		}
	}
	return false
}

// sameGroup reports whether two entries are of one merchant and one calendar week (Monday to Sunday) by due day.
func (x OnTime) sameGroup(y OnTime) bool {
	return x.Merchant == y.Merchant && week(x.Due) == week(y.Due)
}

// week numbers Monday weeks; 1970-01-01 was a Thursday.
func week(d cal.Day) int32 { return (int32(d) + 3 + 7*1_000_000) / 7 }

// Refunded corrects evidence when money went back after the settlement: net is what remains paid on document no.
// What falls below the policy's minimum no longer counts; a late record of something wholly returned goes too.
func (h *History) Refunded(p *Policy, no string, net int64) {
	h.OnTime = h.reduce(h.OnTime, no, net, p.Evidence.MinAmount)
	h.PaidNow = h.reduce(h.PaidNow, no, net, p.Evidence.PayNowMinAmount)
	if net <= 0 {
		h.removeLate(no)
	}
}

func (h *History) reduce(list []OnTime, no string, net, least int64) []OnTime {
	found := false
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].No != no {
			continue
		}
		found = true
		list[i].Amount = net
		if net < least {
			list = slices.Delete(list, i, i+1)
			h.Stale = h.Stale || h.Dropped
		}
	}
	if !found && h.Dropped {
		h.Stale = true
	}
	return list
}

// Reversed removes the evidence of document no because its payment was taken back; the item is open again and counts
// as such.
func (h *History) Reversed(no string) {
	h.OnTime = h.reduce(h.OnTime, no, 0, 1)
	h.PaidNow = h.reduce(h.PaidNow, no, 0, 1)
	h.removeLate(no)
}

// Resettled makes the evidence of a document anew: it was settled on another day than was thought.
func (h *History) Resettled(p *Policy, s Settlement) {
	h.Reversed(s.No)
	h.InvoiceSettled(p, s)
}

// Unasked takes back the enquiries of a day and reports whether there were any.
func (h *History) Unasked(day cal.Day) bool {
	n := len(h.Enquiries)
	h.Enquiries = slices.DeleteFunc(h.Enquiries, func(e Enquiry) bool { return e.Day == day })
	return len(h.Enquiries) < n
}

func (h *History) removeLate(no string) {
	n := len(h.Late)
	h.Late = slices.DeleteFunc(h.Late, func(l Late) bool { return l.No == no })
	if len(h.Late) < n && h.Dropped {
		h.Stale = true
	}
}
