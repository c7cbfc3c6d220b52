package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/term"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
)

type creditPolicyCmd struct {
	List     policyListCmd     `cmd:"" help:"List all versions of policies and cards with their state."`
	Show     policyShowCmd     `cmd:"" help:"Print a stored policy or card file."`
	Validate policyValidateCmd `cmd:"" help:"Check policy and card files: schema, monotone points, extra rules. Needs no installation."`
	Diff     policyDiffCmd     `cmd:"" help:"Compare two policy or card files value by value."`
	Words    policyWordsCmd    `cmd:"" help:"List what an extra rule (CEL) may read, and how it may react."`
	Preview  policyPreviewCmd  `cmd:"" help:"Decide stored decisions under a policy file: who would change, by which reason, at what cost."`
	Add      policyAddCmd      `cmd:"" help:"Store a policy file as a draft."`
	Activate policyActivateCmd `cmd:"" help:"Ask for the next step of a stored version, or, as a second person, confirm it."`
}

// signed is who acts: a person of the desk. A deed at the command line needs the same two persons as at the desk.
type signed struct {
	As string `required:"" help:"Your address at the desk; the password is read from ZAHLZIEL_STAFF_PASSWORD or asked for." placeholder:"EMAIL"`
}

// actor signs the person in.
func (s *signed) actor(ctx context.Context, a *app.App) (app.Actor, error) {
	password := os.Getenv("ZAHLZIEL_STAFF_PASSWORD")
	if password == "" {
		if !term.IsTerminal(int(os.Stdin.Fd())) {
			return app.Actor{}, errors.New("set ZAHLZIEL_STAFF_PASSWORD, or run this at a terminal")
		}
		fmt.Fprintf(os.Stderr, "Password of %s: ", s.As)
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return app.Actor{}, err
		}
		password = string(typed)
	}
	token, err := a.SignInStaff(ctx, s.As, password)
	if err != nil {
		return app.Actor{}, err
	}
	who, _, err := a.DeskVisitor(ctx, token)
	if err != nil {
		return app.Actor{}, err
	}
	return who, a.SignOutStaff(ctx, token)
}

func readFile(name string) ([]byte, error) { return os.ReadFile(name) }

type policyListCmd struct {
	JSON bool `help:"Print the list as JSON."`
}

// Run lists the versions.
func (c *policyListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	all, err := a.PolicyVersions(ctx, app.System)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(listed(all))
	}
	t := newTable("Kind", "Version", "State", "Acts from", "Waits for", "SHA-256")
	for _, v := range all {
		waits, from := "", ""
		if w := v.Waiting(); w != nil {
			waits = fmt.Sprintf("%s, report %.12s", w.State, w.ReportSHA256)
		}
		if v.From.IsSet() {
			from = v.From.String()
		}
		if v.Acting {
			from += " (now)"
		}
		t.AppendRow(table.Row{v.Kind, fmt.Sprintf("%s v%d", v.ID, v.Version), v.State, from, waits, v.SHA256[:12]})
	}
	t.Render()
	return nil
}

// listed is the list for machines, by name and version.
func listed(all []app.PolicyVersion) map[string]any {
	out := map[string]any{}
	for _, v := range all {
		row := map[string]any{"kind": v.Kind, "state": v.State, "acting": v.Acting, "sha256": v.SHA256}
		if v.From.IsSet() {
			row["from"] = v.From
		}
		if w := v.Waiting(); w != nil {
			row["waits"], row["report_sha256"] = w.State, w.ReportSHA256
		}
		out[fmt.Sprintf("%s v%d", v.ID, v.Version)] = row
	}
	return out
}

type policyShowCmd struct {
	ID      string `arg:"" help:"For example de-standard."`
	Version int64  `arg:"" help:"Its version."`
	Report  bool   `help:"Print the report of the step that waits for its second person instead."`
}

// Run prints the file or the report.
func (c *policyShowCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	v, err := a.PolicyVersion(ctx, app.System, c.ID, c.Version)
	if err != nil {
		return err
	}
	text := v.Body
	if c.Report {
		w := v.Waiting()
		if w == nil {
			return fmt.Errorf("no step of %s v%d waits", v.ID, v.Version)
		}
		text = w.Report
	}
	_, err = fmt.Println(string(bytes.TrimSpace(text)))
	return err
}

type policyValidateCmd struct {
	File string   `arg:"" help:"Policy or card file." type:"existingfile"`
	Card []string `help:"Card file that the policy names; the program's own are known." placeholder:"FILE" type:"existingfile"`
}

// Run checks and prints what was checked.
func (c *policyValidateCmd) Run() error {
	body, err := readFile(c.File)
	if err != nil {
		return err
	}
	f, err := credit.ReadFile(body)
	if err != nil {
		return err
	}
	if f.Kind == app.KindCard {
		card, err := credit.ParseCard(body)
		if err != nil {
			return err
		}
		fmt.Printf("card %s v%d is valid (%s): %d characteristics, points monotone, sha256 %s\n", card.ID, card.Version, card.Status, credit.FeatureCount, card.SHA256)
		return nil
	}
	known, err := builtinCards()
	if err != nil {
		return err
	}
	p, err := loadPolicy(c.File, c.Card, known)
	if err != nil {
		return err
	}
	fmt.Printf("policy %s v%d is valid from %s: card %s v%d (%s), %d extra rules, sha256 %s\n", p.ID, p.Version, p.ValidFrom, p.Card.ID, p.Card.Version, p.Card.Status, len(p.Extra), p.SHA256)
	return nil
}

func builtinCards() (cards [][]byte, err error) {
	files, err := credit.BuiltinFiles()
	for _, f := range files {
		if f.Kind == app.KindCard {
			cards = append(cards, f.Body)
		}
	}
	return cards, err
}

type policyWordsCmd struct{}

// Run lists the vocabulary.
func (*policyWordsCmd) Run() error {
	t := newTable("Variable", "Type", "As it grows it may block", "Meaning")
	for _, v := range credit.Vocabulary() {
		t.AppendRow(table.Row{v.Name, v.Type, v.Grows, v.Meaning})
	}
	t.Render()
	return nil
}

type policyDiffCmd struct {
	Old string `arg:"" help:"File." type:"existingfile"`
	New string `arg:"" help:"File." type:"existingfile"`
}

// Run prints the differences.
func (c *policyDiffCmd) Run() error {
	before, err := readFile(c.Old)
	if err != nil {
		return err
	}
	after, err := readFile(c.New)
	if err != nil {
		return err
	}
	list, err := credit.DiffFiles(before, after)
	if err != nil {
		return err
	}
	for _, d := range list {
		fmt.Printf("%s: %s -> %s\n", d.Path, said(d.Old), said(d.New))
	}
	return nil
}

func said(v string) string {
	if v == "" {
		return "(none)"
	}
	return v
}

type policyPreviewCmd struct {
	File  string   `arg:"" help:"Policy file." type:"existingfile"`
	Card  []string `help:"Card file that the policy names, if it is not stored." placeholder:"FILE" type:"existingfile"`
	Since string   `help:"Only decisions of this day, YYYY-MM-DD, and later." placeholder:"DATE"`
	JSON  bool     `help:"Print the report as JSON."`
}

// Run previews.
func (c *policyPreviewCmd) Run(ctx context.Context, p *place) error {
	since, err := parseSince(c.Since)
	if err != nil {
		return err
	}
	return previewFile(ctx, p, c.File, c.Card, since, c.JSON)
}

func previewFile(ctx context.Context, p *place, file string, cards []string, since cal.Day, asJSON bool) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	pol, err := loadPolicy(file, cards, a.CardFiles())
	if err != nil {
		return err
	}
	r, err := preview(ctx, a, app.System, pol, since)
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(r)
	}
	printPreview(r)
	return nil
}

func preview(ctx context.Context, a *app.App, who app.Actor, pol *credit.Policy, since cal.Day) (*app.Preview, error) {
	bar := newBar("decisions")
	defer bar.done()
	return a.Preview(ctx, who, pol, since, bar.set)
}

func printPreview(r *app.Preview) {
	cash := func(n int64) string { return money.Format(n, r.Currency, "en") }
	fmt.Printf("%s v%d with %s v%d: %d decisions, %d of erased people, %d would change\n", r.Policy, r.Version, r.Card, r.CardNo, r.Decisions, r.Erased, r.Changed)
	fmt.Printf("newly refused:  %d purchases, %s\n", r.Refused.N, cash(r.Refused.Amount))
	o := r.Outcomes
	fmt.Printf("  of them paid back %d (%s), bad %d (%s, still open %s), not known yet %d (%s), without a claim %d\n",
		o.PaidBack.N, cash(o.PaidBack.Amount), o.Bad.N, cash(o.Bad.Amount), cash(o.BadOpen), o.Pending.N, cash(o.Pending.Amount), o.NoClaim)
	fmt.Printf("newly approved: %d purchases, %s (what they would have brought is not known)\n", r.Approved.N, cash(r.Approved.Amount))
	fmt.Printf("people: %d; limits up %d, down %d (of them %d only after their guarantee); newly refused %d, newly approved %d\n",
		r.People.All, r.People.LimitsUp, r.People.LimitsDown, r.People.Guaranteed, r.People.Refused, r.People.Approved)
	t := newTable("Reason", "Appears", "Goes")
	for _, x := range r.Reasons {
		t.AppendRow(table.Row{x.Code, x.Appears, x.Goes})
	}
	t.Render()
	t = newTable("Age (audit only)", "People", "Approved before", "after", "Ratio before", "after")
	for _, x := range r.Ages {
		t.AppendRow(table.Row{x.Band, x.People, x.Before, x.After, permille(x.RatioBefore), permille(x.RatioAfter)})
	}
	t.Render()
	for _, x := range r.Challenger {
		fmt.Printf("in shadow: %s v%d asked %d times, %+.2f points on average, would have refused %d and approved %d more\n", x.Card, x.CardNo, x.N, float64(x.Points)/100, x.Lost, x.Gained)
	}
}

func permille(n int) string { return fmt.Sprintf("%d.%03d", n/1000, n%1000) }

type policyAddCmd struct {
	signed
	File string `arg:"" help:"Policy or card file." type:"existingfile"`
}

// Run stores the draft.
func (c *policyAddCmd) Run(ctx context.Context, p *place) error {
	body, err := readFile(c.File)
	if err != nil {
		return err
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	who, err := c.actor(ctx, a)
	if err != nil {
		return err
	}
	v, err := a.AddPolicy(ctx, who, body)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s v%d is stored, %s, sha256 %s\n", v.Kind, v.ID, v.Version, v.State, v.SHA256)
	return nil
}

type policyActivateCmd struct {
	step
	From string `help:"First day on which it decides, YYYY-MM-DD, after today." placeholder:"DATE"`
}

// Run takes a policy to validated first and then to champion.
func (c *policyActivateCmd) Run(ctx context.Context, p *place) error {
	return c.take(ctx, p, "", c.From)
}

// step asks for a step of a version, or confirms the one that waits. The report is the preview of the stored decisions,
// or a file, for example the validation report of a fitted card.
type step struct {
	signed
	ID      string `arg:"" help:"For example de-standard or card-v1."`
	Version int64  `arg:"" help:"Its version."`
	Report  string `help:"File with the report that the second person is to see; without it the preview is made." placeholder:"FILE" type:"existingfile"`
	Since   string `help:"The preview reads decisions of this day, YYYY-MM-DD, and later." placeholder:"DATE"`
	Note    string `help:"Why."`
	Confirm string `help:"Confirm the step that waits: the beginning of the hash of the report that you have read, at least 12 digits." placeholder:"HASH"`
}

// take makes the step to a state; an empty state means the first that is possible next.
func (c *step) take(ctx context.Context, p *place, state, from string) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	who, err := c.actor(ctx, a)
	if err != nil {
		return err
	}
	v, err := a.PolicyVersion(ctx, who, c.ID, c.Version)
	if err != nil {
		return err
	}
	if c.Confirm != "" {
		return c.confirm(ctx, a, who, v)
	}
	if w := v.Waiting(); w != nil {
		return fmt.Errorf("%s of %s v%d waits for a second person: read `zahlziel credit policy show %s %d --report`, then --confirm %.12s", w.State, v.ID, v.Version, v.ID, v.Version, w.ReportSHA256)
	}
	if state == "" && len(v.Next()) > 0 {
		state = v.Next()[0]
	}
	day, err := parseSince(from)
	if err != nil {
		return err
	}
	report, err := c.report(ctx, a, who, v, state)
	if err != nil {
		return err
	}
	if err := a.AskPolicyStep(ctx, who, v.ID, v.Version, state, day, report, c.Note); err != nil {
		return err
	}
	if v, err = a.PolicyVersion(ctx, who, c.ID, c.Version); err != nil {
		return err
	}
	w := v.Waiting()
	fmt.Printf("%s of %s v%d is asked for; a second person confirms it with --confirm %.12s\n", state, v.ID, v.Version, w.ReportSHA256)
	return nil
}

func (c *step) report(ctx context.Context, a *app.App, who app.Actor, v *app.PolicyVersion, state string) ([]byte, error) {
	if c.Report != "" {
		return readFile(c.Report)
	}
	if state == app.StateRetired {
		return nil, nil
	}
	since, err := parseSince(c.Since)
	if err != nil {
		return nil, err
	}
	pol, err := a.PolicyToPreview(ctx, v)
	if err != nil {
		return nil, err
	}
	r, err := preview(ctx, a, who, pol, since)
	if err != nil {
		return nil, err
	}
	printPreview(r)
	return r.Report()
}

func (c *step) confirm(ctx context.Context, a *app.App, who app.Actor, v *app.PolicyVersion) error {
	w := v.Waiting()
	if w == nil {
		return fmt.Errorf("no step of %s v%d waits", v.ID, v.Version)
	}
	const digits = 12
	if w.ReportSHA256 != "" && (len(c.Confirm) < digits || !strings.HasPrefix(w.ReportSHA256, c.Confirm)) {
		return fmt.Errorf("the report that waits has the hash %.12s; read it before you confirm", w.ReportSHA256)
	}
	if err := a.ConfirmPolicyStep(ctx, who, v.ID, v.Version, w.ReportSHA256); err != nil {
		return err
	}
	fmt.Printf("%s v%d is %s from %s\n", v.ID, v.Version, w.State, w.Day)
	return nil
}
