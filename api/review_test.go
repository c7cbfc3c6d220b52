package api

import (
	"encoding/json"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

func TestContestOverTheAPI(t *testing.T) {
	w, _ := worldtest.Live(t)
	d := over(t, w)
	_, decisions, err := w.MyReviews(w.Ctx, w.Consumer(worldtest.Anna))
	if err != nil || len(decisions) == 0 {
		t.Fatalf("%d decisions, %v", len(decisions), err)
	}
	sign := func(p worldtest.Person) session {
		token, err := w.UseSignInLink(w.Ctx, strings.TrimPrefix(w.Link(p), "/me/link/"))
		if err != nil {
			t.Fatal(err)
		}
		return session{token: token}
	}
	anna, ben := sign(worldtest.Anna), sign(worldtest.Ben)
	path := "/api/v1/me/decisions/" + pay.Bare(decisions[0].Row.ID) + "/review"
	const good = `{"text":"I paid on time, please look again."}`
	for _, c := range []struct {
		name   string
		who    session
		method string
		path   string
		body   string
		status int
		code   string
	}{
		{"nobody", session{}, "POST", path, good, 401, "not_signed_in"},
		{"a wrong token", session{token: "00abcdefghijklmnopqrstuvwxyz01234567"}, "POST", path, good, 401, "not_signed_in"},
		{"somebody else", ben, "POST", path, good, 404, "no_such_decision"},
		{"a strange id", anna, "POST", "/api/v1/me/decisions/x/review", good, 404, "no_such_decision"},
		{"too short", anna, "POST", path, `{"text":"no"}`, 400, "bad_text"},
		{"a wrong type", anna, "POST", path, `{"text":1}`, 400, "bad_value"},
		{"a wrong fact", anna, "POST", path, `{"text":"I paid on time, please.","fact":"moon"}`, 400, "bad_fact"},
		{"another method", anna, "GET", path, "", 405, "method_not_allowed"},
		{"right", anna, "POST", path, good, 201, ""},
		{"twice", anna, "POST", path, good, 409, "review_open"},
	} {
		res := d.call(c.who, c.method, c.path, c.body)
		var body struct{ Code, State, ID, URL, AnswerBy string }
		raw := strings.Replace(res.Body.String(), "answer_by", "AnswerBy", 1)
		if err := json.Unmarshal([]byte(raw), &body); err != nil || res.Code != c.status || body.Code != c.code {
			t.Errorf("%s: status %d %s, want %d %s (%v)", c.name, res.Code, res.Body, c.status, c.code, err)
		}
		if c.status == 201 && (body.State != pay.ReviewOpen || body.AnswerBy != "2026-11-30" || !strings.HasSuffix(body.URL, "/me/reviews/"+body.ID)) {
			t.Errorf("%s: %+v", c.name, body)
		}
	}
	q, err := w.App.OpenReviews(w.Ctx, app.Actor{Staff: "stf_1", Role: pay.RoleRisk})
	if err != nil || len(q.Open) != 1 {
		t.Fatalf("%d contests wait, %v", len(q.Open), err)
	}
	read := "/api/v1/me/reviews/" + pay.Bare(q.Open[0].ID)
	if res := d.call(ben, "GET", read, ""); res.Code != 404 {
		t.Errorf("Ben reads Anna's contest: status %d", res.Code)
	}
	if res := d.call(anna, "GET", "/api/v1/me/reviews/x", ""); res.Code != 404 {
		t.Errorf("a strange id: status %d", res.Code)
	}
	if _, err := w.AnswerReview(w.Ctx, app.Actor{Staff: "stf_1", Role: pay.RoleRisk}, q.Open[0].ID, app.ReviewAnswer{Text: "We looked again and it stays as it is."}); err != nil {
		t.Fatal(err)
	}
	res := d.call(anna, "GET", read, "")
	for _, text := range []string{`"state":"answered"`, `"outcome":"upheld"`, `"answer":"We looked again`, `"before":{"score":`, `"after":{"score":`, `"answered_on":"2026-11-23"`} {
		if !strings.Contains(res.Body.String(), text) {
			t.Errorf("the answer lacks %s: %s", text, res.Body)
		}
	}
}
