package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
)

type creditWayBackCmd struct {
	Consumer string `required:"" help:"E-mail address of the consumer." placeholder:"EMAIL"`
	Method   string `required:"" help:"Method to come back to, such as invoice_14."`
	Amount   int64  `required:"" help:"Amount of the purchase in cents."`
	JSON     bool   `help:"Print the plans as JSON."`
}

// Run computes the way back that the consumer's own page shows. It is no enquiry and changes nothing.
func (c *creditWayBackCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	id, err := a.ConsumerByEmail(ctx, c.Consumer)
	if err != nil {
		return err
	}
	if id == "" {
		return fmt.Errorf("nobody has the address %s here; check its spelling", c.Consumer)
	}
	who := app.Actor{Consumer: id}
	w, err := a.WayBack(ctx, who, c.Method, c.Amount)
	if err != nil {
		return err
	}
	s, err := a.Standing(ctx, who)
	if err != nil {
		return err
	}
	out := newWayJSON(w, s)
	if c.JSON {
		return printJSON(out)
	}
	out.print()
	return nil
}

// wayJSON is a way back for machines. Amounts are minor units.
type wayJSON struct {
	Day      cal.Day        `json:"day"`
	Method   string         `json:"method"`
	Amount   int64          `json:"amount"`
	Currency money.Currency `json:"currency"`
	Score    int32          `json:"score"`
	Open     bool           `json:"open"` // approved today without any step
	Reasons  []string       `json:"reasons"`
	PayNow   []string       `json:"pay_now"` // methods without credit that work today
	Plans    []planJSON     `json:"plans"`
	None     *noWayJSON     `json:"none,omitempty"`
}

type planJSON struct {
	Best       []string   `json:"best"` // what the plan is best at: earliest, cheapest, fewest
	PayNow     int64      `json:"pay_now"`
	AsAgreed   int64      `json:"as_agreed"`
	From       cal.Day    `json:"from"`
	ValidUntil cal.Day    `json:"valid_until"`
	Steps      []stepJSON `json:"steps"`
}

type stepJSON struct {
	Kind   credit.StepKind `json:"kind"`
	No     string          `json:"no,omitempty"` // of the invoice
	Amount int64           `json:"amount,omitempty"`
	By     cal.Day         `json:"by"`
	Counts cal.Day         `json:"counts"`
	Text   string          `json:"text"`
}

// noWayJSON says why there is no plan.
type noWayJSON struct {
	Reasons   []string   `json:"reasons"`
	Contact   bool       `json:"contact"` // only a person can help
	NextCheck string     `json:"next_check,omitempty"`
	Reachable int64      `json:"reachable,omitempty"` // a smaller amount for which there is a plan
	Steps     []stepJSON `json:"steps"`               // what helps nevertheless; buying small and paying at once is an offer, no plan
	Small     int        `json:"small_purchases,omitempty"`
}

func newWayJSON(w *app.WayBack, s *app.Standing) *wayJSON {
	out := &wayJSON{Day: w.Day, Method: w.Method, Amount: w.Amount, Currency: w.Currency, Score: w.Score, Open: w.Way.Open,
		Reasons: []string{}, PayNow: w.PayNow, Plans: []planJSON{}}
	for _, m := range s.Methods {
		if m.Method == w.Method {
			out.Reasons = sentences(m.Reasons)
		}
	}
	for _, p := range w.Way.Plans {
		out.Plans = append(out.Plans, newPlanJSON(p))
	}
	if none := w.Way.None; none != nil {
		out.None = &noWayJSON{Reasons: sentences(none.Cause), Contact: none.Contact, Reachable: none.Reachable, Steps: []stepJSON{}, Small: none.Small}
		for _, s := range none.Steps {
			out.None.Steps = append(out.None.Steps, stepJSON{s.Kind, s.No, s.Amount, s.By, s.Counts, s.Sentence(english)})
		}
		if none.NextCheck.IsSet() {
			out.None.NextCheck = none.NextCheck.String()
		}
	}
	return out
}

func newPlanJSON(p credit.Plan) planJSON {
	out := planJSON{PayNow: p.PayNow, AsAgreed: p.AsAgreed, From: p.From, ValidUntil: p.ValidUntil, Steps: []stepJSON{}}
	for _, kind := range []struct {
		flag credit.PlanKind
		name string
	}{{credit.Earliest, "earliest"}, {credit.Cheapest, "cheapest"}, {credit.Fewest, "fewest"}} {
		if p.Kind&kind.flag != 0 {
			out.Best = append(out.Best, kind.name)
		}
	}
	for _, s := range p.Steps {
		out.Steps = append(out.Steps, stepJSON{s.Kind, s.No, s.Amount, s.By, s.Counts, s.Sentence(english)})
	}
	slices.SortStableFunc(out.Steps, func(x, y stepJSON) int { return cmp.Compare(x.By, y.By) })
	return out
}

// english is the language of the command line.
const english = "en"

func sentences(reasons []credit.Reason) []string {
	out := []string{}
	for _, r := range reasons {
		out = append(out, r.Code.String()+": "+r.Sentence(english))
	}
	return out
}

func (w *wayJSON) print() {
	goal := fmt.Sprintf("%s for %s on %s", w.Method, money.Format(w.Amount, w.Currency, english), w.Day)
	switch {
	case w.Open:
		fmt.Println(goal + ": approved today, nothing to do")
	case w.None != nil:
		fmt.Println(goal + ": no plan inside the horizon")
		for _, r := range w.None.Reasons {
			fmt.Println("  " + r)
		}
		for _, s := range w.None.Steps {
			fmt.Println("  " + s.Text)
		}
	default:
		fmt.Println(goal + ": not today")
		for _, r := range w.Reasons {
			fmt.Println("  " + r)
		}
	}
	for _, p := range w.Plans {
		fmt.Printf("%v: pay %s; from %s until %s\n", p.Best, money.Format(p.PayNow, w.Currency, english), p.From, p.ValidUntil)
		for _, s := range p.Steps {
			fmt.Printf("  by %s: %s\n", s.By, s.Text)
		}
	}
}
