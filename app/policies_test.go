package app_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
)

// staffed adds two persons of the risk desk.
func (w *world) staffed() (first, second app.Actor) {
	w.Helper()
	var out []app.Actor
	for _, name := range []string{"rita", "rolf"} {
		s, err := w.CreateStaff(w.ctx, app.System, pay.Staff{Email: name + "@zahlziel.test", Name: name, Role: pay.RoleRisk}, "a long password")
		must(w.T, err)
		out = append(out, app.Actor{Staff: s.ID, Role: s.Role})
	}
	return out[0], out[1]
}

// nextPolicy is the newest built-in policy as version 3, changed.
func nextPolicy(t *testing.T, old, new string) []byte {
	t.Helper()
	files, err := credit.BuiltinFiles()
	must(t, err)
	for _, f := range files {
		if f.ID == "de-standard" && f.Version == 2 {
			body := bytes.Replace(f.Body, []byte(`"version": 2`), []byte(`"version": 3`), 1)
			body = bytes.Replace(body, []byte(`"2026-11-01"`), []byte(`"2026-11-25"`), 1)
			changed := bytes.Replace(body, []byte(old), []byte(new), 1)
			if old != new && bytes.Equal(changed, body) {
				t.Fatalf("%q is not in the policy", old)
			}
			return changed
		}
	}
	t.Fatal("there is no de-standard v2")
	return nil
}

// TestPolicyLife: a policy acts only after two different persons, from a day to come, and every decision names its version.
func TestPolicyLife(t *testing.T) {
	w := newWorld(t)
	rita, rolf := w.staffed()
	w.order("erika@example.org", 4990)
	body := nextPolicy(t, `"l04_first_purchase": 15000`, `"l04_first_purchase": 3000`)
	if _, err := w.AddPolicy(w.ctx, rita, bytes.Replace(body, []byte(`"caps"`), []byte(`"cap"`), 1)); codeOf(err) != "bad_policy" || !strings.Contains(err.Error(), "caps") {
		t.Fatalf("a typo: %v", err)
	}
	v, err := w.AddPolicy(w.ctx, rita, body)
	must(t, err)
	if _, err := w.AddPolicy(w.ctx, rita, append(body, '\n')); codeOf(err) != "version_exists" {
		t.Fatalf("another content of a version: %v", err)
	}
	if err := w.AskPolicyStep(w.ctx, rita, v.ID, v.Version, app.StateChampion, today+3, []byte("{}"), ""); codeOf(err) != "wrong_state" {
		t.Fatalf("a draft becomes champion: %v", err)
	}
	pol, err := w.PolicyToPreview(w.ctx, v)
	must(t, err)
	preview, err := w.Preview(w.ctx, rita, pol, cal.NoDay, nil)
	must(t, err)
	if preview.Decisions != 1 || preview.Refused.N != 1 || preview.People.Refused != 1 || len(preview.Reasons) != 1 || preview.Reasons[0].Code != "L04_CAP_FIRST_PURCHASE" {
		// the guarantee was given after this decision, so the recorded facts do not have it
		t.Fatalf("preview %+v", preview)
	}
	report, err := preview.Report()
	must(t, err)
	w.step(rita, rolf, v, app.StateValidated, cal.NoDay, report)
	w.step(rita, rolf, v, app.StateChampion, today+3, report)
	for day, want := range map[cal.Day]int{today: 2, today + 2: 2, today + 3: 3} {
		p, err := w.Policy(day)
		must(t, err)
		if p.Version != want {
			t.Errorf("on %s v%d decides, want v%d", day, p.Version, want)
		}
	}
	other, err := app.New(w.ctx, w.DB, w.Vault, w.Clock, "http://127.0.0.1:8080")
	must(t, err)
	if p, err := other.Policy(today + 3); err != nil || p.Version != 3 {
		t.Errorf("another process decides by %+v, %v", p, err)
	}
}

// step asks and confirms, trying the ways around the second person.
func (w *world) step(first, second app.Actor, v *app.PolicyVersion, state string, from cal.Day, report []byte) {
	w.Helper()
	must(w.T, w.AskPolicyStep(w.ctx, first, v.ID, v.Version, state, from, report, "test"))
	now, err := w.PolicyVersion(w.ctx, first, v.ID, v.Version)
	must(w.T, err)
	hash := now.Waiting().ReportSHA256
	if err := w.ConfirmPolicyStep(w.ctx, first, v.ID, v.Version, hash); codeOf(err) != "four_eyes" {
		w.Fatalf("one person confirms their own step: %v", err)
	}
	if err := w.ConfirmPolicyStep(w.ctx, second, v.ID, v.Version, "00"); codeOf(err) != "another_report" {
		w.Fatalf("another report: %v", err)
	}
	if err := w.ConfirmPolicyStep(w.ctx, app.Actor{Staff: "stf_x", Role: pay.RoleSupport}, v.ID, v.Version, hash); codeOf(err) != "forbidden" {
		w.Fatalf("support confirms: %v", err)
	}
	must(w.T, w.ConfirmPolicyStep(w.ctx, second, v.ID, v.Version, hash))
	if now, err = w.PolicyVersion(w.ctx, first, v.ID, v.Version); err != nil || now.State != state {
		w.Fatalf("state %s, want %s, %v", now.State, state, err)
	}
}

// TestChallengerInShadow: its answer is recorded beside the decision and never acts; as champion it makes a new policy.
func TestChallengerInShadow(t *testing.T) {
	w := newWorld(t)
	rita, rolf := w.staffed()
	files, err := credit.BuiltinFiles()
	must(t, err)
	body := bytes.Replace(files[0].Body, []byte(`"id": "card-v0"`), []byte(`"id": "card-v1"`), 1)
	body = bytes.Replace(body, []byte(`{"up_to": 3, "points": 220}`), []byte(`{"up_to": 3, "points": 160}`), 1)
	v, err := w.AddPolicy(w.ctx, rita, body)
	must(t, err)
	report := []byte(`{"auc":"see the file"}`)
	w.step(rita, rolf, v, app.StateValidated, cal.NoDay, report)
	w.step(rita, rolf, v, app.StateShadow, cal.NoDay, report)
	_, ans := w.authorize("erika@example.org", "invoice_14", 4990)
	if !ans.Approved {
		t.Fatalf("refused: %+v", ans)
	}
	d, err := w.Decision(w.ctx, rita, ans.Decision)
	must(t, err)
	if len(d.Record.Shadow) != 1 || d.Record.Shadow[0].Card != "card-v1" || d.Record.Shadow[0].Score != d.Record.Decision.Score-60 || d.Record.PolicyNo != 2 {
		t.Fatalf("record of v%d with shadow %+v", d.Record.PolicyNo, d.Record.Shadow)
	}
	if r, err := w.ReplayDecisions(w.ctx, 0, nil); err != nil || r.Replayed != 1 {
		t.Fatalf("replay %+v, %v", r, err)
	}
	pol, err := w.PolicyToPreview(w.ctx, v)
	must(t, err)
	preview, err := w.Preview(w.ctx, rita, pol, cal.NoDay, nil)
	must(t, err)
	if len(preview.Challenger) != 1 || preview.Challenger[0].N != 1 || preview.Challenger[0].Points != -6000 {
		t.Errorf("preview %+v", preview.Challenger)
	}
	w.step(rita, rolf, v, app.StateChampion, today+1, report)
	p, err := w.Policy(today + 1)
	must(t, err)
	if p.Version != 3 || p.Card.ID != "card-v1" || p.Guarantee.Days != 60 {
		t.Errorf("on the day v%d with card %s decides", p.Version, p.Card.ID)
	}
	if p, err := w.Policy(today); err != nil || p.Version != 2 {
		t.Errorf("before the day %+v decides, %v", p, err)
	}
}

// TestLimitFallsWithNotice: a limit that was told stays when a stricter policy comes, its owner is written to, and it falls
// after the day that the mail names.
func TestLimitFallsWithNotice(t *testing.T) {
	w := newWorld(t)
	rita, rolf := w.staffed()
	o := w.order("erika@example.org", 4990)
	me := app.Actor{Consumer: o.ConsumerID}
	s, err := w.Standing(w.ctx, me)
	must(t, err)
	if s.Limit != 10000 || s.Promised.Amount != 10000 || s.Promised.Until != today+60 || s.Promised.Falls {
		t.Fatalf("limit %d, promised %+v", s.Limit, s.Promised)
	}
	v, err := w.AddPolicy(w.ctx, rita, nextPolicy(t, `"l02_unverified": 10000`, `"l02_unverified": 6000`))
	must(t, err)
	w.step(rita, rolf, v, app.StateValidated, cal.NoDay, []byte("{}"))
	w.step(rita, rolf, v, app.StateChampion, today+2, []byte("{}"))
	notices, told := int64(0), cal.NoDay
	_, err = w.DB.SQL().ExecContext(w.ctx, "UPDATE orders SET expires_at = expires_at * 2")
	must(t, err)
	for day := today + 1; day <= today+62; day++ {
		r, err := w.DayRun(w.ctx, day, nil)
		must(t, err)
		for _, d := range r.Days {
			if notices += d.LimitNotices; d.LimitNotices > 0 {
				told = day
			}
		}
		s, err := w.Standing(w.ctx, me)
		must(t, err)
		want := int64(10000)
		if day > today+60 {
			want = 6000
		}
		if s.Limit != want {
			t.Fatalf("on %s the limit is %d, want %d; promised %+v", day, s.Limit, want, s.Promised)
		}
		if told.IsSet() && day <= today+60 && (!s.Promised.Falls || s.Promised.Next != 6000) {
			t.Fatalf("on %s promised %+v", day, s.Promised)
		}
	}
	if notices != 1 || told > today+60-14 {
		t.Errorf("%d notices, the last on %s", notices, told)
	}
	mails, err := w.DB.SQL().QueryContext(w.ctx, "SELECT kind FROM mails WHERE consumer_id = $1 AND kind = 'limit'", string(o.ConsumerID))
	must(t, err)
	defer mails.Close()
	if !mails.Next() {
		t.Error("no mail was written")
	}
}

// TestPreviewIsTheSameForEverybody: the report does not depend on the order in which the processors finish.
func TestPreviewIsTheSameForEverybody(t *testing.T) {
	w := newWorld(t)
	rita, _ := w.staffed()
	for _, email := range []string{"a@example.org", "b@example.org", "c@example.org", "d@example.org"} {
		w.order(email, 4990)
	}
	v, err := w.AddPolicy(w.ctx, rita, nextPolicy(t, `{"score": 580, "limit": 10000}`, `{"score": 580, "limit": 9000}`))
	must(t, err)
	pol, err := w.PolicyToPreview(w.ctx, v)
	must(t, err)
	var first []byte
	for range 3 {
		r, err := w.Preview(w.ctx, rita, pol, cal.NoDay, func(int, int) {})
		must(t, err)
		b, err := r.Report()
		must(t, err)
		if first == nil {
			first = b
		}
		if !bytes.Equal(first, b) || !json.Valid(b) || r.Ages[1].People != 4 {
			t.Fatalf("%s\n%s", first, b)
		}
	}
}
