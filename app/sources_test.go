package app_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/gateway"
	"zahlziel/gateway/bureau"
	"zahlziel/gateway/identity"
	"zahlziel/gateway/letter"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

// register is a bureau that counts who asks and answers as told.
type register struct {
	asked  []bureau.Query
	answer bureau.Report
	err    error
}

func (r *register) Report(_ context.Context, q bureau.Query) (bureau.Report, error) {
	r.asked = append(r.asked, q)
	a := r.answer
	a.Source, a.URL, a.AsOf = "Testauskunft", "https://auskunft.example.org", q.Day
	if !a.Until.IsSet() {
		a.Until = cal.NoDay
	}
	return a, r.err
}

// regular is a person at a live shop whom everything but a bureau allows 500 EUR, with the device that proves them.
func (w *bank) regular(p buyer) (pay.ConsumerID, string) {
	w.t.Helper()
	s := w.session(p, 2000)
	first, err := w.confirm(s, app.AuthorizeRequest{EmailCode: w.codeOf(s, p.email(), ""), Method: "prepayment"})
	must(w.t, err)
	must(w.t, w.EditFacts(ctx, first.Consumer, func(f *credit.Facts) {
		f.Opened, f.Email = firstDay-800, firstDay-800
		f.Bank, f.Identity, f.Address = firstDay-700, firstDay-700, credit.Address{Level: 2, Day: firstDay - 700}
		for i := range 6 {
			day := firstDay - cal.Day(300-30*i)
			f.History.OnTime = append(f.History.OnTime, credit.OnTime{No: fmt.Sprint("R", i), Merchant: 1, Due: day, From: day, Amount: 90000})
		}
	}))
	return first.Consumer, first.DeviceToken
}

func (w *bank) ask(p buyer, device string, amount int64) *app.AuthorizeAnswer {
	w.t.Helper()
	ans, err := w.confirm(w.session(p, amount), app.AuthorizeRequest{DeviceToken: device, Method: "invoice_30"})
	must(w.t, err)
	if ans.Token != "" {
		must(w.t, w.ReleaseAuthorization(ctx, w.shop, app.Key{}, ans.Token))
	}
	return ans
}

func reasonsOf(ans *app.AuthorizeAnswer, method string) (out []string) {
	for _, m := range ans.Methods {
		if m.Method == method {
			for _, r := range m.Reasons {
				if !r.Code.IsScoreDetail() {
					out = append(out, r.Code.String())
				}
			}
		}
	}
	return out
}

// TestBureauIsAskedOnlyWhereItMatters follows one regular buyer: small purchases ask nobody, large ones ask once in the
// time that an answer holds, purchases that are refused anyway ask nobody, and what is not paid on credit neither.
func TestBureauIsAskedOnlyWhereItMatters(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	reg := &register{answer: bureau.Report{Stamp: gateway.Stamp{Until: cal.NoDay}}}
	w.Sources = app.Sources{Bureau: reg, BureauName: "Testauskunft"}
	id, device := w.regular(anna)
	w.live()
	equal(t, "small", w.ask(anna, device, 25000).Approved, true)
	equal(t, "asked for a small purchase", len(reg.asked), 0)
	equal(t, "far too large", w.ask(anna, device, 990_000).Approved, false)
	equal(t, "asked for what is refused anyway", len(reg.asked), 0)
	pre, err := w.confirm(w.session(anna, 30000), app.AuthorizeRequest{DeviceToken: device, Method: "prepayment"})
	must(t, err)
	equal(t, "prepayment", pre.StepUp, "payment")
	equal(t, "asked for paying now", len(reg.asked), 0)

	equal(t, "large", w.ask(anna, device, 30000).Approved, true)
	equal(t, "asked", len(reg.asked), 1)
	q := reg.asked[0]
	if q.Purpose != "credit_purchase" || q.Person.FamilyName == "" || q.Person.Born != "1990-05-05" || q.ID == "" {
		t.Errorf("asked %+v", q)
	}
	equal(t, "large again", w.ask(anna, device, 30000).Approved, true)
	equal(t, "asked again while the answer holds", len(reg.asked), 1)
	row, err := w.AnswerOf(ctx, "bureau", id)
	must(t, err)
	if row == nil || row.State != pay.AnswerClear || row.Source != "Testauskunft" || row.Until != firstDay+30 || row.Purpose != "credit_purchase" {
		t.Errorf("kept %+v", row)
	}
	looks, err := w.DB.LooksAt(ctx, pay.BucketOf(pay.CellOf(string(id))), string(id), 50)
	must(t, err)
	asked := 0
	for _, l := range looks {
		if l.Action == "source_asked" && l.Detail == "bureau credit_purchase" {
			asked++
		}
	}
	equal(t, "lines of the audit trail", asked, 1)

	must(t, w.DB.SetDay(ctx, firstDay+31))
	w.Clock.Set(firstDay + 31)
	equal(t, "after its time", w.ask(anna, device, 30000).Approved, true)
	equal(t, "asked after its time", len(reg.asked), 2)
	w.audit()
}

// TestBureauAnswers: what the bureau says bounds credit, silence caps it, and what was reported long ago is asked again.
func TestBureauAnswers(t *testing.T) {
	negative := bureau.Report{Stamp: gateway.Stamp{Until: cal.NoDay}, Negative: []bureau.Feature{{Code: "title", Text: "Vollstreckungstitel"}}}
	tests := []struct {
		name   string
		answer bureau.Report
		err    error
		reason string
		small  bool // 100 EUR stay possible
	}{
		{"negative", negative, nil, "R17_BUREAU_NEGATIVE", false},
		{"poor score", bureau.Report{Stamp: gateway.Stamp{Until: cal.NoDay}, Score: 320}, nil, "R17_BUREAU_NEGATIVE", true},
		{"silent", bureau.Report{}, gateway.ErrUnavailable, "R19_SOURCE_UNAVAILABLE", true},
		{"malformed", bureau.Report{}, gateway.ErrMalformed, "R19_SOURCE_UNAVAILABLE", true},
		{"broken", bureau.Report{}, errors.New("anything"), "R19_SOURCE_UNAVAILABLE", true},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := newBank(t, storetest.SQLite(t))
			reg := &register{answer: c.answer, err: c.err}
			w.Sources = app.Sources{Bureau: reg, BureauName: "Testauskunft"}
			id, device := w.regular(anna)
			w.live()
			ans := w.ask(anna, device, 40000)
			equal(t, "approved", ans.Approved, false)
			if got := reasonsOf(ans, "invoice_30"); !slices.Contains(got, c.reason) {
				t.Errorf("reasons %v, want %s", got, c.reason)
			}
			for _, m := range ans.Methods {
				for _, r := range m.Reasons {
					if r.Code.String() == c.reason && !strings.Contains(r.Sentence("de"), "Testauskunft") {
						t.Errorf("the source is not named: %s", r.Sentence("de"))
					}
				}
			}
			equal(t, "100 EUR", w.ask(anna, device, 10000).Approved, c.small)
			equal(t, "asked", len(reg.asked), 1)
			if c.err != nil {
				reg.err = nil
				reg.answer = bureau.Report{Stamp: gateway.Stamp{Until: cal.NoDay}}
				equal(t, "when it answers again", w.ask(anna, device, 40000).Approved, true)
				return
			}
			reg.answer = bureau.Report{Stamp: gateway.Stamp{Until: cal.NoDay}}
			must(t, w.DB.SetDay(ctx, firstDay+31))
			w.Clock.Set(firstDay + 31)
			if c.reason == "R17_BUREAU_NEGATIVE" && !c.small {
				equal(t, "a small purchase asks again what has become old", w.ask(anna, device, 10000).Approved, true)
			}
			equal(t, "a month later", w.ask(anna, device, 40000).Approved, true)
			f, err := w.FactsOf(ctx, id)
			must(t, err)
			equal(t, "state", f.Bureau.State, credit.Clear)
		})
	}
}

// TestTestShopsNeverReachARealBureau: buyers of a shop in test mode ask nobody, or the fake where their address says so.
func TestTestShopsNeverReachARealBureau(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	reg := &register{}
	w.Sources = app.Sources{Bureau: reg}
	_, device := w.regular(anna)
	equal(t, "plain", w.ask(anna, device, 40000).Approved, true)
	scripted := buyer{"Berta", "Fall+bureau-negative"}
	_, device = w.regular(scripted)
	ans := w.ask(scripted, device, 40000)
	equal(t, "scripted", ans.Approved, false)
	if got := reasonsOf(ans, "invoice_30"); !slices.Contains(got, "R17_BUREAU_NEGATIVE") {
		t.Error(got)
	}
	equal(t, "asked", len(reg.asked), 0)
}

func (w *bank) someone(p buyer) app.Actor {
	w.t.Helper()
	ans, err := w.confirm(w.session(p, 2000), app.AuthorizeRequest{EmailCode: "000000", Method: "prepayment"})
	must(w.t, err)
	return app.Actor{Consumer: ans.Consumer}
}

// TestChecksAtPartners begins and finishes each check that a partner does.
func TestChecksAtPartners(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	who := w.someone(anna)
	tests := []struct {
		r     app.VerifyRequest
		fact  func(credit.Facts) bool
		wants bool
	}{
		{app.VerifyRequest{Kind: "identity"}, func(f credit.Facts) bool { return f.Identity == firstDay }, true},
		{app.VerifyRequest{Kind: "account", IBAN: annasIBAN}, func(f credit.Facts) bool { return f.Bank == firstDay }, true},
		{app.VerifyRequest{Kind: "affordability", Consent: true, Language: "de"}, func(f credit.Facts) bool {
			return f.Proof.State == credit.Clear && f.Proof.Free == 120_000 && f.Proof.Until == firstDay+365 && f.Assessment.FreeMonthly == 120_000
		}, true},
	}
	for _, c := range tests {
		begun, err := w.StartVerification(ctx, who, c.r)
		must(t, err)
		if begun.Redirect != "http://127.0.0.1/me/verify/"+pay.Bare(begun.ID) {
			t.Errorf("%s: goes on to %q", c.r.Kind, begun.Redirect)
		}
		f, err := w.FactsOf(ctx, who.Consumer)
		must(t, err)
		equal(t, c.r.Kind+" before", c.fact(f), false)
		if _, err := w.FinishVerification(ctx, app.Actor{Consumer: w.someone(bert).Consumer}, begun.ID, ""); codeOf(err) != "no_such_check" {
			t.Errorf("somebody else's check: %v", err)
		}
		for range 2 { // a page that is loaded again changes nothing
			state, err := w.FinishVerification(ctx, who, begun.ID, "")
			must(t, err)
			equal(t, c.r.Kind, state, "confirmed")
		}
		f, err = w.FactsOf(ctx, who.Consumer)
		must(t, err)
		equal(t, c.r.Kind+" after", c.fact(f), c.wants)
		row, err := w.AnswerOf(ctx, c.r.Kind, who.Consumer)
		must(t, err)
		if row == nil || row.State != pay.AnswerClear || row.Purpose != "own_request" {
			t.Errorf("%s: kept %+v", c.r.Kind, row)
		}
	}
	profile, err := w.Profile(ctx, who)
	must(t, err)
	equal(t, "account", profile.PayerIBAN[0], annasIBAN)
	equal(t, "consents to evidence", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM consents WHERE kind = 'affordability'"), 1)
	w.work()
	w.audit()
}

// TestChecksThatEndOtherwise: failed, pending, silent and unwanted checks.
func TestChecksThatEndOtherwise(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	for name, c := range map[string]struct {
		who  buyer
		r    app.VerifyRequest
		code string
	}{
		"bad IBAN":        {anna, app.VerifyRequest{Kind: "account", IBAN: "DE00"}, "bad_iban"},
		"no consent":      {anna, app.VerifyRequest{Kind: "affordability"}, "consent_missing"},
		"unknown":         {anna, app.VerifyRequest{Kind: "horoscope"}, "check_not_offered"},
		"the bureau":      {anna, app.VerifyRequest{Kind: "bureau"}, "check_not_offered"},
		"silent":          {buyer{"Ida", "Still+identity-timeout"}, app.VerifyRequest{Kind: "identity"}, "source_unavailable"},
		"silent evidence": {buyer{"Ida", "Still+affordability-timeout"}, app.VerifyRequest{Kind: "affordability", Consent: true}, "source_unavailable"},
	} {
		who := w.someone(c.who)
		if _, err := w.StartVerification(ctx, who, c.r); codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if name == "silent evidence" {
			f, err := w.FactsOf(ctx, who.Consumer)
			must(t, err)
			equal(t, "silence is a fact", f.Proof.State, credit.Unavailable)
		}
	}
	failed := w.someone(buyer{"Ida", "Nein+identity-failed"})
	begun, err := w.StartVerification(ctx, failed, app.VerifyRequest{Kind: "identity"})
	must(t, err)
	state, err := w.FinishVerification(ctx, failed, begun.ID, "")
	must(t, err)
	equal(t, "failed", state, "failed")
	waits := w.someone(buyer{"Ida", "Warte+identity-pending"})
	begun, err = w.StartVerification(ctx, waits, app.VerifyRequest{Kind: "identity"})
	must(t, err)
	state, err = w.FinishVerification(ctx, waits, begun.ID, "")
	must(t, err)
	equal(t, "pending", state, "open")
	for range 10 {
		_, err = w.StartVerification(ctx, waits, app.VerifyRequest{Kind: "identity"})
	}
	equal(t, "too often", codeOf(err), "too_many_checks")
	w.Demo = false
	_, err = w.StartVerification(ctx, w.someone(cora), app.VerifyRequest{Kind: "identity"})
	equal(t, "no fake outside of a demo", codeOf(err), "check_not_offered")
}

// slowIdentity is pending for the first looks.
type slowIdentity struct {
	identity.Fake
	looks int
}

func (s *slowIdentity) Result(ctx context.Context, ref string, day cal.Day) (identity.Report, error) {
	if s.looks--; s.looks >= 0 {
		return identity.Report{State: gateway.Pending}, nil
	}
	return s.Fake.Result(ctx, ref, day)
}

// TestTheWorkerLooksAfterChecks: whoever does not come back from the partner is confirmed all the same.
func TestTheWorkerLooksAfterChecks(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.Sources.Identity = &slowIdentity{looks: 2}
	who := w.someone(anna)
	_, err := w.StartVerification(ctx, who, app.VerifyRequest{Kind: "identity"})
	must(t, err)
	w.Clock.Turn(w.Clock.Now())
	for range 4 {
		w.Clock.Turn(w.Clock.Now() + 3600*1e6)
		w.work()
	}
	f, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	equal(t, "confirmed by", f.Identity.IsSet(), true)

	// A check that nobody finishes ends after a week, and no job fails over it.
	waits := w.someone(buyer{"Ida", "Warte+identity-pending"})
	w.Sources.Identity = nil
	begun, err := w.StartVerification(ctx, waits, app.VerifyRequest{Kind: "identity"})
	must(t, err)
	for range 20 {
		w.Clock.Turn(w.Clock.Now() + 10*3600*1e6)
		w.work()
	}
	state, err := w.FinishVerification(ctx, waits, begun.ID, "")
	must(t, err)
	equal(t, "after a week", state, "failed")
	equal(t, "failed jobs", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM jobs WHERE kind = 'verify' AND state = 'failed'"), 0)
	equal(t, "waiting jobs", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM jobs WHERE kind = 'verify' AND state = 'waiting'"), 0)
}

// TestAddressByLetter orders a letter, mistypes its code, types it and is confirmed; an old letter works no more.
func TestAddressByLetter(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	post := &letter.Fake{}
	w.Sources.Letter = post
	who := w.someone(anna)
	first, err := w.StartVerification(ctx, who, app.VerifyRequest{Kind: "address"})
	must(t, err)
	equal(t, "letter", first.Letter, true)
	old := w.letterCode(first.ID)
	second, err := w.StartVerification(ctx, who, app.VerifyRequest{Kind: "address"})
	must(t, err)
	code := w.letterCode(second.ID)
	w.work()
	letters := post.Letters()
	if len(letters) != 1 || letters[0].ID != string(second.ID) || letters[0].Lines[0] != "Erika Müller" || !strings.HasPrefix(string(letters[0].PDF), "%PDF") {
		t.Fatalf("posted %+v", letters)
	}
	if state, err := w.FinishVerification(ctx, who, first.ID, old); state != "failed" || err != nil {
		t.Errorf("the older letter: %s %v", state, err)
	}
	if _, err := w.FinishVerification(ctx, who, second.ID, "2222-2222"); codeOf(err) != "wrong_code" {
		t.Error(err)
	}
	state, err := w.FinishVerification(ctx, who, second.ID, " "+strings.ToLower(strings.ReplaceAll(code, "-", " ")))
	must(t, err)
	equal(t, "state", state, "confirmed")
	f, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	equal(t, "level", f.Address.Level, 2)
	equal(t, "jobs that keep a code", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM jobs WHERE kind = 'address_letter' AND state = 'done' AND LENGTH(body) > 0"), 0)

	who = w.someone(bert)
	third, err := w.StartVerification(ctx, who, app.VerifyRequest{Kind: "address"})
	must(t, err)
	code = w.letterCode(third.ID)
	for range 5 {
		if _, err := w.FinishVerification(ctx, who, third.ID, "2222-2222"); codeOf(err) != "wrong_code" {
			t.Error(err)
		}
	}
	if _, err := w.FinishVerification(ctx, who, third.ID, code); codeOf(err) != "code_over" {
		t.Errorf("the right code after five wrong ones: %v", err)
	}
	known := w.someone(buyer{"Ria", "Register+address-known"})
	begun, err := w.StartVerification(ctx, known, app.VerifyRequest{Kind: "address"})
	must(t, err)
	equal(t, "whom the register knows", begun.State, "confirmed")
}

// letterCode reads a code out of the job that prints it, as the print shop reads the paper.
func (w *bank) letterCode(id pay.VerificationID) string {
	w.t.Helper()
	code, err := w.LetterCode(ctx, id)
	must(w.t, err)
	return code
}

// TestAnOldFindingEndsWithItsSource: where nobody can be asked any more, what was reported long ago counts no longer.
func TestAnOldFindingEndsWithItsSource(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	id, device := w.regular(anna)
	finding := credit.Bureau{State: credit.Hit, Source: "Auskunft", Feature: "Titel", AsOf: firstDay - 20, Until: firstDay}
	must(t, w.EditFacts(ctx, id, func(f *credit.Facts) { f.Bureau = finding }))
	equal(t, "on its last day", w.ask(anna, device, 2000).Approved, false)
	finding.Until = firstDay - 1
	must(t, w.EditFacts(ctx, id, func(f *credit.Facts) { f.Bureau = finding }))
	equal(t, "a day later", w.ask(anna, device, 2000).Approved, true)
}
