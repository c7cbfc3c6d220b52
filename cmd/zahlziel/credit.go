package main

import (
	"context"
	"fmt"
	"time"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
)

type creditCmd struct {
	Replay   creditReplayCmd   `cmd:"" help:"Decide every stored decision again on the facts it recorded, bit for bit, or under another policy."`
	Policy   creditPolicyCmd   `cmd:"" help:"Check, compare, preview and activate policies."`
	Card     creditCardCmd     `cmd:"" help:"Take points cards through their life: add, validate, shadow, activate, retire."`
	WayBack  creditWayBackCmd  `cmd:"" name:"wayback" help:"Compute the exact steps by which a consumer can buy with a method again."`
	Bench    creditBenchCmd    `cmd:"" help:"Measure decisions and ways back on synthetic people; try out small cases; carry plans out."`
	Fit      creditFitCmd      `cmd:"" help:"Fit a points card from a table of outcomes, or from the outcomes of own decisions."`
	Validate creditValidateCmd `cmd:"" help:"Judge a points card on a table of outcomes."`
	Shadow   cardShadowCmd     `cmd:"" help:"As card shadow: ask that a validated card is a challenger in shadow; or confirm."`
	Activate cardActivateCmd   `cmd:"" help:"As card activate: ask that a card in shadow becomes champion; or confirm."`
	Report   creditReportCmd   `cmd:"" help:"Report on the card in use: outcomes, stability, fairness, ways back and the gates."`
	Fraud    struct {
		Report creditFraudReportCmd `cmd:"" help:"Measure every fraud rule: hits, and precision by later outcome."`
	} `cmd:"" help:"Fraud rules."`
}

type creditReplayCmd struct {
	Since  string   `help:"Only decisions of this day, YYYY-MM-DD, and later." placeholder:"DATE"`
	Policy string   `help:"Decide by this policy file instead, and print who would change, by which reason, and what it would have cost by the outcomes known." placeholder:"FILE" type:"existingfile"`
	Card   []string `help:"Card file that the policy names, if it is not stored." placeholder:"FILE" type:"existingfile"`
	JSON   bool     `help:"Print the counts as JSON."`
}

// Run replays; the first decision that differs ends it with an error.
func (c *creditReplayCmd) Run(ctx context.Context, p *place) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	if c.Policy != "" {
		return previewFile(ctx, p, c.Policy, c.Card, since, c.JSON)
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	at := pay.Micros(0)
	if since.IsSet() {
		at = pay.Germany.Midnight(since)
	}
	bar, start := newBar("decisions"), time.Now()
	r, err := a.ReplayDecisions(ctx, at, bar.set)
	bar.done()
	if err != nil {
		return fmt.Errorf("after %d equal decisions: %w", r.Replayed, err)
	}
	if c.JSON {
		return printJSON(r)
	}
	seconds := time.Since(start).Seconds()
	fmt.Printf("%d decisions: %d replayed with the same answer, %d of erased people; %.1f s, %.0f a second\n", r.Total, r.Replayed, r.Erased, seconds, float64(r.Total)/max(seconds, 1e-6))
	return nil
}

func parseSince(text string) (cal.Day, error) {
	if text == "" {
		return cal.NoDay, nil
	}
	return cal.ParseDay(text)
}

// loadPolicy loads a policy file with card files or the cards that are stored.
func loadPolicy(file string, cards []string, stored [][]byte) (*credit.Policy, error) {
	body, err := readFile(file)
	if err != nil {
		return nil, err
	}
	for _, name := range cards {
		card, err := readFile(name)
		if err != nil {
			return nil, err
		}
		stored = append(stored, card)
	}
	set, err := credit.ParsePolicies([][]byte{body}, stored)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return set[0], nil
}
