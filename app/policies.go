package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/store"
)

// The kinds of versioned files.
const (
	KindPolicy = "policy"
	KindCard   = "card"
)

// The states in the life of a policy or a card. A policy goes from validated to champion, a card through shadow.
const (
	StateDraft     = "draft"
	StateValidated = "validated"
	StateShadow    = "shadow"
	StateChampion  = "champion"
	StateRetired   = "retired"
)

// marketPolicy is the policy that the market of this installation decides by.
const marketPolicy = "de-standard"

// policyBook is every policy and card that this installation knows, and which of them act from which day on. It is made
// anew at every reload and never changed.
type policyBook struct {
	rows    []store.PolicyRow
	steps   []store.PolicyStep
	all     credit.Policies
	cards   []*credit.Card
	acting  []actingPolicy // ascending by day
	shadows []*credit.Card // challengers that are asked beside the champion
	mark    string         // changes with what the book was made from
}

type actingPolicy struct {
	day    cal.Day
	policy *credit.Policy
}

// on is the policy that decides on a day, or nil.
func (b *policyBook) on(day cal.Day) *credit.Policy {
	for i := len(b.acting) - 1; i >= 0; i-- {
		if b.acting[i].day <= day {
			return b.acting[i].policy
		}
	}
	return nil
}

// superseded reports whether a former champion decides no more and will not again: another took its place.
func (b *policyBook) superseded(r *store.PolicyRow, day cal.Day) bool {
	last := -1
	for i, x := range b.acting {
		if x.day <= day {
			last = i
		}
	}
	for _, x := range b.acting[max(last, 0):] {
		if x.policy.SHA256 == r.SHA256 || x.policy.Card.SHA256 == r.SHA256 {
			return false
		}
	}
	return true
}

// row finds a version, or nil.
func (b *policyBook) row(id string, version int64) *store.PolicyRow {
	i := slices.IndexFunc(b.rows, func(r store.PolicyRow) bool { return r.ID == id && r.Version == version })
	if i < 0 {
		return nil
	}
	return &b.rows[i]
}

// card finds a card, or nil.
func (b *policyBook) card(id string, version int) *credit.Card {
	i := slices.IndexFunc(b.cards, func(c *credit.Card) bool { return c.ID == id && c.Version == version })
	if i < 0 {
		return nil
	}
	return b.cards[i]
}

// state is the last confirmed step of a version.
func (b *policyBook) state(id string, version int64) string {
	state := ""
	for _, s := range b.steps {
		if s.PolicyID == id && s.Version == version && s.ConfirmedBy != "" && rank(s.State) >= rank(state) {
			state = s.State
		}
	}
	return state
}

func (b *policyBook) fingerprint() string {
	var parts []string
	for _, r := range b.rows {
		parts = append(parts, r.ID, r.SHA256)
	}
	for _, s := range b.steps {
		parts = append(parts, s.PolicyID, fmt.Sprint(s.Version, s.Day, s.AskedAt, s.ConfirmedAt), s.State, s.ReportSHA256)
	}
	return HashRequest(parts...)
}

func rank(state string) int {
	return slices.Index([]string{StateDraft, StateValidated, StateShadow, StateChampion, StateRetired}, state)
}

// bodies lists the files of a kind.
func (b *policyBook) bodies(kind string) [][]byte {
	var out [][]byte
	for _, r := range b.rows {
		if r.Kind == kind {
			out = append(out, r.Body)
		}
	}
	return out
}

// readPolicies makes the book from the stored files. What the program brings is stored first: on a new installation it acts
// from its own day on, later it comes as a draft that two persons decide about.
func (a *App) readPolicies(ctx context.Context) (*policyBook, error) {
	b := &policyBook{}
	var err error
	if b.rows, err = a.DB.Policies(ctx); err != nil {
		return nil, err
	}
	stored, err := a.storeBuiltin(ctx, b)
	if err != nil {
		return nil, err
	}
	if stored {
		if b.rows, err = a.DB.Policies(ctx); err != nil {
			return nil, err
		}
	}
	if b.steps, err = a.DB.PolicySteps(ctx); err != nil {
		return nil, err
	}
	b.mark = b.fingerprint()
	if old := a.book(); old != nil && old.mark == b.mark {
		return old, nil
	}
	for _, body := range b.bodies(KindCard) {
		c, err := credit.ParseCard(body)
		if err != nil {
			return nil, err
		}
		b.cards = append(b.cards, c)
	}
	if b.all, err = credit.ParsePolicies(b.bodies(KindPolicy), b.bodies(KindCard)); err != nil {
		return nil, err
	}
	b.arrange()
	return b, nil
}

// arrange derives from the confirmed steps what acts and what runs in shadow.
func (b *policyBook) arrange() {
	for _, s := range b.steps {
		if s.State != StateChampion || s.ConfirmedBy == "" || s.PolicyID != marketPolicy {
			continue
		}
		if p, ok := b.all.Policy(s.PolicyID, int(s.Version)); ok {
			b.acting = append(b.acting, actingPolicy{max(s.Day, p.ValidFrom), p})
		}
	}
	slices.SortStableFunc(b.acting, func(x, y actingPolicy) int { return cmp.Compare(x.day, y.day) })
	for _, c := range b.cards {
		if b.state(c.ID, int64(c.Version)) == StateShadow {
			b.shadows = append(b.shadows, c)
		}
	}
}

// storeBuiltin stores the files of the program that are missing. A stored version with another content is an error: versions
// are immutable, and decisions refer to them.
func (a *App) storeBuiltin(ctx context.Context, b *policyBook) (stored bool, err error) {
	files, err := credit.BuiltinFiles()
	if err != nil {
		return false, err
	}
	var rows []store.PolicyRow
	var steps []store.PolicyStep
	for _, f := range files {
		row := store.PolicyRow{ID: f.ID, Version: int64(f.Version), Kind: f.Kind, ValidFrom: f.ValidFrom, SHA256: f.SHA256, Body: f.Body}
		if old := b.row(f.ID, row.Version); old != nil {
			if old.SHA256 != f.SHA256 {
				return false, fmt.Errorf("%s v%d is stored with another content than this program's; a changed file needs a new version", f.ID, f.Version)
			}
			continue
		}
		rows = append(rows, row)
		step := store.PolicyStep{PolicyID: f.ID, Version: row.Version, State: StateDraft, Day: f.ValidFrom, Note: "part of the program",
			AskedBy: System.String(), AskedAt: a.Clock.Now(), ConfirmedBy: System.String(), ConfirmedAt: a.Clock.Now()}
		if len(b.rows) == 0 {
			step.State, step.Note = StateChampion, "in force when the installation was made"
		}
		steps = append(steps, step)
	}
	if len(rows) == 0 {
		return false, nil
	}
	if err := a.DB.PutPolicies(ctx, rows...); err != nil {
		return false, err
	}
	_, err = a.DB.PutPolicySteps(ctx, steps...)
	return true, err
}

// book is the present book of policies.
func (a *App) book() *policyBook {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.policies
}

// Policy is the credit policy in force on a business day.
func (a *App) Policy(day cal.Day) (*credit.Policy, error) {
	if p := a.book().on(day); p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("no credit policy is valid on %s", day)
}

// Policies is the set of all known policies, for replay.
func (a *App) Policies() credit.Policies { return a.book().all }

// shadow asks the challengers the question that was just decided.
func (a *App) shadow(p *credit.Policy, f *credit.Facts, r credit.Request) []credit.Shadow {
	var out []credit.Shadow
	for _, c := range a.book().shadows {
		if c != p.Card {
			out = append(out, credit.InShadow(p, c, f, r))
		}
	}
	return out
}

// CardFiles are the files of all stored cards.
func (a *App) CardFiles() [][]byte { return a.book().bodies(KindCard) }
