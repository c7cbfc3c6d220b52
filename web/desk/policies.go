package desk

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

// previewDays is how far back a preview at the desk looks if nothing else is typed.
const previewDays = 90

// policyList is the list of versions, with a file that was refused.
type policyList struct {
	Versions []app.PolicyVersion
	Typed    string
	Errors   web.FieldErrors
}

// policyView is one version with what its page shows.
type policyView struct {
	*app.PolicyVersion
	Names   map[string]string // of the people in its steps
	Changes []credit.Difference
	Against string       // what it is compared with
	Preview *app.Preview // just made, or the report that waits
	Report  string       // a report that is no preview
	Since   web.DateValue
	Start   web.DateValue // first day of a champion, as typed
	Done    string
	Errors  web.FieldErrors
}

func (v *policyView) title() string { return v.ID + " v" + strconv.FormatInt(v.Version, 10) }

func (v *policyView) path() string {
	return "/desk/policies/" + url.PathEscape(v.ID) + "/" + strconv.FormatInt(v.Version, 10)
}

func isNext(v policyView, state string) bool {
	for _, s := range v.Next() {
		if s == state {
			return true
		}
	}
	return false
}

func (d *Desk) policies(w http.ResponseWriter, r *http.Request, who visitor) error {
	return d.showPolicies(w, r, who, http.StatusOK, policyList{})
}

func (d *Desk) showPolicies(w http.ResponseWriter, r *http.Request, who visitor, status int, l policyList) error {
	who.Here = "/desk/policies"
	var err error
	if l.Versions, err = d.app.PolicyVersions(r.Context(), who.Actor); err != nil {
		return err
	}
	return web.Render(w, r, status, policiesPage(who, l))
}

// addPolicy stores a pasted file as a draft. What the loader refuses comes back with the place that it names.
func (d *Desk) addPolicy(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	typed := r.PostForm.Get("file")
	v, err := d.app.AddPolicy(r.Context(), who.Actor, []byte(typed))
	if err == nil {
		view := policyView{PolicyVersion: v}
		return web.Redirect(w, r, view.path()+"?done=draft")
	}
	var e *pay.Error
	if !errors.As(err, &e) || e.Code != "bad_policy" && e.Code != "version_exists" {
		return err
	}
	l := policyList{Typed: typed}
	l.Errors.Add("file", web.T(r.Context(), "policies.error."+e.Code, web.Data{"Detail": e.Hint}))
	return d.showPolicies(w, r, who, http.StatusUnprocessableEntity, l)
}

func (d *Desk) policy(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := d.policyView(r, who)
	if err != nil {
		return err
	}
	switch done := r.URL.Query().Get("done"); done {
	case "draft", "asked", "confirmed", "dropped":
		v.Done = done
	}
	return d.showPolicy(w, r, who, http.StatusOK, v)
}

func (d *Desk) showPolicy(w http.ResponseWriter, r *http.Request, who visitor, status int, v *policyView) error {
	who.Here = "/desk/policies"
	return web.Render(w, r, status, policyPage(who, *v))
}

// policyView gathers what the page of a version shows.
func (d *Desk) policyView(r *http.Request, who visitor) (*policyView, error) {
	version, err := strconv.ParseInt(r.PathValue("version"), 10, 64)
	if err != nil {
		return nil, web.Status(http.StatusNotFound)
	}
	all, err := d.app.PolicyVersions(r.Context(), who.Actor)
	if err != nil {
		return nil, err
	}
	v := &policyView{}
	for i := range all {
		if all[i].ID == r.PathValue("id") && all[i].Version == version {
			v.PolicyVersion = &all[i]
		}
	}
	if v.PolicyVersion == nil {
		return nil, web.Status(http.StatusNotFound)
	}
	if v.Names, err = d.app.StaffNames(r.Context(), who.Actor, v.PolicyVersion); err != nil {
		return nil, err
	}
	if err := v.compare(all); err != nil {
		return nil, err
	}
	v.readReport()
	day, err := d.app.Day(r.Context())
	if err != nil {
		return nil, err
	}
	v.Since, v.Start = web.DateValueOf(day-previewDays), web.DateValueOf(max(day+1, v.ValidFrom))
	return v, nil
}

// compare lists what a version changes against the one of its kind that acts.
func (v *policyView) compare(all []app.PolicyVersion) (err error) {
	for _, other := range all {
		if other.Kind == v.Kind && other.Acting && other.SHA256 != v.SHA256 {
			v.Against = other.ID + " v" + strconv.FormatInt(other.Version, 10)
			v.Changes, err = credit.DiffFiles(other.Body, v.Body)
			return err
		}
	}
	return nil
}

// readReport shows the report of the step that waits: the second person sees what the first one saw.
func (v *policyView) readReport() {
	w := v.Waiting()
	if w == nil || len(w.Report) == 0 {
		return
	}
	var p app.Preview
	if json.Unmarshal(w.Report, &p) == nil && p.Policy != "" {
		v.Preview = &p
		return
	}
	v.Report = string(w.Report)
}

// previewPolicy decides stored decisions again under a version and shows who would change.
func (d *Desk) previewPolicy(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := d.policyView(r, who)
	if err != nil {
		return err
	}
	if v.Preview, err = d.makePreview(r, who, v); err != nil {
		return err
	}
	status := http.StatusOK
	if len(v.Errors) > 0 {
		status = http.StatusUnprocessableEntity
	}
	return d.showPolicy(w, r, who, status, v)
}

// makePreview reads the first day from the form; nil with an error in the view when it names none.
func (d *Desk) makePreview(r *http.Request, who visitor, v *policyView) (*app.Preview, error) {
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	v.Since = web.FormDate(r.PostForm, "since")
	since, ok := v.Since.Parse()
	if !ok {
		v.Errors.Add("since", web.T(r.Context(), "policies.error.since"))
		return nil, nil
	}
	pol, err := d.app.PolicyToPreview(r.Context(), v.PolicyVersion)
	if err != nil {
		return nil, err
	}
	return d.app.Preview(r.Context(), who.Actor, pol, since, nil)
}

// askStep asks for a step. The report that the second person will see is made now, not taken from the browser.
func (d *Desk) askStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := d.policyView(r, who)
	if err != nil {
		return err
	}
	preview, err := d.makePreview(r, who, v)
	if err != nil {
		return err
	}
	if preview == nil {
		return d.showPolicy(w, r, who, http.StatusUnprocessableEntity, v)
	}
	report, err := preview.Report()
	if err != nil {
		return err
	}
	state, from := r.PostForm.Get("state"), cal.NoDay
	if state == app.StateChampion {
		v.Start = web.FormDate(r.PostForm, "from")
		from, _ = v.Start.Parse()
	}
	err = d.app.AskPolicyStep(r.Context(), who.Actor, v.ID, v.Version, state, from, report, r.PostForm.Get("note"))
	return d.afterStep(w, r, who, v, err, "asked")
}

func (d *Desk) confirmStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := d.policyView(r, who)
	if err != nil {
		return err
	}
	if err := r.ParseForm(); err != nil {
		return err
	}
	err = d.app.ConfirmPolicyStep(r.Context(), who.Actor, v.ID, v.Version, r.PostForm.Get("report"))
	return d.afterStep(w, r, who, v, err, "confirmed")
}

func (d *Desk) dropStep(w http.ResponseWriter, r *http.Request, who visitor) error {
	v, err := d.policyView(r, who)
	if err != nil {
		return err
	}
	err = d.app.DropPolicyStep(r.Context(), who.Actor, v.ID, v.Version)
	return d.afterStep(w, r, who, v, err, "dropped")
}

// stepErrors are the refusals of a step that the page explains, with the field they belong to.
var stepErrors = map[string]string{"wrong_state": "state", "bad_day": "from", "day_passed": "from", "four_eyes": "state", "another_report": "state",
	"nothing_waits": "state", "step_done": "state"}

func (d *Desk) afterStep(w http.ResponseWriter, r *http.Request, who visitor, v *policyView, err error, done string) error {
	if err == nil {
		return web.Redirect(w, r, v.path()+"?done="+done)
	}
	var e *pay.Error
	if !errors.As(err, &e) || stepErrors[e.Code] == "" {
		return err
	}
	v.Errors.Add(stepErrors[e.Code], web.T(r.Context(), "policies.error."+e.Code))
	return d.showPolicy(w, r, who, http.StatusUnprocessableEntity, v)
}
