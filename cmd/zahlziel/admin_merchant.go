package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/vault"
)

type merchantCreateCmd struct {
	Name      string   `arg:"" help:"Name of the shop."`
	Username  string   `help:"API user; made from the id if empty."`
	Live      bool     `help:"Live mode: codes are always mailed, and two people activate the shop. Test mode accepts the code 000000 for reserved addresses and is active at once."`
	Methods   []string `default:"invoice_14,invoice_30,prepayment" help:"Payment methods in the order to show."`
	FeeRate   int64    `default:"249" help:"Fee in percent times 100."`
	FeeFixed  int64    `default:"35" help:"Fixed fee in cents per delivery."`
	Settle    int      `default:"2" help:"Bank days from delivery to payout."`
	Cycle     string   `enum:"daily,weekly,twice_monthly,monthly" default:"daily" help:"When payouts are made: ${enum}."`
	Companies bool     `help:"Companies may buy, too."`
	OrderMax  int64    `help:"Largest order in cents; 0 means none of its own."`
	Exposure  int64    `help:"Most that its customers may owe at once, in cents; 0 means the fraud rules' bound."`
	Payout    string   `help:"IBAN that payouts go to."`
	Email     string   `help:"Address of the shop."`
	Website   string   `help:"Web address of the shop; its pages may show the checkout in a frame."`
	Origin    []string `help:"Further origin whose pages may show the checkout in a frame, such as https://shop.example; may be repeated."`
	User      string   `help:"Address of the first person who signs in to the shop's pages (live mode: --email if empty)."`
	Legal     string   `help:"Legal entity behind the shop (live mode)."`
	Register  string   `help:"Court and number of its commercial register."`
	Goods     string   `help:"Class of goods (live mode): fashion, home, electronics, food, health, leisure, media, services or other."`
	Owner     []string `sep:"none" help:"Owner as 'First Family,YYYY-MM-DD'; may be repeated (live mode)."`
	Guarantee bool     `default:"true" negatable:"" help:"The operator bears the buyers' default."`
}

// Run creates the shop and prints its secret.
func (c *merchantCreateCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	m := pay.Merchant{OperatorID: a.Operator().ID, Name: c.Name, Status: pay.MerchantActive, Mode: pay.ModeTest, Market: pay.Germany.Code, Currency: money.EUR,
		Methods: c.Methods, Companies: c.Companies, OrderMax: c.OrderMax, ExposureMax: c.Exposure, FeeRate: c.FeeRate, FeeFixed: c.FeeFixed, FeeTax: "DE19",
		FeeTaxRate: 1900, SettleDays: c.Settle, Settlement: pay.SettlementTerms{Cycle: c.Cycle}, PayoutIBAN: c.Payout, Email: c.Email, WebsiteURL: c.Website, Origins: c.Origin}
	if c.Live {
		return c.onboard(ctx, a, m)
	}
	for _, method := range c.Methods {
		if _, ok := pay.Term(method); !ok {
			return fmt.Errorf("method %s is unknown; choose from invoice_14, invoice_30, pay_later, prepayment", method)
		}
	}
	if c.Payout != "" {
		iban, err := bankfile.ParseIBAN(c.Payout)
		if err != nil {
			return err
		}
		m.PayoutIBAN = string(iban)
	}
	if err := app.CheckOrigins(c.Origin, a.Demo); err != nil {
		return err
	}
	if c.Username == "" {
		c.Username = "shop-" + strings.ToLower(vault.Token()[:8])
	}
	if taken, err := a.DB.Credential(ctx, c.Username); err != nil {
		return err
	} else if taken != nil {
		return fmt.Errorf("the API user %s exists already; choose another --username", c.Username)
	}
	m, secret, err := a.CreateMerchant(ctx, app.System, m, c.Username)
	if err != nil {
		return err
	}
	if c.User != "" {
		if _, err := a.InviteMerchantUser(ctx, app.System, m.ID, pay.MerchantPerson{Email: c.User}, pay.RoleOwner); err != nil {
			return fmt.Errorf("shop %s with API user %s and password %s is created, but not its first person: %w", m.ID, c.Username, secret, err)
		}
	}
	return printJSON(map[string]string{"id": string(m.ID), "name": m.Name, "mode": m.Mode, "status": m.Status, "username": c.Username, "password": secret})
}

// onboard creates a shop that waits for two people.
func (c *merchantCreateCmd) onboard(ctx context.Context, a *app.App, m pay.Merchant) error {
	m.Mode, m.Application = pay.ModeLive, &pay.Application{Legal: c.Legal, RegisterNo: c.Register, Goods: c.Goods, Guarantee: c.Guarantee}
	n := app.NewMerchant{Merchant: m, Username: c.Username, UserMail: c.User}
	for _, o := range c.Owner {
		name, born, _ := strings.Cut(o, ",")
		day, err := cal.ParseDay(strings.TrimSpace(born))
		if err != nil {
			return fmt.Errorf("--owner %q: write 'First Family,YYYY-MM-DD'", o)
		}
		n.Owners = append(n.Owners, pay.Owner{Name: strings.TrimSpace(name), Born: day})
	}
	m, username, secret, err := a.Onboard(ctx, app.System, n)
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": string(m.ID), "name": m.Name, "mode": m.Mode, "status": m.Status, "username": username, "password": secret})
}

type merchantActivateCmd struct {
	ID string `arg:"" help:"Id of the shop."`
	named
}

// named is in whose name something is done. Whoever may run the program is believed; SECURITY.md says what that means.
type named struct {
	As string `required:"" help:"E-mail address of the person at the desk in whose name this is done; the audit trail notes that it came from the command line." placeholder:"EMAIL"`
}

// actor is the named person, if they are active and may do the deed.
func (n *named) actor(ctx context.Context, a *app.App, deed app.Deed, command string) (app.Actor, error) {
	if u, err := user.Current(); err == nil {
		command = u.Username + ": " + command
	}
	return a.StaffNamed(ctx, app.System, n.As, deed, command)
}

// Run asks for the activation, or confirms what another person asked for.
func (c *merchantActivateCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	who, err := c.actor(ctx, a, app.DeedOnboard, "merchant activate "+c.ID)
	if err != nil {
		return err
	}
	f, err := a.MerchantFile(ctx, who, pay.MerchantID(c.ID))
	if err != nil {
		return err
	}
	if f.Step != nil && f.Step.Deed != pay.StepClose && f.Current {
		if err := a.ConfirmActivation(ctx, who, f.ID, f.Digest); err != nil {
			return err
		}
		fmt.Println(f.Name + " is active")
		return nil
	}
	if err := a.AskActivation(ctx, who, f.ID); err != nil {
		return err
	}
	fmt.Println("asked; another person confirms with the same command or at the desk")
	return nil
}

type merchantCloseCmd struct {
	ID     string `arg:"" help:"Id of the shop."`
	Reason string `help:"Why; needed to ask."`
	named
}

// Run asks for the closing, or confirms what another person asked for.
func (c *merchantCloseCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	who, err := c.actor(ctx, a, app.DeedOnboard, "merchant close "+c.ID)
	if err != nil {
		return err
	}
	if c.Reason != "" {
		if err := a.AskClosing(ctx, who, pay.MerchantID(c.ID), c.Reason); err != nil {
			return err
		}
		fmt.Println("asked; another person confirms with the same command without --reason, or at the desk")
		return nil
	}
	f, err := a.MerchantFile(ctx, who, pay.MerchantID(c.ID))
	if err != nil {
		return err
	}
	if f.Step == nil || f.Step.Deed != pay.StepClose {
		return errors.New("nobody has asked for this; give a --reason to ask")
	}
	if err := a.ConfirmClosing(ctx, who, f.ID, f.Step.Digest); err != nil {
		return err
	}
	fmt.Printf("%s is closed: %s\n", f.Name, f.Step.Reason)
	return nil
}

type merchantKeyCmd struct {
	Add  keyAddCmd  `cmd:"" help:"Add an API user; the old ones go on working. Its secret is printed once."`
	End  keyEndCmd  `cmd:"" help:"End an API user."`
	List keyListCmd `cmd:"" help:"List the API users of a shop."`
}

type keyAddCmd struct {
	ID string `arg:"" help:"Id of the shop."`
}

// Run adds the API user.
func (c *keyAddCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	username, secret, err := a.AddKey(ctx, app.System, pay.MerchantID(c.ID))
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": c.ID, "username": username, "password": secret})
}

type keyEndCmd struct {
	ID       string `arg:"" help:"Id of the shop."`
	Username string `arg:"" help:"API user to end."`
}

// Run ends the API user.
func (c *keyEndCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if err := a.EndKey(ctx, app.System, pay.MerchantID(c.ID), c.Username); err != nil {
		return err
	}
	fmt.Println(c.Username + " ended; running servers refuse it within five seconds")
	return nil
}

type keyListCmd struct {
	ID string `arg:"" help:"Id of the shop."`
}

// Run lists the API users.
func (c *keyListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	keys, err := a.DB.CredentialsOf(ctx, pay.MerchantID(c.ID))
	if err != nil {
		return err
	}
	t := newTable("API user", "Active")
	for _, k := range keys {
		t.AppendRow(table.Row{k.Username, k.Active})
	}
	t.Render()
	return nil
}

type merchantWebhookCmd struct {
	ID  string `arg:"" help:"Id of the shop."`
	URL string `name:"url" help:"Public https address that events are posted to; empty exchanges the secret only."`
	End bool   `help:"Send no more events."`
}

// Run stores the address or exchanges the secret, and prints the secret once.
func (c *merchantWebhookCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	id := pay.MerchantID(c.ID)
	if c.End && c.URL != "" {
		return errors.New("--end and --url exclude each other")
	}
	if c.End {
		return a.DropEndpoint(ctx, app.System, id)
	}
	secret, err := a.SetEndpoint(ctx, app.System, app.Key{}, id, c.URL)
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": c.ID, "secret": secret})
}

type merchantListCmd struct{}

// Run lists the shops.
func (*merchantListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	shops, err := a.DB.Merchants(ctx)
	if err != nil {
		return err
	}
	t := newTable("Shop", "Id", "Status", "Mode", "Methods")
	for _, m := range shops {
		t.AppendRow(table.Row{m.Name, m.ID, m.Status, m.Mode, strings.Join(m.Methods, " ")})
	}
	t.Render()
	return nil
}
