package app

import (
	"context"
	"errors"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/gateway"
	"zahlziel/gateway/account"
	"zahlziel/gateway/address"
	"zahlziel/gateway/affordability"
	"zahlziel/gateway/identity"
	"zahlziel/pay"
	"zahlziel/store"
)

// EvidenceConsent names the text by which a person lets a service look at their income.
const EvidenceConsent = "evidence-2026-11-20"

// How checks are bounded.
const (
	verifyDay     = 5                // checks of one kind in 24 hours
	verifyMicros  = 7 * dayMicros    // a partner's check ends by itself
	letterMicros  = 28 * dayMicros   // a code in a letter works so long
	letterTries   = 5                // wrong codes
	pollMicros    = 2 * 60 * 1e6     // first look after a person was sent to a partner
	pollMicrosMax = 6 * 3600 * 1e6   // between two looks
	verifyHistory = 30               // rows looked at
	verifyAsk     = "started_check"  // in the audit trail
	verifyDone    = "check_finished" // likewise
	wayPartner    = "partner"        // VerificationContent.Way
	wayLetter     = "letter"         // likewise
	consentProof  = "affordability"  // Consent.Kind
	consentPortal = "portal"         // Consent.Way
)

// VerifyRequest begins a check.
type VerifyRequest struct {
	Kind     string // identity, account, address, affordability
	IBAN     string // of an account
	Consent  bool   // to the look at one's income
	Language string
}

// Begun is a check that was begun. Redirect is the partner's page; empty: State says what came of it already.
type Begun struct {
	ID       pay.VerificationID
	Redirect string
	State    string // open, confirmed, failed
	Letter   bool   // a letter with a code is on its way
}

var (
	errNoCheck   = pay.Errorf(pay.Missing, "no_such_check", "", "There is no such check; begin a new one")
	errNotAsked  = pay.Errorf(pay.Refused, "check_not_offered", "", "This check is not offered here")
	errTooMany   = pay.Errorf(pay.TooLate, "too_many_checks", "", "You tried this too often today; try again tomorrow")
	errSilent    = pay.Errorf(pay.Busy, "source_unavailable", "", "The service does not answer at present; try again in a few minutes")
	errBadIBAN   = pay.Errorf(pay.Invalid, "bad_iban", "iban", "Enter an IBAN such as DE89 3704 0044 0532 0130 00")
	errNoConsent = pay.Errorf(pay.Invalid, "consent_missing", "consent", "Agree first, or leave it")
	errWrongMark = pay.Errorf(pay.Refused, "wrong_code", "code", "The code is wrong; look at the letter again")
	errCodeOver  = pay.Errorf(pay.TooLate, "code_over", "code", "The code does not work any more; order a new letter")
)

// StartVerification begins a check that the actor, a consumer, asked for. The check is stored before the partner hears of
// it, and the partner is called outside of any unit of work.
func (a *App) StartVerification(ctx context.Context, who Actor, r VerifyRequest) (*Begun, error) {
	p, _, err := a.own(ctx, who)
	if err != nil {
		return nil, err
	}
	kind, err := credit.ParseSource(r.Kind)
	src := a.portalSources()
	if err != nil || !src.offers(kind) {
		return nil, errNotAsked
	}
	content := pay.VerificationContent{Way: wayPartner}
	switch kind {
	case credit.SourceAccount:
		iban := bankfile.NormalIBAN(r.IBAN)
		if !iban.Valid() {
			return nil, errBadIBAN
		}
		content.IBAN = string(iban)
	case credit.SourceAffordability:
		if !r.Consent {
			return nil, errNoConsent
		}
	}
	profile, err := p.profile()
	if err != nil {
		return nil, err
	}
	v, err := a.storeVerification(ctx, who, r, kind, content)
	if err != nil {
		return nil, err
	}
	if kind == credit.SourceAddress {
		return a.startAddress(ctx, src, v, profile)
	}
	return a.startAtPartner(ctx, src, kind, v, content, profile)
}

// offers reports whether a kind of check can be begun here.
func (s Sources) offers(kind credit.Source) bool {
	switch kind {
	case credit.SourceIdentity:
		return s.Identity != nil
	case credit.SourceAccount:
		return s.Account != nil
	case credit.SourceAddress:
		return s.Address != nil || s.Letter != nil
	case credit.SourceAffordability:
		return s.Affordability != nil
	}
	return false
}

// storeVerification notes that a check was begun, who asked for it and, where it is needed, the consent.
func (a *App) storeVerification(ctx context.Context, who Actor, r VerifyRequest, kind credit.Source, content pay.VerificationContent) (*pay.Verification, error) {
	recent, err := a.DB.VerificationsOf(ctx, who.Consumer, verifyHistory)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, old := range recent {
		if old.Kind == kind.String() && old.CreatedAt > a.Clock.Now()-dayMicros {
			n++
		}
	}
	if n >= verifyDay {
		return nil, errTooMany
	}
	b := bucketOf(who.Consumer)
	v := &pay.Verification{ID: pay.VerificationID(a.idNear(pay.PrefixVerification, string(who.Consumer))), ConsumerID: who.Consumer, Kind: kind.String(), State: pay.VerificationOpen}
	_, err = do(ctx, a, who, "verify", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(who.Consumer))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, who.Consumer)
		if err != nil {
			return struct{}{}, err
		}
		v.CreatedAt, v.ExpiresAt = tx.At, tx.At+verifyMicros
		v.Sealed = p.seal(string(v.ID), content)
		store.Save(tx, store.Verifications, v)
		tx.Audit(who.String(), verifyAsk, string(who.Consumer), v.Kind+" "+purposeOwn)
		if kind == credit.SourceAffordability {
			store.Save(tx, store.Consents, &pay.Consent{ID: "cst_" + pay.Bare(v.ID), ConsumerID: who.Consumer, Kind: consentProof, Version: EvidenceConsent,
				Ref: string(v.ID), At: tx.At, Day: tx.Day, Way: consentPortal, Language: r.Language})
		}
		return struct{}{}, nil
	})
	return v, err
}

// startAtPartner hands a check over to its partner and keeps the partner's name for it.
func (a *App) startAtPartner(ctx context.Context, src Sources, kind credit.Source, v *pay.Verification, content pay.VerificationContent, profile pay.Profile) (*Begun, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*askTime)
	defer cancel()
	id, them, back := string(v.ID), gateway.PersonOf(profile), a.BaseURL+"/me/verify/"+pay.Bare(v.ID)
	var begun gateway.Started
	var err error
	switch kind {
	case credit.SourceIdentity:
		begun, err = src.Identity.Start(ctx, identity.Query{ID: id, Person: them, Return: back})
	case credit.SourceAccount:
		begun, err = src.Account.Start(ctx, account.Query{ID: id, Person: them, IBAN: content.IBAN, Return: back})
	case credit.SourceAffordability:
		begun, err = src.Affordability.Start(ctx, affordability.Query{ID: id, Person: them, Return: back, Consent: EvidenceConsent})
	}
	if err != nil {
		return nil, a.notStarted(context.WithoutCancel(ctx), src, kind, v, err)
	}
	content.Ref = begun.Ref
	_, err = a.onVerification(ctx, v.ConsumerID, v.ID, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
		row.Sealed = p.seal(string(row.ID), content)
		store.Save(tx, store.Verifications, row)
		a.queueAt(tx, JobVerify, string(row.ID), nil, tx.At+pollMicros)
		return row.State, nil
	})
	if err != nil || begun.Redirect != "" {
		return &Begun{ID: v.ID, Redirect: begun.Redirect, State: pay.VerificationOpen}, err
	}
	state, err := a.finishAtPartner(ctx, v.ConsumerID, v.ID)
	return &Begun{ID: v.ID, State: state}, err
}

// notStarted ends a check that its partner did not take and notes a required source's silence for the decision's reason.
func (a *App) notStarted(ctx context.Context, src Sources, kind credit.Source, v *pay.Verification, cause error) error {
	silent := errors.Is(cause, gateway.ErrUnavailable)
	if !silent {
		a.Log.Error("check", "kind", kind.String(), "error", cause.Error())
	}
	_, err := a.onVerification(ctx, v.ConsumerID, v.ID, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
		row.State = pay.VerificationFailed
		store.Save(tx, store.Verifications, row)
		if kind != credit.SourceAffordability || p.facts.Answered(kind, tx.Day) {
			return row.State, nil
		}
		p.facts.Proof = credit.Proof{State: credit.Unavailable, Source: src.AffordabilityName, AsOf: tx.Day, Until: cal.NoDay}
		return row.State, p.save(tx)
	})
	if err != nil {
		return err
	}
	return errSilent
}

// onVerification runs a change of an open check with its consumer opened; a check that is over is only told.
func (a *App) onVerification(ctx context.Context, who pay.ConsumerID, id pay.VerificationID, f func(*store.Tx, *person, *pay.Verification) (string, error)) (string, error) {
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Verifications.At(b, string(id)), store.Consumers.At(b, string(who))}}
	return do(ctx, a, System, "verification", Key{}, u, func(tx *store.Tx) (string, error) {
		row, err := store.Get(tx, store.Verifications, string(id))
		if err != nil {
			return "", err
		}
		if row == nil || row.ConsumerID != who {
			return "", errNoCheck
		}
		if row.State != pay.VerificationOpen {
			return row.State, nil
		}
		p, err := a.person(tx, who)
		if err != nil {
			return "", err
		}
		return f(tx, p, row)
	})
}

// FinishVerification asks what came of a check of the actor: of the partner's, or with the code from the letter.
func (a *App) FinishVerification(ctx context.Context, who Actor, id pay.VerificationID, code string) (string, error) {
	if who.Consumer == "" {
		return "", errForbidden
	}
	if code != "" {
		return a.useLetterCode(ctx, who.Consumer, id, code)
	}
	return a.finishAtPartner(ctx, who.Consumer, id)
}

// outcome is what a partner said about a check.
type outcome struct {
	gateway.Stamp
	state gateway.State
	free  int64
}

// finishAtPartner asks the partner for the outcome and makes facts of it.
func (a *App) finishAtPartner(ctx context.Context, who pay.ConsumerID, id pay.VerificationID) (string, error) {
	v, err := store.LoadID(ctx, a.DB, store.Verifications, id)
	if err != nil {
		return "", err
	}
	if v == nil || v.ConsumerID != who {
		return "", errNoCheck
	}
	if v.State != pay.VerificationOpen {
		return v.State, nil
	}
	p, err := a.readPerson(ctx, who)
	if err != nil {
		return "", err
	}
	content, err := open[pay.VerificationContent](p.key, string(id), v.Sealed)
	if err != nil {
		return "", err
	}
	if content.Way != wayPartner || content.Ref == "" {
		return v.State, nil
	}
	day, err := a.Day(ctx)
	if err != nil {
		return "", err
	}
	out, err := a.resultOf(ctx, v.Kind, content.Ref, day)
	switch {
	case errors.Is(err, gateway.ErrUnavailable):
		return "", errSilent
	case err != nil:
		a.Log.Error("check", "kind", v.Kind, "error", err.Error())
		return "", errSilent
	case out.state == gateway.Pending:
		return pay.VerificationOpen, nil
	}
	return a.onVerification(ctx, who, id, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
		return a.concludeCheck(tx, p, row, content, out)
	})
}

func (a *App) resultOf(ctx context.Context, kind, ref string, day cal.Day) (out outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*askTime)
	defer cancel()
	src := a.portalSources()
	switch k, _ := credit.ParseSource(kind); {
	case k == credit.SourceIdentity && src.Identity != nil:
		r, err := src.Identity.Result(ctx, ref, day)
		return outcome{r.Stamp, r.State, 0}, err
	case k == credit.SourceAccount && src.Account != nil:
		r, err := src.Account.Result(ctx, ref, day)
		return outcome{r.Stamp, r.State, 0}, err
	case k == credit.SourceAffordability && src.Affordability != nil:
		r, err := src.Affordability.Result(ctx, ref, day)
		return outcome{r.Stamp, r.State, r.FreeMonthly}, err
	}
	return out, gateway.ErrUnavailable
}

// concludeCheck is the point of no return of a check: its outcome becomes facts with their date and source.
func (a *App) concludeCheck(tx *store.Tx, p *person, row *pay.Verification, content pay.VerificationContent, out outcome) (string, error) {
	pol, err := a.Policy(tx.Day)
	if err != nil {
		return "", err
	}
	kind, err := credit.ParseSource(row.Kind)
	if err != nil {
		return "", err
	}
	row.State = pay.VerificationFailed
	answer := &pay.SourceAnswer{ConsumerID: p.row.ID, Kind: row.Kind, Source: out.Source, Purpose: purposeOwn, State: pay.AnswerFailed, AskedAt: tx.At, AsOf: out.AsOf,
		Until: validUntil(pol, kind, tx.Day, out.Until)}
	if out.state == gateway.Confirmed {
		row.State, answer.State = pay.VerificationConfirmed, pay.AnswerClear
		if err := a.confirmFact(tx, p, kind, content, out, answer.Until); err != nil {
			return "", err
		}
	}
	store.Save(tx, store.Verifications, row)
	if err := p.keepAnswer(tx, answer, pay.SourceContent{URL: out.URL, Free: out.free}); err != nil {
		return "", err
	}
	tx.Audit(System.String(), verifyDone, string(p.row.ID), row.Kind+" "+row.State)
	return row.State, p.save(tx)
}

// confirmFact notes what a check proved.
func (a *App) confirmFact(tx *store.Tx, p *person, kind credit.Source, content pay.VerificationContent, out outcome, until cal.Day) error {
	f := &p.facts
	switch kind {
	case credit.SourceIdentity:
		f.Identity = tx.Day
		a.queue(tx, JobCluster, string(p.row.ID), nil) // who shares data with others may turn out to be one person, or not
	case credit.SourceAddress:
		f.Address = credit.Address{Level: 2, Day: tx.Day}
	case credit.SourceAffordability:
		f.Proof = credit.Proof{State: credit.Clear, Source: out.Source, AsOf: out.AsOf, Until: until, Free: max(0, out.free)}
		f.Assessment = credit.Assessment{Day: tx.Day, FreeMonthly: f.Proof.Free}
	case credit.SourceAccount:
		f.Bank = tx.Day
		profile, err := p.profile()
		if err != nil {
			return err
		}
		kept := []string{content.IBAN}
		for _, old := range profile.PayerIBAN {
			if old != content.IBAN {
				kept = append(kept, old)
			}
		}
		profile.PayerIBAN = kept
		p.setProfile(profile)
		a.queue(tx, JobIndex, string(p.row.ID), nil)
	}
	return nil
}

// pollVerification is the job that looks after a check whose person did not come back to us.
func (h poster) pollVerification(ctx context.Context, j *pay.Job) error {
	id := pay.VerificationID(j.Subject)
	v, err := store.LoadID(ctx, h.DB, store.Verifications, id)
	if err != nil || v == nil || v.State != pay.VerificationOpen {
		return err
	}
	if v.ExpiresAt <= h.Clock.Now() {
		_, err := h.onVerification(ctx, v.ConsumerID, id, func(tx *store.Tx, _ *person, row *pay.Verification) (string, error) {
			row.State = pay.VerificationFailed
			store.Save(tx, store.Verifications, row)
			return row.State, nil
		})
		return err
	}
	state, err := h.finishAtPartner(ctx, v.ConsumerID, id)
	if err != nil && !errors.Is(err, errSilent) || err == nil && state != pay.VerificationOpen {
		return err
	}
	// A person may take days, and a partner may be down: that is no failure of the job. Looks become rarer with time.
	_, err = h.onVerification(ctx, v.ConsumerID, id, func(tx *store.Tx, _ *person, row *pay.Verification) (string, error) {
		h.queueAt(tx, JobVerify, string(id), nil, tx.At+min(max((tx.At-row.CreatedAt)/2, pollMicros), pollMicrosMax))
		return row.State, nil
	})
	return err
}

// startAddress asks a register, where there is one; whom it does not know gets a letter with a code.
func (a *App) startAddress(ctx context.Context, src Sources, v *pay.Verification, profile pay.Profile) (*Begun, error) {
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	if src.Address != nil {
		short, cancel := context.WithTimeout(ctx, askTime)
		r, err := src.Address.Confirm(short, address.Query{ID: string(v.ID), Person: gateway.PersonOf(profile), Day: day})
		cancel()
		if err == nil && r.State == gateway.Confirmed {
			state, err := a.onVerification(ctx, v.ConsumerID, v.ID, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
				return a.concludeCheck(tx, p, row, pay.VerificationContent{Way: wayPartner}, outcome{r.Stamp, r.State, 0})
			})
			return &Begun{ID: v.ID, State: state}, err
		}
		if err != nil && !errors.Is(err, gateway.ErrUnavailable) {
			a.Log.Error("check", "kind", v.Kind, "error", err.Error())
		}
	}
	if src.Letter == nil {
		return nil, a.notStarted(ctx, src, credit.SourceAddress, v, gateway.ErrUnavailable)
	}
	return a.orderLetter(ctx, v)
}

// homeDigest tells one postal address from another without telling it.
func (a *App) homeDigest(ad pay.Address) string {
	return a.Vault.Index("home", strings.Join(nameWords(strings.Join([]string{ad.FullName(), ad.Street, ad.Street2, ad.PostalCode, ad.City, ad.Country}, " ")), " "))
}
