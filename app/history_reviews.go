package app

import (
	"context"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
)

// corrected is a fact that a person put right after a contest, and when.
type corrected struct {
	Correction
	at  pay.Micros
	day cal.Day
}

// corrections are all of a person's, in the order in which they were made.
func (a *App) corrections(ctx context.Context, id pay.ConsumerID) ([]corrected, error) {
	reviews, err := a.DB.CorrectedReviews(ctx, id)
	if err != nil || len(reviews) == 0 {
		return nil, err
	}
	p, err := a.readPerson(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []corrected
	for _, r := range reviews {
		ans, err := open[Answered](p.key, string(r.ID)+"/answer", r.Answer)
		if err != nil {
			return nil, err
		}
		for _, c := range ans.Corrections {
			out = append(out, corrected{c, r.AnsweredAt, r.AnsweredDay})
		}
	}
	return out, nil
}

// until takes the corrections made before an instant off the front of a list.
func until(list []corrected, at pay.Micros) (made, rest []corrected) {
	n := 0
	for n < len(list) && list[n].at < at {
		n++
	}
	return list[:n], list[n:]
}

// unask replays corrections of enquiries.
func (r *replayed) unask(made []corrected) {
	for _, c := range made {
		if c.Fact == "enquiries" {
			r.h.Unasked(c.Day)
		}
	}
}

// resettle replays corrections of payment days.
func (r *replayed) resettle(made []corrected) error {
	for _, c := range made {
		claim := r.claimNumbered(c.No)
		if c.Fact != "late_payment" || claim == nil {
			continue
		}
		pol, err := r.a.Policy(c.day)
		if err != nil {
			return err
		}
		inv, settled := claim.inv, c.Day
		if !settled.IsSet() {
			settled = inv.DueDay
		}
		r.h.Resettled(pol, credit.Settlement{No: inv.No, Merchant: string(inv.MerchantID), Paid: claim.paid - claim.back, Due: inv.DueDay,
			Settled: settled, Returns: inv.IssuedDay + returnDays, Today: c.day})
	}
	return nil
}

func (r *replayed) claimNumbered(no string) *claimSoFar {
	for _, c := range r.claims {
		if c.inv.No == printedNo(no) {
			return c
		}
	}
	return nil
}

// printedNo is an invoice's number as it is printed, from what somebody typed.
func printedNo(typed string) string { return strings.ToUpper(strings.TrimSpace(typed)) }
