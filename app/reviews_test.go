package app_test

import (
	"bytes"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store/storetest"
)

var (
	paper   = []byte("%PDF-1.4\n% a paper\n")
	picture = []byte("\x89PNG\r\n\x1a\n and more")
	longer  = "We looked at the bank's statement and at what you sent."
)

// lateBuyer paid one invoice too late and asks for another purchase.
func lateBuyer(w *bank) (who app.Actor, inv *pay.Invoice, decision pay.DecisionID) {
	w.t.Helper()
	inv = w.buy(anna, 4990)
	w.Clock.Set(inv.DueDay + 40)
	must(w.t, w.DB.SetDay(ctx, inv.DueDay+40))
	e := w.credit(4990, anna, annasIBAN, inv.Reference)
	e.Value, e.Booked = inv.DueDay+40, inv.DueDay+40
	w.load(e)
	s, err := w.CreateSession(ctx, w.shop, fraudCart(anna, 4990, nil))
	must(w.t, err)
	ans, err := w.Authorize(ctx, s.Session.ID, s.ClientToken, app.AuthorizeRequest{Method: "invoice_14", Consent: true, EmailCode: "000000"})
	must(w.t, err)
	return app.Actor{Consumer: inv.ConsumerID}, w.invoice(inv.ID), ans.Decision
}

func TestContestIsAnsweredAndDecidedAgain(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	who, inv, decision := lateBuyer(w)
	r, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Decision: decision, Fact: "late_payment", Text: "I paid on the due day, see the paper.", Files: [][]byte{paper, picture}})
	must(t, err)
	day, err := w.Day(ctx)
	must(t, err)
	equal(t, "stated day", r.DueDay, cal.Target2.AddBankDays(day, 5))
	mails := w.work()
	if len(mails) == 0 || !strings.Contains(mails[len(mails)-1].Text, "/me/reviews/"+pay.Bare(r.ID)) {
		t.Errorf("no mail about the contest: %+v", mails)
	}
	q, err := w.OpenReviews(ctx, support)
	must(t, err)
	equal(t, "waiting", len(q.Open), 1)
	v, err := w.ReviewCase(ctx, support, r.ID)
	must(t, err)
	if v.Text == "" || len(v.Files) != 2 || v.Decision == nil || v.Name != "Erika Müller" && v.Name == "" || v.Facts == nil {
		t.Errorf("beside the answer: %+v", v)
	}
	f, b, err := w.ReviewFile(ctx, support, v.Files[0].ID)
	must(t, err)
	if f.Kind != "application/pdf" || !bytes.Equal(b, paper) {
		t.Errorf("the paper came back as %s %q", f.Kind, b)
	}
	for _, bad := range []struct {
		who  app.Actor
		ans  app.ReviewAnswer
		code string
	}{
		{who, app.ReviewAnswer{Text: longer}, "forbidden"},
		{support, app.ReviewAnswer{Text: "short"}, "bad_answer"},
		{support, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{{Fact: "late_payment", No: "R-99-000001", Day: cal.NoDay}}}, "bad_correction"},
		{support, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{{Fact: "nonsense", Day: cal.NoDay}}}, "bad_correction"},
		{support, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{{Fact: "security", Day: cal.NoDay}}}, "not_your_fact"},
	} {
		if _, err := w.AnswerReview(ctx, bad.who, r.ID, bad.ans); codeOf(err) != bad.code {
			t.Errorf("%+v: %v, want %s", bad.ans, err, bad.code)
		}
	}
	before, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	equal(t, "late before", len(before.History.Late), 1)
	done, err := w.AnswerReview(ctx, support, r.ID, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{{Fact: "late_payment", No: strings.ToLower(inv.No), Day: inv.DueDay}}})
	must(t, err)
	equal(t, "outcome", done.Outcome, pay.ReviewCorrected)
	after, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	equal(t, "late after", len(after.History.Late), 0)
	equal(t, "on time after", len(after.History.OnTime), 1)
	mine, err := w.Review(ctx, who, r.ID)
	must(t, err)
	if a := mine.Answer; a == nil || a.Text != longer || a.After.Score <= a.Before.Score || len(a.After.Methods) != len(a.Before.Methods) {
		t.Errorf("before and after: %+v", mine.Answer)
	}
	if _, err := w.AnswerReview(ctx, risk, r.ID, app.ReviewAnswer{Text: longer}); codeOf(err) != "review_over" {
		t.Errorf("answered twice: %v", err)
	}
	other := app.Actor{Consumer: w.order(bert, 1000).ConsumerID}
	if _, err := w.Review(ctx, other, r.ID); codeOf(err) != "no_such_review" {
		t.Errorf("somebody else reads it: %v", err)
	}
	if _, _, err := w.ReviewFile(ctx, other, v.Files[0].ID); codeOf(err) != "no_such_file" {
		t.Errorf("somebody else reads the paper: %v", err)
	}
	if _, err := w.AskReview(ctx, other, app.Key{}, app.Contest{Decision: decision, Text: "this is not mine"}); codeOf(err) != "no_such_decision" {
		t.Errorf("somebody else contests: %v", err)
	}
	// Who answered may not answer the same again.
	again, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Decision: decision, Fact: "late_payment", Text: "I still do not agree at all."})
	must(t, err)
	if _, err := w.AnswerReview(ctx, support, again.ID, app.ReviewAnswer{Text: longer}); codeOf(err) != "same_person" {
		t.Errorf("the same person answers again: %v", err)
	}
	seen, err := w.ReviewCase(ctx, support, again.ID)
	must(t, err)
	equal(t, "is told so", seen.Barred, true)
	done, err = w.AnswerReview(ctx, risk, again.ID, app.ReviewAnswer{Text: longer})
	must(t, err)
	equal(t, "second outcome", done.Outcome, pay.ReviewUpheld)
	q, err = w.OpenReviews(ctx, risk)
	must(t, err)
	equal(t, "answered in time", q.InTime[pay.ReviewCorrected]+q.InTime[pay.ReviewUpheld], 2)
	report, err := w.ReplayDecisions(ctx, 0, nil)
	must(t, err)
	if report.Replayed < 4 {
		t.Errorf("replayed %+v", report)
	}
	w.audit()
}

// TestWhoRejectedTheOrderMayNotAnswer: the security hold of confirmed fraud is lifted by another person of the risk desk.
func TestWhoRejectedTheOrderMayNotAnswer(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	w.block("email", anna.email())
	o, check := w.waiting(anna, 4990, nil)
	_, err := w.DecideCheck(ctx, risk, check, app.Verdict{Reason: "looks stolen", Confirmed: true})
	must(t, err)
	who := app.Actor{Consumer: o.ConsumerID}
	r, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Decision: o.DecisionID, Fact: "security", Text: "It was me, call me please."})
	must(t, err)
	lift := app.ReviewAnswer{Text: longer, Corrections: []app.Correction{{Fact: "security", Day: cal.NoDay}}}
	if _, err := w.AnswerReview(ctx, risk, r.ID, lift); codeOf(err) != "same_person" {
		t.Errorf("who decided first answers: %v", err)
	}
	_, err = w.AnswerReview(ctx, otherRisk, r.ID, lift)
	must(t, err)
	f, err := w.FactsOf(ctx, o.ConsumerID)
	must(t, err)
	equal(t, "hold", f.Security, credit.NoHold)
	w.audit()
}

func TestContestsAreBounded(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	who := app.Actor{Consumer: w.order(anna, 1000).ConsumerID}
	good := app.Contest{Fact: "address", Text: "I have lived here for years."}
	for name, c := range map[string]struct {
		code  string
		spoil func(*app.Contest)
	}{
		"nothing said":     {"bad_text", func(c *app.Contest) { c.Text = "   short  " }},
		"a novel":          {"bad_text", func(c *app.Contest) { c.Text = strings.Repeat("ä", app.ContestTextMax+1) }},
		"an unknown fact":  {"bad_fact", func(c *app.Contest) { c.Fact = "sanctions" }},
		"nothing at all":   {"bad_fact", func(c *app.Contest) { c.Fact = "" }},
		"four files":       {"too_many_files", func(c *app.Contest) { c.Files = [][]byte{paper, paper, paper, paper} }},
		"a page of script": {"bad_file", func(c *app.Contest) { c.Files = [][]byte{[]byte("<html><script>alert(1)</script>")} }},
		"a program":        {"bad_file", func(c *app.Contest) { c.Files = [][]byte{[]byte("MZ\x90\x00")} }},
		"an empty file":    {"bad_file", func(c *app.Contest) { c.Files = [][]byte{{}} }},
		"too large": {"bad_file", func(c *app.Contest) {
			c.Files = [][]byte{append(bytes.Clone(paper), make([]byte, app.ContestFileMax)...)}
		}},
	} {
		bad := good
		c.spoil(&bad)
		if _, err := w.AskReview(ctx, who, app.Key{}, bad); codeOf(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	first, err := w.AskReview(ctx, who, app.Key{Value: "k", Hash: "h"}, good)
	must(t, err)
	same, err := w.AskReview(ctx, who, app.Key{Value: "k", Hash: "h"}, good)
	must(t, err)
	equal(t, "the same key", same.ID, first.ID)
	if _, err := w.AskReview(ctx, who, app.Key{}, good); codeOf(err) != "review_open" {
		t.Errorf("twice: %v", err)
	}
	for _, fact := range []string{"birth_date", "enquiries"} {
		_, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Fact: fact, Text: good.Text})
		must(t, err)
	}
	if _, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Fact: "bureau", Text: good.Text}); codeOf(err) != "too_many_reviews" {
		t.Errorf("a fourth: %v", err)
	}
	must(t, w.WithdrawReview(ctx, who, first.ID))
	_, err = w.AskReview(ctx, who, app.Key{}, good)
	must(t, err)
	if err := w.WithdrawReview(ctx, app.Actor{Consumer: "con_x"}, first.ID); codeOf(err) != "no_such_review" {
		t.Errorf("somebody else withdraws: %v", err)
	}
	w.audit()
}

// TestEveryFactCanBePutRight corrects each kind of fact once.
func TestEveryFactCanBePutRight(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	who, inv, _ := lateBuyer(w)
	day, err := w.Day(ctx)
	must(t, err)
	must(t, w.EditFacts(ctx, who.Consumer, func(f *credit.Facts) {
		f.Security, f.Deceased, f.ContactChanged = credit.HoldCredit, true, day-1
		f.Insolvency.Running, f.Bureau.State, f.WriteOff.Day, f.WriteOff.No = true, credit.Hit, day-10, "R-1"
	}))
	for _, fact := range pay.ReviewFacts {
		c := app.Correction{Fact: fact, Day: cal.NoDay}
		switch fact {
		case "birth_date":
			c.Day = cal.Date(1986, 6, 6)
		case "enquiries":
			c.Day = day
		case "late_payment":
			c.No = inv.No
		}
		r, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Fact: fact, Text: "This is simply not right."})
		must(t, err)
		done, err := w.AnswerReview(ctx, risk, r.ID, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{c}})
		if err != nil || done.Outcome != pay.ReviewCorrected || done.Redecision == "" {
			t.Errorf("%s: %+v, %v", fact, done, err)
		}
	}
	f, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	if f.Security != credit.NoHold || f.Deceased || f.ContactChanged.IsSet() || f.Insolvency.Running || f.Bureau.State == credit.Hit || f.WriteOff.Day.IsSet() ||
		f.Born != cal.Date(1986, 6, 6) || f.Address.Level != 2 || len(f.History.Late) != 0 {
		t.Errorf("facts: %+v", f)
	}
	w.audit()
}

// TestRebuiltEvidenceKeepsCorrections corrects a payment day and the enquiries of a day, and lets the worker compute the
// evidence again: what was put right stays so. What was given back buys no evidence, corrected or not.
func TestRebuiltEvidenceKeepsCorrections(t *testing.T) {
	w := newBank(t, storetest.SQLite(t))
	who, inv, _ := lateBuyer(w)
	day, err := w.Day(ctx)
	must(t, err)
	put := func(by app.Actor, c app.Correction) {
		r, err := w.AskReview(ctx, who, app.Key{}, app.Contest{Fact: c.Fact, Text: "This is simply not right."})
		must(t, err)
		_, err = w.AnswerReview(ctx, by, r.ID, app.ReviewAnswer{Text: longer, Corrections: []app.Correction{c}})
		must(t, err)
	}
	put(risk, app.Correction{Fact: "late_payment", No: inv.No, Day: inv.DueDay})
	put(risk, app.Correction{Fact: "enquiries", Day: day})
	rebuilt := func() credit.History {
		must(t, w.EditFacts(ctx, who.Consumer, func(f *credit.Facts) { f.History = credit.History{Dropped: true, Stale: true} }))
		w.work()
		f, err := w.FactsOf(ctx, who.Consumer)
		must(t, err)
		return f.History
	}
	if h := rebuilt(); h.Stale || len(h.Late) != 0 || len(h.OnTime) != 1 || len(h.Enquiries) != 1 || h.Enquiries[0].Day == day {
		t.Errorf("rebuilt: %+v", h)
	}
	_, err = w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, inv.Amount, pay.Parcel{})
	must(t, err)
	put(otherRisk, app.Correction{Fact: "late_payment", No: inv.No, Day: inv.DueDay - 1})
	f, err := w.FactsOf(ctx, who.Consumer)
	must(t, err)
	if h := rebuilt(); len(f.History.OnTime) != 0 || len(h.OnTime) != 0 || len(h.Late) != 0 {
		t.Errorf("evidence of what was given back: %+v, rebuilt %+v", f.History.OnTime, h)
	}
}
