package desk_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
	"zahlziel/web/desk"
	"zahlziel/web/portal"
	"zahlziel/web/portal/worldtest"
	"zahlziel/web/webtest"
)

func pages(w *worldtest.World) http.Handler {
	return w.Site(func(s *web.Site, mux *http.ServeMux) {
		desk.New(s, w.App).Routes(mux)
		portal.New(s, w.App).Routes(mux)
	})
}

// world has staff of the roles, or of every role.
func world(t *testing.T, roles ...string) (*worldtest.World, *worldtest.Past) {
	t.Helper()
	w, past := worldtest.Live(t)
	w.Hire(roles...)
	return w, past
}

func staff(t *testing.T, w *worldtest.World, role string) *webtest.Browser {
	t.Helper()
	b := webtest.NewBrowser(t, pages(w))
	path, status, _ := b.Post("/desk/sign-in", url.Values{"email": {role + "@zahlziel.test"}, "password": {worldtest.Password}})
	if path != "/desk" || status != http.StatusOK {
		t.Fatalf("sign-in of %s ends at %s with %d", role, path, status)
	}
	return b
}

func has(t *testing.T, name, html string, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if not, unwanted := strings.CutPrefix(s, "!"); unwanted && strings.Contains(html, not) {
			t.Errorf("%s shows %q", name, not)
		} else if !unwanted && !strings.Contains(html, s) {
			t.Errorf("%s does not show %q", name, s)
		}
	}
}

func TestEveryPageForEveryRole(t *testing.T) {
	w, past := world(t)
	anna := w.Consumer(worldtest.Anna)
	story, err := w.Story(w.Ctx, w.As(pay.RoleAdmin), anna.Consumer)
	if err != nil {
		t.Fatal(err)
	}
	way, err := w.WayBack(w.Ctx, anna, "invoice_14", 5000)
	if err != nil || len(way.Way.Plans) == 0 {
		t.Fatalf("no plan for Anna: %v", err)
	}
	if _, err := w.AcceptPlan(w.Ctx, anna, app.Key{}, way.PlanKeys()[0].String()); err != nil {
		t.Fatal(err)
	}
	w.Work()
	all := app.Roles
	cases := []struct {
		path  string
		roles []string
		texts []string
	}{
		{"/desk", all, []string{"Person suchen", "!Müller"}},
		{"/desk/consumers/" + pay.Bare(anna.Consumer), []string{pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin},
			[]string{"Müller-Lind", past.Overdue.No, "Schnürsenkel", "R08_OVERDUE_AMOUNT", "Kim ", "gewährt", "Zusage", "angenommen", "!Okafor"}},
		{"/desk/decisions/" + pay.Bare(story.Decisions[0].Row.ID), []string{pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}, []string{"de-standard v2", "P1", "gewährt"}},
		{"/desk/documents/" + pay.Bare(story.Documents[0].Document.ID), []string{pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}, []string{"%PDF"}},
		{"/desk/payments", []string{pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleAdmin}, []string{"Tee vielen Dank", past.Bens.No, "!Müller"}},
		{"/desk/screening", []string{pay.RoleRisk, pay.RoleAdmin}, []string{"Nichts zu entscheiden", "!Müller"}},
		{"/desk/merchants", []string{pay.RoleSupport, pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}, []string{"Schuhladen", "Teehaus", "2,49"}},
		{"/desk/policies", []string{pay.RoleRisk, pay.RoleAdmin}, []string{"de-standard v2", "entscheidet heute", "!Müller"}},
		{"/desk/health", []string{pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}, []string{"23. November 2026", "Zahlungen ohne Rechnung", "!Müller"}},
		{"/desk/promises", []string{pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}, []string{"50,00 € von 250.000,00 €", "100 % von 0", "angenommen", "!Müller"}},
		{"/desk/consumers/nonsense", nil, nil},
	}
	nobody := webtest.NewBrowser(t, pages(w))
	consumer := webtest.NewBrowser(t, pages(w))
	consumer.Post(w.Link(worldtest.Anna), nil)
	for _, c := range cases {
		for name, b := range map[string]*webtest.Browser{"nobody": nobody, "a consumer": consumer} {
			at, _, html := b.Get(c.path)
			if at != "/desk/sign-in" {
				t.Errorf("%s at %s ends at %s", name, c.path, at)
			}
			has(t, name+" at "+c.path, html, "!Müller", "!"+past.Overdue.No)
		}
	}
	for _, role := range all {
		b := staff(t, w, role)
		if at, _, _ := b.Get("/me"); at != "/me/sign-in" {
			t.Errorf("%s gets into the portal", role)
		}
		for _, c := range cases {
			_, status, html := b.Get(c.path)
			want := http.StatusForbidden
			switch {
			case c.path == "/desk/consumers/nonsense":
				want = http.StatusNotFound
			case slices.Contains(c.roles, role):
				want = http.StatusOK
				has(t, role+" at "+c.path, html, c.texts...)
			default:
				has(t, role+" at "+c.path, html, "!"+past.Bens.No, "!Schuhladen")
			}
			if status != want {
				t.Errorf("%s at %s: status %d, want %d", role, c.path, status, want)
			}
		}
		_, _, html := b.Get("/desk?lang=en")
		has(t, role+" in English", html, `<html lang="en">`, "Find a person", "!Person suchen")
	}
}

func TestSearchFindsWhatPeopleReadOut(t *testing.T) {
	w, past := world(t, pay.RoleSupport)
	b := staff(t, w, pay.RoleSupport)
	anna, ben := pay.Bare(w.Consumer(worldtest.Anna).Consumer), pay.Bare(w.Consumer(worldtest.Ben).Consumer)
	cases := []struct{ query, finds, misses string }{
		{"anna@example.org", anna, ben}, {" ANNA@Example.org ", anna, ben},
		{past.Overdue.No, anna, ben}, {strings.ToLower(past.Overdue.No), anna, ben},
		{past.Overdue.Reference, anna, ben}, {past.Bens.Reference[:4] + " " + past.Bens.Reference[4:], ben, anna},
		{"DE02 1203 0000 0000 2020 51", anna, ben}, {"+49 171 2345678", anna, ben}, {"0171/2345678", anna, ben}, {"0049 152 9876543", ben, anna},
		{string(past.AnnasOrder.ID), anna, ben}, {pay.Bare(past.AnnasOrder.ID), anna, ben}, {anna, anna, ben},
		{"müller", anna, ben}, {"Mueller Anna", anna, ben}, {"lind", anna, ben}, {"Okafor, Ben", ben, anna},
		{"Anna Okafor", "", anna}, {"anna@example.net", "", anna}, {"R-63-999999", "", anna}, {"DE02500105170137075030", "", ben}, {"' OR 1=1 --", "", anna}, {"", "", anna},
	}
	for _, c := range cases {
		_, status, html := b.Post("/desk/search", url.Values{"q": {c.query}})
		if status != http.StatusOK || c.finds != "" && !strings.Contains(html, c.finds) || strings.Contains(html, "/desk/consumers/"+c.misses) {
			t.Errorf("search for %q: status %d, finds %v", c.query, status, strings.Contains(html, "/desk/consumers/"))
		}
	}
}

// TestEveryLookIsNoted: the line is there before the page is shown.
func TestEveryLookIsNoted(t *testing.T) {
	w, _ := world(t, pay.RoleSupport, pay.RoleAdmin)
	b := staff(t, w, pay.RoleSupport)
	anna, ben := w.Consumer(worldtest.Anna).Consumer, w.Consumer(worldtest.Ben).Consumer
	me := string(w.Staff[pay.RoleSupport].ID)
	looks := func(id pay.ConsumerID) (pages []string) {
		rows, err := w.DB.LooksAt(w.Ctx, pay.BucketOf(pay.CellOf(string(id))), string(id), 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range rows {
			if l.Actor == me && l.Action == "looked_at" {
				pages = append(pages, l.Detail)
			}
		}
		return pages
	}
	b.Post("/desk/search", url.Values{"q": {"anna"}})
	b.Get("/desk/consumers/" + pay.Bare(anna))
	story, err := w.Story(w.Ctx, w.As(pay.RoleAdmin), anna)
	if err != nil {
		t.Fatal(err)
	}
	b.Get("/desk/decisions/" + pay.Bare(story.Decisions[0].Row.ID))
	b.Get("/desk/documents/" + pay.Bare(story.Documents[0].Document.ID))
	b.Get("/desk/payments")
	want := []string{string(story.Documents[0].Document.ID), string(story.Decisions[0].Row.ID), "story", "search"}
	got := looks(anna)
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("looks at Anna: %q, want %q", got, want)
	}
	if got := looks(ben); !slices.Equal(got, []string{"payments"}) {
		t.Errorf("looks at Ben: %q", got)
	}
	if _, err := w.App.Audit(w.Ctx, func(string) {}); err != nil {
		t.Errorf("the chain does not hold: %v", err)
	}
}

func TestOnlyFinanceAssigns(t *testing.T) {
	w, past := world(t)
	list, err := w.PaymentsToAssign(w.Ctx, w.As(pay.RoleFinance))
	if err != nil || len(list) != 1 || len(list[0].Suggestions) == 0 {
		t.Fatalf("%d payments to assign, %v", len(list), err)
	}
	path := "/desk/payments/" + pay.Bare(list[0].Payment.ID) + "/assign"
	form := url.Values{"invoice": {string(list[0].Suggestions[0].Invoice.ID)}}
	for _, role := range []string{pay.RoleSupport, pay.RoleCollections, pay.RoleRisk} {
		b := staff(t, w, role)
		if _, status, _ := b.Post(path, form); status != http.StatusForbidden {
			t.Errorf("%s assigns: status %d", role, status)
		}
		if role == pay.RoleSupport {
			_, _, html := b.Get("/desk/payments")
			has(t, "support", html, "!>Zuordnen<", "!name=\"invoice\"", "Zuordnen darf nur die Buchhaltung")
		}
	}
	b := staff(t, w, pay.RoleFinance)
	_, status, html := b.Post(path, url.Values{"invoice": {"R-99-1"}})
	if status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong invoice: status %d", status)
	}
	has(t, "a wrong invoice", html, "R-99-1", "error-summary")
	at, _, html := b.Post(path, form)
	if at != "/desk/payments" {
		t.Errorf("assigning ends at %s", at)
	}
	has(t, "after assigning", html, "Die Zahlung ist zugeordnet", "Alles ist zugeordnet", "!"+past.Bens.No)
	v, err := w.Item(w.Ctx, w.Consumer(worldtest.Ben), past.Bens.ID)
	if err != nil || v.Invoice.Open != 0 {
		t.Errorf("Ben's invoice: %+v, %v", v, err)
	}
	if _, status, _ = b.Post(path, url.Values{"invoice": {past.Open.No}}); status != http.StatusUnprocessableEntity {
		t.Errorf("assigning again elsewhere: status %d", status)
	}
}

func TestSignInToTheDesk(t *testing.T) {
	w, _ := world(t, pay.RoleSupport, pay.RoleAdmin)
	b := webtest.NewBrowser(t, pages(w))
	var answers []string
	for _, form := range []url.Values{
		{"email": {"support@zahlziel.test"}, "password": {"wrong password"}}, {"email": {"nobody@zahlziel.test"}, "password": {worldtest.Password}},
		{"email": {string(w.Staff[pay.RoleSupport].ID)}, "password": {worldtest.Password}}, {"email": {""}, "password": {""}},
		{"email": {"anna@example.org"}, "password": {strings.Repeat("x", 300)}},
	} {
		_, status, html := b.Post("/desk/sign-in", form)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%v: status %d", form, status)
		}
		has(t, "a wrong password", html, "!"+worldtest.Password, "!Kim")
		if form.Get("email") != "" {
			html = strings.ReplaceAll(html, `value="`+form.Get("email")+`"`, `value=""`)
		}
		answers = append(answers, html)
	}
	for _, a := range answers[1:] {
		if a != answers[0] {
			t.Error("the answers to wrong sign-ins differ")
		}
	}
	admin := staff(t, w, pay.RoleAdmin)
	fired := w.Staff[pay.RoleAdmin]
	fired.Active = false
	if err := w.DB.PutStaff(w.Ctx, fired); err != nil {
		t.Fatal(err)
	}
	if at, _, _ := admin.Get("/desk"); at != "/desk/sign-in" {
		t.Error("who was let go still sits at the desk")
	}
	support := staff(t, w, pay.RoleSupport)
	w.At(w.Today, 19)
	if at, _, _ := support.Get("/desk"); at != "/desk/sign-in" {
		t.Error("a visit to the desk lasts longer than eight hours")
	}
}

func TestTimelineFilters(t *testing.T) {
	w, _ := world(t, pay.RoleRisk)
	b := staff(t, w, pay.RoleRisk)
	path := "/desk/consumers/" + pay.Bare(w.Consumer(worldtest.Anna).Consumer)
	_, _, html := b.Get(path + "?kind=payment")
	_, timeline, _ := strings.Cut(html, `id="timeline"`)
	has(t, "payments only", timeline, "34,80", "!Wanderschuh")
	_, _, html = b.Get(path + "?kind=order&kind=decision")
	_, timeline, _ = strings.Cut(html, `id="timeline"`)
	has(t, "orders and decisions", timeline, "Wanderschuh", "gewährt", "checked")
	for _, odd := range []string{"?page=99", "?page=-1", "?kind=nonsense", "?page=x"} {
		if _, status, _ := b.Get(path + odd); status != http.StatusOK {
			t.Errorf("%s: status %d", odd, status)
		}
	}
}

// TestScreeningAtTheDesk shows a hit side by side, wants a reason and frees the person.
func TestScreeningAtTheDesk(t *testing.T) {
	w, _ := world(t, pay.RoleRisk)
	list := `<export generationDate="2026-11-20T10:00:00"><sanctionEntity euReferenceNumber="EU.1.1"><subjectType code="person"/><nameAlias wholeName="Okafor, Ben" strong="true"/></sanctionEntity></export>`
	if _, err := w.ImportSanctions(w.Ctx, app.System, strings.NewReader(list)); err != nil {
		t.Fatal(err)
	}
	w.Work()
	ben := w.Consumer(worldtest.Ben)
	b := staff(t, w, pay.RoleRisk)
	_, _, html := b.Get("/desk/screening")
	has(t, "the list", html, "Okafor, Ben", "EU EU.1.1", "unbekannt", "20. November 2026", "!Müller")
	form := url.Values{"list": {"eu"}, "entry": {"EU.1.1"}, "answer": {"other"}}
	_, status, html := b.Post("/desk/screening/"+pay.Bare(ben.Consumer), form)
	if has(t, "no reason", html, "error-summary"); status != http.StatusUnprocessableEntity {
		t.Errorf("no reason: %d", status)
	}
	form.Set("note", "Ausweis verglichen, anderer Geburtsort")
	for range 2 {
		at, _, html := b.Post("/desk/screening/"+pay.Bare(ben.Consumer), form)
		if has(t, "decided", html, "Nichts zu entscheiden", "gespeichert"); at != "/desk/screening" {
			t.Errorf("the decision leads to %s", at)
		}
	}
	s, err := w.Standing(w.Ctx, ben)
	if err != nil || len(s.PayNow) == 0 {
		t.Errorf("Ben after the decision: %+v %v", s, err)
	}
	form.Set("answer", "maybe")
	if _, status, _ := b.Post("/desk/screening/"+pay.Bare(ben.Consumer), form); status != http.StatusBadRequest {
		t.Errorf("no answer: %d", status)
	}
}
