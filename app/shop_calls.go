package app

import (
	"context"

	"zahlziel/pay"
	"zahlziel/store"
)

// webhookPauses are the pauses between the tries of an event, in seconds: two days in all.
var webhookPauses = []int64{5, 60, 300, 1800, 7200, 18000, 36000, 50400, 72000}

// pauseAfter is how long a job rests after so many tries that failed.
func pauseAfter(kind string, tries int64) pay.Micros {
	switch kind {
	case JobWebhook:
		return webhookPauses[min(tries, int64(len(webhookPauses)))-1] * 1e6
	case JobAuthorized, JobShopCallback, JobPageStatus: // a buyer waits in the shop: from one second, doubling
		return min(int64(1)<<(tries-1), 3600) * 1e6
	}
	return min(int64(1)<<tries, 3600) * 1e6
}

// putOff is the answer of a handler that did not try: the job waits until an instant, and this counts as no try.
type putOff struct{ until pay.Micros }

// Error says so.
func (putOff) Error() string { return "put off" }

// logCall writes down one call of a merchant's address.
func logCall(tx *store.Tx, j *pay.Job, made attempt) {
	d := &pay.ShopCall{ID: pay.ShopCallID(tx.ID(pay.PrefixShopCall)), MerchantID: made.merchant, JobID: j.ID, Kind: j.Kind, Subject: j.Subject,
		Host: made.host, Try: j.Tries, Status: int64(made.status), Problem: j.Problem, At: tx.At}
	if j.State == pay.JobWaiting {
		d.NextAt = j.DueAt
	}
	store.Save(tx, store.ShopCalls, d)
}

// EventView is an event with the calls that told it.
type EventView struct {
	pay.Event
	Calls []*pay.ShopCall
}

// The most that a page of events, or of one event's calls, shows.
const (
	EventsMax  = 50
	callsShown = 50
	triesShown = 20
)

// Events returns the merchant's newest events before an instant (0: now), newest first, with their calls.
func (a *App) Events(ctx context.Context, who Actor, before pay.Micros) ([]EventView, error) {
	if who.Merchant == "" {
		return nil, errForbidden
	}
	if before == 0 {
		before = a.Clock.Now() + 1
	}
	events, err := a.DB.EventsOf(ctx, who.Merchant, before, EventsMax)
	if err != nil {
		return nil, err
	}
	out := make([]EventView, 0, len(events))
	for _, e := range events {
		tries, err := a.DB.ShopCallsAbout(ctx, e.ID, triesShown)
		if err != nil {
			return nil, err
		}
		out = append(out, EventView{*e, tries})
	}
	return out, nil
}

// ShopCallsOf returns the newest calls of a merchant's addresses, newest first.
func (a *App) ShopCallsOf(ctx context.Context, who Actor, m pay.MerchantID) ([]*pay.ShopCall, error) {
	if !who.owns(m) && !who.Can(DeedMerchants) {
		return nil, errForbidden
	}
	return a.DB.ShopCallsOf(ctx, m, a.Clock.Now()+1, "", callsShown)
}

// ToldView is something that a merchant was told, or should have been, with every try.
type ToldView struct {
	Tries   []*pay.ShopCall // newest first, at least one
	Event   string          // type of the event; empty: a callback that a session or order named
	Subject string          // id of the noun it is about
}

// Last is the newest try.
func (v ToldView) Last() *pay.ShopCall { return v.Tries[0] }

// Failed reports whether the newest try was not taken.
func (v ToldView) Failed() bool { return v.Last().Problem != "" }

// ToldMark is a place in the list of what a merchant was told: a page begins behind it. The zero mark is before the newest.
type ToldMark struct {
	At pay.Micros
	ID pay.ShopCallID
}

// Told returns what a merchant was told behind a mark by the newest try of each, newest first, and the mark that the next
// page begins behind; the zero mark on the last one.
func (a *App) Told(ctx context.Context, who Actor, m pay.MerchantID, behind ToldMark) ([]ToldView, ToldMark, error) {
	var end ToldMark
	if !who.owns(m) && !who.Can(DeedMerchants) {
		return nil, end, errForbidden
	}
	if behind.At <= 0 {
		behind = ToldMark{At: a.Clock.Now() + 1}
	}
	calls, err := a.DB.ShopCallsOf(ctx, m, behind.At, behind.ID, callsShown)
	if err != nil {
		return nil, end, err
	}
	var out []ToldView
	seen := map[pay.JobID]bool{}
	for _, c := range calls {
		if seen[c.JobID] {
			continue
		}
		seen[c.JobID] = true
		tries, err := a.DB.ShopCallsLike(ctx, c, triesShown)
		if err != nil {
			return nil, end, err
		}
		if len(tries) == 0 || tries[0].At > behind.At || tries[0].At == behind.At && tries[0].ID >= behind.ID { // it stands on a page before this one
			continue
		}
		v := ToldView{Tries: tries, Subject: c.Subject}
		if c.Kind == JobWebhook {
			e, err := store.LoadID(ctx, a.DB, store.MerchantEvents, pay.EventID(c.Subject))
			if err != nil {
				return nil, end, err
			}
			if e != nil {
				v.Event, v.Subject = e.Type, e.Subject
			}
		}
		out = append(out, v)
	}
	if len(calls) == callsShown {
		end = ToldMark{calls[callsShown-1].At, calls[callsShown-1].ID}
	}
	return out, end, nil
}

var errNoCall = pay.Errorf(pay.Missing, "no_such_call", "", "There is no such call")

// Resend has a call made again, as if it were its first try; an event keeps its id, so that the merchant knows it.
func (a *App) Resend(ctx context.Context, who Actor, key Key, id pay.ShopCallID) (pay.MerchantID, error) {
	d, err := store.LoadID(ctx, a.DB, store.ShopCalls, id)
	if err != nil {
		return "", err
	}
	if d == nil || !who.owns(d.MerchantID) && !who.Can(DeedOnboard) {
		return "", errNoCall
	}
	b := bucketOf(d.JobID)
	_, err = do(ctx, a, who, "resend", key, store.Unit{Bucket: b, Load: []store.Ref{store.Jobs.At(b, string(d.JobID))}}, func(tx *store.Tx) (struct{}, error) {
		j, err := store.Get(tx, store.Jobs, string(d.JobID))
		if err != nil {
			return struct{}{}, err
		}
		if j == nil {
			return struct{}{}, errNoCall
		}
		j.State, j.Tries, j.Problem, j.DueAt = pay.JobWaiting, 0, "", tx.At
		store.Save(tx, store.Jobs, j)
		tx.Audit(who.String(), "resend", string(d.MerchantID), string(id))
		tx.After(a.Wake)
		return struct{}{}, nil
	})
	return d.MerchantID, err
}
