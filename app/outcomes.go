package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/credit/fit"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// Limits of the outcome of a decision: the definition that the gates of a card are about.
const (
	badDaysPastDue = 60   // an invoice of the window that became so late is a bad outcome
	recentDays     = 90   // decisions of these last days are compared with those before
	outcomeMax     = 1000 // invoices of one person that are looked at, newest first
)

// Outcomes joins the approved decisions of this installation with what became of them: bad when an invoice issued within
// the window became 60 days past due or was handed to collections inside it. Only decisions whose window is over count, and
// one per person and calendar month, so that a busy person is not many. Nothing is written.
func (a *App) Outcomes(ctx context.Context, who Actor, months int) (*fit.OwnInput, error) {
	if !who.System && !who.may(pay.RoleRisk) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	c := &collector{a: a, in: &fit.OwnInput{Day: day, Months: months}, seen: map[personMonth]bool{}, people: map[pay.ConsumerID]*person{}}
	counts, err := a.eachRecord(ctx, 0, nil, func(_ int, d *store.SealedDecision, rec *credit.Record) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.add(ctx, d, rec)
	})
	c.in.Erased = int(counts.erased.Load())
	c.sort()
	return c.in, err
}

type personMonth struct {
	consumer pay.ConsumerID
	month    cal.Day
}

// collector turns decision rows into outcomes.
type collector struct {
	a      *App
	mu     sync.Mutex // decisions come from several buckets at once
	in     *fit.OwnInput
	rows   []pay.DecisionID // of in.Rows
	all    []pay.DecisionID // of in.Applicants
	seen   map[personMonth]bool
	people map[pay.ConsumerID]*person
}

// checkoutDecision is the kind of decision that is an application; others, such as a second look, are about one of these.
const checkoutDecision = "checkout"

// sort puts what came from buckets side by side into one order, so that a fit depends on nothing but the data.
func (c *collector) sort() {
	c.in.Rows = inOrder(c.rows, c.in.Rows)
	c.in.Applicants = inOrder(c.all, c.in.Applicants)
}

// inOrder sorts values by the ids beside them.
func inOrder[T any](ids []pay.DecisionID, values []T) []T {
	index := make([]int, len(ids))
	for i := range index {
		index[i] = i
	}
	slices.SortFunc(index, func(a, b int) int { return strings.Compare(string(ids[a]), string(ids[b])) })
	out := make([]T, len(values))
	for i, from := range index {
		out[i] = values[from]
	}
	return out
}

func (c *collector) add(ctx context.Context, d *store.SealedDecision, rec *credit.Record) error {
	if d.Kind != checkoutDecision {
		return nil
	}
	c.all = append(c.all, d.ID)
	c.in.Applicants = append(c.in.Applicants, fit.Applicant{Features: rec.Decision.Features, Score: rec.Decision.Score,
		Approved: d.Approved, Recent: d.Day > c.in.Day-recentDays, Group: ageBand(rec.Facts.Born, d.Day)})
	if !d.Approved {
		return nil
	}
	year, month, _ := d.Day.YMD()
	key := personMonth{d.ConsumerID, cal.Date(year, month, 1)}
	end := cal.AddMonths(d.Day, c.in.Months)
	switch {
	case end > c.in.Day:
		c.in.Young++
		return nil
	case c.seen[key]:
		c.in.Repeated++
		return nil
	}
	p, err := c.person(ctx, d.ConsumerID)
	if err != nil || p == nil { // erased meanwhile
		return err
	}
	bad, bought, err := c.outcome(ctx, p, d, end)
	if err != nil {
		return err
	}
	if !bought {
		c.in.Unused++
		return nil
	}
	c.seen[key] = true
	c.rows = append(c.rows, d.ID)
	c.in.Rows = append(c.in.Rows, fit.Own{Features: rec.Decision.Features, Score: rec.Decision.Score, Bad: bad, Group: ageBand(rec.Facts.Born, d.Day)})
	return nil
}

// peopleKept bounds the people that are held open.
const peopleKept = 10_000

// person opens a consumer once; nil is an erased one. Keys are let go before they become many.
func (c *collector) person(ctx context.Context, id pay.ConsumerID) (*person, error) {
	if p, known := c.people[id]; known {
		return p, nil
	}
	if len(c.people) >= peopleKept {
		clear(c.people)
	}
	p, err := c.a.readPerson(ctx, id)
	var known *pay.Error
	if errors.Is(err, vault.ErrErased) || errors.As(err, &known) && known.Kind == pay.Missing {
		p, err = nil, nil
	}
	if err == nil {
		c.people[id] = p
	}
	return p, err
}

// outcome looks at the invoices that were issued in the window of a decision.
func (c *collector) outcome(ctx context.Context, p *person, d *store.SealedDecision, end cal.Day) (bad, bought bool, err error) {
	invoices, err := c.a.DB.InvoicesOf(ctx, p.row.ID, outcomeMax)
	if err != nil {
		return false, false, err
	}
	collected := map[string]bool{}
	for i := range p.facts.Open {
		if it := &p.facts.Open[i]; it.Flags&credit.Collections != 0 {
			collected[it.Invoice] = true
		}
	}
	for _, inv := range invoices {
		if inv.Kind != pay.InvoiceClaim || inv.IssuedDay < d.Day || inv.IssuedDay >= end {
			continue
		}
		bought = true
		until := end
		if inv.SettledDay.IsSet() && inv.Open <= 0 {
			until = min(end, inv.SettledDay)
		}
		bad = bad || until-inv.DueDay >= badDaysPastDue || collected[string(inv.ID)]
	}
	if w := p.facts.WriteOff.Day; w.IsSet() && w >= d.Day && w < end {
		bad, bought = true, true
	}
	return bad, bought, nil
}

// ageBand names a band of age for the audit of fairness. It is computed for the report and stored nowhere.
func ageBand(born, day cal.Day) string {
	if !born.IsSet() {
		return "unknown"
	}
	age := cal.FullYears(born, day)
	for _, band := range []struct {
		below int
		name  string
	}{{25, "18-24"}, {40, "25-39"}, {60, "40-59"}} {
		if age < band.below {
			return band.name
		}
	}
	return "60+"
}
