package desk_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
)

// stricter is the newest policy as version 3 with a lower entry limit.
func stricter(t *testing.T) string {
	t.Helper()
	files, err := credit.BuiltinFiles()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Version == 2 {
			return strings.NewReplacer(`"version": 2`, `"version": 3`, `"l04_first_purchase": 15000`, `"l04_first_purchase": 100`).Replace(string(f.Body))
		}
	}
	t.Fatal("there is no second version")
	return ""
}

func dateForm(form url.Values, name string, d cal.Day) url.Values {
	y, m, day := d.YMD()
	form.Set(name+".day", strconv.Itoa(day))
	form.Set(name+".month", strconv.Itoa(int(m)))
	form.Set(name+".year", strconv.Itoa(y))
	return form
}

var reportField = regexp.MustCompile(`name="report" value="([0-9a-f]{64})"`)

// TestPolicyNeedsTwoPersons follows a policy from a pasted file to its first day, with the preview that both persons read.
func TestPolicyNeedsTwoPersons(t *testing.T) {
	w, _ := world(t, pay.RoleRisk, pay.RoleAdmin, pay.RoleSupport)
	risk, admin, support := staff(t, w, pay.RoleRisk), staff(t, w, pay.RoleAdmin), staff(t, w, pay.RoleSupport)
	if _, status, _ := support.Get("/desk/policies"); status != http.StatusForbidden {
		t.Errorf("support sees policies: status %d", status)
	}
	_, _, html := risk.Get("/desk/policies")
	has(t, "the list", html, "de-standard v2", "card-v0 v1", "entscheidet heute", "de-standard v1")
	_, _, html = risk.Get("/desk/policies/card-v0/1")
	has(t, "the card", html, "Expertenurteil, nicht statistisch ermittelt", "Expert card")
	_, status, html := risk.Post("/desk/policies", url.Values{"file": {strings.Replace(stricter(t), `"caps"`, `"cabs"`, 1)}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong file: status %d", status)
	}
	has(t, "a wrong file", html, "cabs", "caps", "error-summary")
	at, _, html := risk.Post("/desk/policies", url.Values{"file": {stricter(t)}})
	const path = "/desk/policies/de-standard/3"
	if at != path {
		t.Fatalf("adding ends at %s", at)
	}
	has(t, "the draft", html, "als Entwurf gespeichert", "caps.l04_first_purchase", "15000", "!>Gelesen und bestätigt<")
	form := func() url.Values { return dateForm(url.Values{}, "since", w.Today-300) }
	_, _, html = risk.Post(path+"/preview", form())
	has(t, "the preview", html, "L04_CAP_FIRST_PURCHASE", "Zusagen nach Alter", "18-24", "Käufe, die nicht mehr möglich wären", "!Müller", "!Okafor")
	if _, status, _ = risk.Post(path+"/preview", url.Values{}); status != http.StatusUnprocessableEntity {
		t.Errorf("a preview without a day: status %d", status)
	}
	for _, state := range []string{"validated", "champion"} {
		f := form()
		f.Set("state", state)
		if state == "champion" {
			_, status, _ = risk.Post(path+"/ask", dateForm(f, "from", w.Today))
			if status != http.StatusUnprocessableEntity {
				t.Errorf("champion from today: status %d", status)
			}
		}
		_, _, html = risk.Post(path+"/ask", dateForm(f, "from", w.Today+1))
		has(t, "asked by risk", html, "Eine andere Person muss ihn bestätigen", "!>Gelesen und bestätigt<")
		_, _, html = admin.Get(path)
		has(t, "the second person", html, "Gelesen und bestätigt", "L04_CAP_FIRST_PURCHASE", "Kim")
		report := reportField.FindStringSubmatch(html)
		if report == nil {
			t.Fatal("the page names no report")
		}
		_, status, html = risk.Post(path+"/confirm", url.Values{"report": {report[1]}})
		if status != http.StatusUnprocessableEntity {
			t.Errorf("one person confirms alone: status %d", status)
		}
		has(t, "one person alone", html, "Sie haben diesen Schritt selbst beantragt")
		if state == "validated" {
			_, _, html = admin.Post(path+"/drop", nil)
			has(t, "taken back", html, "zurückgenommen")
			risk.Post(path+"/ask", f)
			_, _, html = admin.Get(path)
			report = reportField.FindStringSubmatch(html)
		}
		_, _, html = admin.Post(path+"/confirm", url.Values{"report": {report[1]}})
		has(t, "confirmed", html, "Der Schritt ist bestätigt")
	}
	if p, err := w.Policy(w.Today + 1); err != nil || p.Version != 3 {
		t.Errorf("tomorrow %+v decides, %v", p, err)
	}
	if p, err := w.Policy(w.Today); err != nil || p.Version != 2 {
		t.Errorf("today %+v decides, %v", p, err)
	}
	_, _, html = admin.Get(path + "?lang=en")
	has(t, "in English", html, "Champion", "Asked", "!policies.")
	for _, odd := range []string{"/desk/policies/nonsense/1", "/desk/policies/de-standard/x", "/desk/policies/de-standard/9"} {
		if _, status, _ := admin.Get(odd); status != http.StatusNotFound {
			t.Errorf("%s: status %d", odd, status)
		}
	}
}
