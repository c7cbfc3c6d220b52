package app

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// PolicyVersion is one version of a policy or a card with its life so far.
type PolicyVersion struct {
	ID        string
	Version   int64
	Kind      string // policy, card
	ValidFrom cal.Day
	SHA256    string
	State     string // the last confirmed one
	Acting    bool   // it decides today
	From      cal.Day
	Steps     []store.PolicyStep
	Note      string // of the file
	Expert    bool   // a card of judgement, not statistically fitted
	Body      []byte
}

// describe reads from the file what people should know about it.
func (v *PolicyVersion) describe() {
	var head struct {
		Note   string `json:"note"`
		Status string `json:"status"`
	}
	if json.Unmarshal(v.Body, &head) == nil {
		v.Note, v.Expert = head.Note, head.Status == "expert"
	}
}

// Waiting is the step that waits for its second person, or nil.
func (v *PolicyVersion) Waiting() *store.PolicyStep {
	for i := range v.Steps {
		if v.Steps[i].ConfirmedBy == "" {
			return &v.Steps[i]
		}
	}
	return nil
}

// Next are the states that can be asked for now.
func (v *PolicyVersion) Next() []string { return nextStates(v.Kind, v.State) }

func nextStates(kind, state string) []string {
	switch state {
	case StateDraft:
		return []string{StateValidated, StateRetired}
	case StateValidated:
		if kind == KindCard {
			return []string{StateShadow, StateRetired}
		}
		return []string{StateChampion, StateRetired}
	case StateShadow:
		return []string{StateChampion, StateRetired}
	}
	return nil
}

// PolicyVersions lists every policy and card, the newest version of each first.
func (a *App) PolicyVersions(ctx context.Context, who Actor) ([]PolicyVersion, error) {
	if !who.System && !who.Can(DeedPolicies) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.Reload(ctx); err != nil {
		return nil, err
	}
	b := a.book()
	acting := b.on(day)
	var out []PolicyVersion
	for _, r := range slices.Backward(b.rows) {
		v := PolicyVersion{ID: r.ID, Version: r.Version, Kind: r.Kind, ValidFrom: r.ValidFrom, SHA256: r.SHA256, State: b.state(r.ID, r.Version), From: cal.NoDay, Body: r.Body}
		v.describe()
		if acting != nil {
			v.Acting = acting.SHA256 == r.SHA256 || acting.Card.SHA256 == r.SHA256
		}
		if v.State == StateChampion && b.superseded(&r, day) {
			v.State = StateRetired
		}
		for _, s := range b.steps {
			if s.PolicyID == r.ID && s.Version == r.Version {
				v.Steps = append(v.Steps, s)
				if s.State == StateChampion {
					v.From = s.Day
				}
			}
		}
		out = append(out, v)
	}
	return out, nil
}

// PolicyVersion returns one of them.
func (a *App) PolicyVersion(ctx context.Context, who Actor, id string, version int64) (*PolicyVersion, error) {
	all, err := a.PolicyVersions(ctx, who)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].ID == id && all[i].Version == version {
			return &all[i], nil
		}
	}
	return nil, pay.Errorf(pay.Missing, "no_such_policy", "", "There is no %s version %d", id, version)
}

// AddPolicy stores a policy or card file as a draft of its owner, after every check that loading makes. The same file again
// is the same draft; another file under the same version is refused.
func (a *App) AddPolicy(ctx context.Context, who Actor, body []byte) (*PolicyVersion, error) {
	if !who.Can(DeedPolicies) {
		return nil, errForbidden
	}
	f, err := a.CheckPolicy(body)
	if err != nil {
		return nil, err
	}
	if old := a.book().row(f.ID, int64(f.Version)); old != nil {
		if old.SHA256 != f.SHA256 {
			return nil, pay.Errorf(pay.Conflict, "version_exists", "version", "%s v%d exists with another content; give the file the next version", f.ID, f.Version)
		}
		return a.PolicyVersion(ctx, who, f.ID, old.Version)
	}
	row := store.PolicyRow{ID: f.ID, Version: int64(f.Version), Kind: f.Kind, ValidFrom: f.ValidFrom, SHA256: f.SHA256, Body: body}
	step := store.PolicyStep{PolicyID: f.ID, Version: row.Version, State: StateDraft, Day: f.ValidFrom, AskedBy: who.String(), AskedAt: a.Clock.Now(),
		ConfirmedBy: who.String(), ConfirmedAt: a.Clock.Now()}
	if err := a.DB.PutPolicies(ctx, row); err != nil {
		return nil, err
	}
	if _, err := a.DB.PutPolicySteps(ctx, step); err != nil {
		return nil, err
	}
	if err := a.audit(ctx, who, "policy_draft", 0, policyName(f.ID, row.Version), f.SHA256); err != nil {
		return nil, err
	}
	return a.PolicyVersion(ctx, who, f.ID, row.Version)
}

// CheckPolicy loads a policy or card file with everything that is checked, without storing it. A policy may name a stored card.
func (a *App) CheckPolicy(body []byte) (credit.File, error) {
	f, err := credit.ReadFile(body)
	if err == nil && f.Kind == KindCard {
		_, err = credit.ParseCard(body)
	} else if err == nil {
		_, err = credit.ParsePolicies([][]byte{body}, a.book().bodies(KindCard))
	}
	if err != nil {
		return f, pay.Errorf(pay.Invalid, "bad_policy", "file", "%s", err.Error())
	}
	return f, nil
}

func policyName(id string, version int64) string { return fmt.Sprintf("%s v%d", id, version) }

// stepping is a version of which somebody may ask or confirm the next step, and the business day.
func (a *App) stepping(ctx context.Context, who Actor, id string, version int64) (*PolicyVersion, cal.Day, error) {
	if !who.Can(DeedPolicies) {
		return nil, cal.NoDay, errForbidden
	}
	v, err := a.PolicyVersion(ctx, who, id, version)
	if err != nil {
		return nil, cal.NoDay, err
	}
	day, err := a.Day(ctx)
	return v, day, err
}

// AskPolicyStep asks for the next step of a version, with the report that the second person is to see. Only a champion
// needs a day: the first business day on which it decides, after today.
func (a *App) AskPolicyStep(ctx context.Context, who Actor, id string, version int64, state string, from cal.Day, report []byte, note string) error {
	v, day, err := a.stepping(ctx, who, id, version)
	if err != nil {
		return err
	}
	switch {
	case !slices.Contains(v.Next(), state):
		return pay.Errorf(pay.Refused, "wrong_state", "state", "%s is %s; the next step can be one of %v", policyName(id, version), v.State, v.Next())
	case state != StateRetired && len(report) == 0:
		return pay.Errorf(pay.Invalid, "report_missing", "report", "Make the report first, so that the second person sees what you saw")
	case state == StateChampion && (!from.IsSet() || from <= day || from < v.ValidFrom):
		return pay.Errorf(pay.Invalid, "bad_day", "from", "Choose a day after %s, and not before %s", day, v.ValidFrom)
	}
	if state != StateChampion {
		from = day
	}
	step := store.PolicyStep{PolicyID: id, Version: version, State: state, Day: from, Report: report, Note: note, AskedBy: who.String(), AskedAt: a.Clock.Now()}
	if len(report) > 0 {
		step.ReportSHA256 = sha(report)
	}
	n, err := a.DB.PutPolicySteps(ctx, step)
	if err != nil {
		return err
	}
	if n == 0 {
		return pay.Errorf(pay.Conflict, "step_done", "state", "Somebody confirmed this step meanwhile")
	}
	return a.audit(ctx, who, "policy_asked", 0, policyName(id, version), fmt.Sprintf("%s from %s, report %.12s", state, from, step.ReportSHA256))
}

// ConfirmPolicyStep is the second pair of eyes: the step that waits is confirmed by somebody else than who asked for it,
// who names the report they have seen. A card that becomes champion makes the next version of the policy in force.
func (a *App) ConfirmPolicyStep(ctx context.Context, who Actor, id string, version int64, reportSHA256 string) error {
	v, day, err := a.stepping(ctx, who, id, version)
	if err != nil {
		return err
	}
	step := v.Waiting()
	switch {
	case step == nil:
		return errNothingWaits
	case step.AskedBy == who.String():
		return pay.Errorf(pay.Forbidden, "four_eyes", "", "You asked for this step yourself; another person must confirm it")
	case step.ReportSHA256 != reportSHA256:
		return pay.Errorf(pay.Conflict, "another_report", "report", "The report changed; read it again")
	case !slices.Contains(v.Next(), step.State):
		return pay.Errorf(pay.Refused, "wrong_state", "state", "%s is %s meanwhile", policyName(id, version), v.State)
	case step.State == StateChampion && step.Day <= day:
		return pay.Errorf(pay.TooLate, "day_passed", "from", "The day %s has come already; ask again with a later one", step.Day)
	}
	if step.State == StateChampion && v.Kind == KindCard {
		if err := a.policyForCard(ctx, v, step, who); err != nil {
			return err
		}
	}
	done, err := a.DB.ConfirmPolicyStep(ctx, *step, who.String(), a.Clock.Now())
	if err != nil {
		return err
	}
	if !done {
		return pay.Errorf(pay.Conflict, "another_report", "report", "The step changed meanwhile; read it again")
	}
	if err := a.audit(ctx, who, "policy_confirmed", 0, policyName(id, version), fmt.Sprintf("%s from %s, report %.12s", step.State, step.Day, step.ReportSHA256)); err != nil {
		return err
	}
	return a.Reload(ctx)
}

// DropPolicyStep takes back a step that waits, by the person who asked or by one who refuses to confirm.
func (a *App) DropPolicyStep(ctx context.Context, who Actor, id string, version int64) error {
	if !who.Can(DeedPolicies) {
		return errForbidden
	}
	v, err := a.PolicyVersion(ctx, who, id, version)
	if err != nil {
		return err
	}
	step := v.Waiting()
	if step == nil {
		return errNothingWaits
	}
	done, err := a.DB.DropPolicyStep(ctx, *step)
	if err != nil {
		return err
	}
	if !done {
		return errNothingWaits
	}
	return a.audit(ctx, who, "policy_dropped", 0, policyName(id, version), fmt.Sprintf("%s from %s, report %.12s", step.State, step.Day, step.ReportSHA256))
}

var errNothingWaits = pay.Errorf(pay.Missing, "nothing_waits", "", "No step of this version waits for a second person")

// policyForCard stores the policy in force on the day with the card exchanged, as its next version, and its step.
func (a *App) policyForCard(ctx context.Context, v *PolicyVersion, step *store.PolicyStep, who Actor) error {
	b := a.book()
	now := b.on(step.Day)
	if now == nil {
		return fmt.Errorf("no credit policy is valid on %s", step.Day)
	}
	next := int64(0)
	for _, r := range b.rows {
		if r.ID == now.ID {
			next = max(next, r.Version+1)
		}
	}
	body, err := withCard(b.row(now.ID, int64(now.Version)).Body, next, step.Day, v)
	if err != nil {
		return err
	}
	f, err := a.CheckPolicy(body)
	if err != nil {
		return err
	}
	if err := a.DB.PutPolicies(ctx, store.PolicyRow{ID: f.ID, Version: next, Kind: KindPolicy, ValidFrom: f.ValidFrom, SHA256: f.SHA256, Body: body}); err != nil {
		return err
	}
	s := *step
	s.PolicyID, s.Version, s.Note = f.ID, next, policyName(v.ID, v.Version)
	s.ConfirmedBy, s.ConfirmedAt = who.String(), a.Clock.Now()
	_, err = a.DB.PutPolicySteps(ctx, s)
	return err
}

// withCard is a policy file with another card, version and first day; everything else stays.
func withCard(body []byte, version int64, from cal.Day, card *PolicyVersion) ([]byte, error) {
	var file map[string]any
	if err := json.Unmarshal(body, &file); err != nil {
		return nil, err
	}
	file["version"], file["valid_from"], file["card"], file["card_version"] = version, from, card.ID, card.Version
	return json.MarshalIndent(file, "", "  ")
}

// StaffNames are the names of the persons in the steps of a version, by their id.
func (a *App) StaffNames(ctx context.Context, who Actor, v *PolicyVersion) (map[string]string, error) {
	if !who.Can(DeedPolicies) {
		return nil, errForbidden
	}
	names := map[string]string{System.String(): "Zahlziel"}
	for _, s := range v.Steps {
		for _, id := range []string{s.AskedBy, s.ConfirmedBy} {
			if _, known := names[id]; known || id == "" {
				continue
			}
			staff, err := a.DB.Staff(ctx, id)
			if err != nil {
				return nil, err
			}
			if staff != nil {
				names[id] = staff.Name
			}
		}
	}
	return names, nil
}
