package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// Settings is what outside sources say about a person, each with its date, and which checks the person can begin.
type Settings struct {
	Day     cal.Day
	Address pay.Address // what a letter or register would confirm
	Sources []SourceLine
	Lists   []ListInfo // sanctions lists that everybody is held against
}

// SourceLine is one kind of source.
type SourceLine struct {
	Kind    string
	State   string // confirmed, none, clear, hit, failed, unavailable, plausible
	Source  string
	AsOf    cal.Day
	Until   cal.Day // last day on which the answer holds, NoDay: it has no end
	URL     string  // for access and correction
	Told    []string
	Free    int64
	Offered bool
	Pending pay.VerificationID // a check that is under way, if any
	Letter  bool               // it waits for the code in a letter
}

// settingsKinds are the kinds in the order of the page.
var settingsKinds = []credit.Source{credit.SourceIdentity, credit.SourceAccount, credit.SourceAddress, credit.SourceAffordability, credit.SourceBureau}

// Settings returns the actor's own. It reads what is stored and asks nobody.
func (a *App) Settings(ctx context.Context, who Actor) (*Settings, error) {
	p, profile, day, err := a.ownProfile(ctx, who)
	if err != nil {
		return nil, err
	}
	begun, err := a.DB.VerificationsOf(ctx, who.Consumer, verifyHistory)
	if err != nil {
		return nil, err
	}
	s := &Settings{Day: day, Address: profile.Billing, Lists: a.SanctionsLists()}
	src := a.portalSources()
	for _, kind := range settingsKinds {
		line := SourceLine{Kind: kind.String(), State: "none", AsOf: cal.NoDay, Until: cal.NoDay, Offered: src.offers(kind)}
		if err := a.fillLine(ctx, p, kind, &line); err != nil {
			return nil, err
		}
		for _, v := range begun {
			if v.Kind != line.Kind || v.State != pay.VerificationOpen || v.ExpiresAt <= a.Clock.Now() {
				continue
			}
			line.Pending, line.Letter = v.ID, v.CodeMAC != ""
			break
		}
		s.Sources = append(s.Sources, line)
	}
	return s, nil
}

// fillLine takes the fact, and the answer behind it where one is stored.
func (a *App) fillLine(ctx context.Context, p *person, kind credit.Source, line *SourceLine) error {
	f := &p.facts
	var since cal.Day
	switch kind {
	case credit.SourceIdentity:
		since = f.Identity
	case credit.SourceAccount:
		since = f.Bank
	case credit.SourceAddress:
		since = f.Address.Day
		if f.Address.Level == 1 {
			line.State, line.AsOf = "plausible", since
			since = cal.NoDay
		}
	default:
		since = cal.NoDay
	}
	if since.IsSet() {
		line.State, line.AsOf = "confirmed", since
	}
	row, err := store.Load(ctx, a.DB, store.SourceAnswers, bucketOf(p.row.ID), pay.AnswerID(line.Kind, p.row.ID))
	if err != nil || row == nil {
		return err
	}
	said, err := open[pay.SourceContent](p.key, pay.AnswerID(line.Kind, p.row.ID), row.Sealed)
	if err != nil {
		return err
	}
	line.Source, line.AsOf, line.Until, line.URL, line.Told, line.Free = row.Source, row.AsOf, row.Until, said.URL, said.Negative, said.Free
	if !since.IsSet() && line.State != "plausible" {
		line.State = row.State
	}
	return nil
}
