package desk

import (
	"context"
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// hitList is the list of hits with what went wrong when one of its forms came back.
type hitList struct {
	List   []app.HitLine
	Shops  []pay.Merchant // behind whom a list may name somebody
	Lists  []app.ListInfo
	Errors web.FieldErrors
	Done   bool
}

func (d *Desk) screening(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showScreening(w, r, who, http.StatusOK, hitList{Done: r.URL.Query().Get("done") == "yes"})
}

func (d *Desk) showScreening(w http.ResponseWriter, r *http.Request, who visitor, status int, l hitList) error {
	who.Here = "/desk/screening"
	var err error
	if l.List, err = d.app.SanctionHits(r.Context(), who.Actor); err != nil {
		return err
	}
	l.Lists = d.app.SanctionsLists()
	if l.Shops, err = d.app.MerchantHits(r.Context(), who.Actor); err != nil {
		return err
	}
	return web.Render(w, r, status, screeningPage(who, l))
}

// decideHit notes whether a consumer is the listed one.
func (d *Desk) decideHit(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.ConsumerID](r, "id", pay.PrefixConsumer)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	list, entry, answer, note := r.PostForm.Get("list"), r.PostForm.Get("entry"), r.PostForm.Get("answer"), strings.TrimSpace(r.PostForm.Get("note"))
	if answer != "same" && answer != "other" {
		return web.Status(http.StatusBadRequest)
	}
	err = d.app.DecideHit(r.Context(), who.Actor, id, list, entry, answer == "same", note)
	switch {
	case isKind(err, pay.Invalid):
		var l hitList
		l.Errors.Add(noteID(pay.HitID(id, list, entry)), web.T(r.Context(), "desk.error.note"))
		return d.showScreening(w, r, who, http.StatusUnprocessableEntity, l)
	case isKind(err, pay.Conflict): // somebody else was quicker
	case err != nil:
		return err
	}
	return web.Redirect(w, r, "/desk/screening?done=yes")
}

// noteID is the id of the field for the reason beside a hit.
func noteID(key string) string {
	return "note-" + strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return '-'
	}, key)
}

func keyOf(h app.HitLine) string { return pay.HitID(h.Hit.ConsumerID, h.Hit.List, h.Hit.Entry) }

// ownFacts and listedFacts are what a person at the desk compares.
func ownFacts(ctx context.Context, h app.HitLine) []web.Fact {
	born := web.T(ctx, "desk.screening.unknown")
	if h.Profile.Born.IsSet() {
		born = web.Day(ctx, h.Profile.Born)
	}
	facts := []web.Fact{{Label: web.T(ctx, "desk.screening.name"), Value: h.Profile.Billing.FullName()}, {Label: web.T(ctx, "desk.screening.born"), Value: born},
		{Label: web.T(ctx, "desk.screening.place"), Value: strings.TrimSpace(h.Profile.Billing.PostalCode + " " + h.Profile.Billing.City)}}
	if h.Profile.Billing.Organization != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.screening.company"), Value: h.Profile.Billing.Organization})
	}
	if h.Profile.Shipping != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "desk.screening.parcel"), Value: h.Profile.Shipping.FullName()})
	}
	return facts
}

func listedFacts(ctx context.Context, h app.HitLine) []web.Fact {
	born := strings.Join(h.Listed.Born, ", ")
	if born == "" {
		born = web.T(ctx, "desk.screening.unknown")
	}
	return []web.Fact{{Label: web.T(ctx, "desk.screening.name"), Value: strings.Join(h.Listed.Spellings, "; ")}, {Label: web.T(ctx, "desk.screening.born"), Value: born},
		{Label: web.T(ctx, "desk.screening.entry"), Value: strings.ToUpper(h.Hit.List) + " " + h.Hit.Entry + " " + h.Listed.Programme},
		{Label: web.T(ctx, "desk.screening.score"), Value: web.T(ctx, "desk.screening.of", web.Data{"Score": h.Hit.Score, "Birth": web.T(ctx, "desk.screening.birth."+h.Listed.Birth)})}}
}

func editions(ctx context.Context, lists []app.ListInfo) string {
	var out []string
	for _, l := range lists {
		out = append(out, web.T(ctx, "desk.screening.edition", web.Data{"List": strings.ToUpper(l.Source), "Day": web.Day(ctx, l.Published), "N": l.Entries}))
	}
	return strings.Join(out, ", ")
}
