package api

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var codeIn = regexp.MustCompile(`\b\d{6}\b`)

var wrong = strings.Replace(yes, "000000", "999999", 1)

// TestProofsOfOneSession: who does not prove who they are is stopped, told how long, and may go on later. Others are not stopped.
func TestProofsOfOneSession(t *testing.T) {
	d := newDoor(t)
	s, other := d.opened(t, "klara@example.org"), d.opened(t, "bert@example.org")
	for n := range 20 {
		body := wrong
		if n%2 == 0 {
			body = `{"payment_method":"invoice_14","consent":true}`
		}
		object(t, d.authorize(s, body), 200)
	}
	rec := d.authorize(s, yes)
	isProblem(t, "the 21st", rec, 429)
	if rec.Header().Get("Retry-After") != "10" {
		t.Errorf("Retry-After %q", rec.Header().Get("Retry-After"))
	}
	isProblem(t, "from elsewhere", d.authorize(s, wrong, "From", "192.0.2.99"), 429)
	if m := object(t, d.authorize(other, yes), 200); m["approved"] != true {
		t.Errorf("another session: %v", m)
	}
	d.At(monday, 11)
	if m := object(t, d.authorize(s, yes), 200); m["approved"] != true {
		t.Errorf("an hour later: %v", m)
	}
}

// TestGuessesOfOneAddress: an address that guesses codes in many sessions is stopped; one that sends right ones never is.
func TestGuessesOfOneAddress(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	for range 150 {
		if m := object(t, d.authorize(s, yes, "From", "192.0.2.1"), 200); m["approved"] != true {
			t.Fatal(m)
		}
	}
	for range 10 {
		s := d.opened(t, "klara@example.org")
		for range 10 {
			object(t, d.authorize(s, wrong, "From", "192.0.2.1"), 200)
		}
	}
	fresh := d.opened(t, "klara@example.org")
	isProblem(t, "a new session", d.authorize(fresh, wrong, "From", "192.0.2.1"), 429)
	object(t, d.authorize(fresh, `{"payment_method":"invoice_14","consent":true}`, "From", "192.0.2.1"), 200) // no guess
	object(t, d.authorize(fresh, wrong, "From", "192.0.2.2"), 200)
}

// TestCodesAreLimited: few codes for one session, more for one address; what sends none does not count.
func TestCodesAreLimited(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	for range 10 {
		isProblem(t, "no address", d.identify(s, "klara"), 400)
	}
	for range 3 {
		object(t, d.identify(s, "klara@example.org", "From", "192.0.2.1"), 200)
	}
	rec := d.identify(s, "klara@example.org", "From", "192.0.2.2")
	isProblem(t, "the fourth", rec, 429)
	if rec.Header().Get("Retry-After") != "60" {
		t.Errorf("Retry-After %q", rec.Header().Get("Retry-After"))
	}
	for range 19 {
		s := d.opened(t, "klara@example.org")
		for range 3 {
			object(t, d.identify(s, "klara@example.org", "From", "192.0.2.1"), 200)
		}
	}
	s = d.opened(t, "klara@example.org")
	isProblem(t, "the 61st of an address", d.identify(s, "klara@example.org", "From", "192.0.2.1"), 429)
	object(t, d.identify(s, "klara@example.org", "From", "192.0.2.2"), 200)
}

// TestFiveWrongCodes: the right code works no more after five wrong ones.
func TestFiveWrongCodes(t *testing.T) {
	d := newDoor(t)
	s := d.opened(t, "klara@example.org")
	object(t, d.identify(s, "klara@example.org"), 200)
	d.Work()
	mails := d.Mailed.To("klara@example.org")
	code := codeIn.FindString(mails[len(mails)-1].Text)
	confirm := func(c string) map[string]any {
		return object(t, d.authorize(s, strings.Replace(yes, "000000", c, 1)), 200)
	}
	for range 5 {
		confirm("x" + code)
	}
	if m := confirm(code); m["approved"] != false || m["step_up"] != "email_code" {
		t.Errorf("the right code after five wrong ones: %v", m)
	}
	object(t, d.identify(s, "klara@example.org"), 200)
	d.Work()
	mails = d.Mailed.To("klara@example.org")
	code = codeIn.FindString(mails[len(mails)-1].Text)
	if m := confirm(code); m["approved"] != true {
		t.Errorf("a new code: %v", m)
	}
}

func TestLimiter(t *testing.T) {
	l, at := newLimiter("", time.Minute, 2), time.Unix(1_800_000_000, 0)
	for _, step := range []struct {
		after time.Duration
		take  bool
		want  time.Duration
	}{{0, true, 0}, {0, true, time.Minute}, {time.Second, false, 59 * time.Second}, {0, true, 59 * time.Second}, {59 * time.Second, true, time.Minute}, {-time.Hour, false, time.Minute}, {3 * time.Hour, false, 0}} {
		at = at.Add(step.after)
		if step.take {
			l.take("k", at)
		}
		if got := l.wait("k", at).Round(time.Millisecond); got != step.want {
			t.Errorf("%+v: wait %v", step, got)
		}
	}
	for n := range limiterKeysMax + 5 {
		l.take(strconv.Itoa(n), at)
	}
	if len(l.used) > limiterKeysMax {
		t.Errorf("%d keys are kept", len(l.used))
	}
	l.take("late", at.Add(time.Hour))
	if l.wait("unknown", at) != 0 {
		t.Error("a key that nobody used must wait")
	}
}

// TestWhatIsLeft: every answer to a caller who is known says what is left, also the one that refuses.
func TestWhatIsLeft(t *testing.T) {
	d, _, anna, _ := lived(t)
	_, key := d.key(t, d.Shoes)
	s := d.opened(t, "klara@example.org")
	for _, c := range []struct{ policy, left, token, method, path, body string }{
		{`"shop";q=2000;w=4`, `"shop";r=1999;`, key, "GET", "/orders/x", ""},
		{`"shop";q=2000;w=4`, `"shop";r=1999;`, key, "GET", "/events", ""},
		{`"checks";q=500;w=5`, `"checks";r=499;`, key, "POST", "/decisions", `{"session_id":"` + s.id + `"}`},
		{`"codes";q=3;w=180`, `"codes";r=2;`, s.token, "POST", "/sessions/" + s.id + "/identify", identifyKlara},
		{`"proofs";q=20;w=200`, `"proofs";r=19;`, s.token, "POST", "/sessions/" + s.id + "/authorize", wrong},
		{`"me";q=60;w=60`, `"me";r=59;`, anna, "GET", "/me/standing", ""},
		{`"me";q=60;w=60`, `"me";r=59;`, anna, "GET", "/me/reviews/x", ""},
		{`"plans";q=30;w=3600`, `"plans";r=29;`, anna, "POST", "/me/recourse", goal},
	} {
		d = over(t, d.World) // full allowances
		h := d.by(c.token, c.method, c.path, c.body).Header()
		if h.Get("RateLimit-Policy") != c.policy || !strings.HasPrefix(h.Get("RateLimit"), c.left) {
			t.Errorf("%s: %q, %q", c.path, h.Get("RateLimit-Policy"), h.Get("RateLimit"))
		}
	}
	for range 60 {
		d.by(anna, "GET", "/me/standing", "")
	}
	rec := d.by(anna, "GET", "/me/standing", "")
	isProblem(t, "the 61st", rec, 429)
	if h := rec.Header(); !strings.HasPrefix(h.Get("RateLimit"), `"me";r=0;`) || h.Get("Retry-After") == "" {
		t.Errorf("%v", h)
	}
}
