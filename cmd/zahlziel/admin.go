package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jedib0t/go-pretty/v6/table"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/pay"
	"zahlziel/vault"
)

type adminCmd struct {
	Merchant struct {
		Create   merchantCreateCmd   `cmd:"" help:"Create a shop with one API user; its secret is printed once."`
		Activate merchantActivateCmd `cmd:"" help:"Ask for the activation of a pending shop, or confirm it as another person."`
		Close    merchantCloseCmd    `cmd:"" help:"Ask to refuse a pending shop or to end a shop's sales, or confirm it as another person."`
		User     merchantUserCmd     `cmd:"" help:"People who sign in to the shop's pages."`
		Key      merchantKeyCmd      `cmd:"" help:"API users of a shop; several can be live at once."`
		Webhook  merchantWebhookCmd  `cmd:"" help:"Where a shop wants events."`
		List     merchantListCmd     `cmd:"" help:"List the shops."`
		Settle   merchantSettleCmd   `cmd:"" help:"Set when and how a shop is paid."`
	} `cmd:"" help:"Shops."`
	Staff struct {
		Create staffCreateCmd `cmd:"" help:"Create a person at the desk; a password is printed once."`
		List   staffListCmd   `cmd:"" help:"List the people at the desk."`
	} `cmd:"" help:"People at the desk."`
	Fraud    adminFraudCmd `cmd:"" help:"Lists of the fraud rules."`
	Operator operatorCmd   `cmd:"" help:"Set the legal entity that runs this installation."`
	Key      struct {
		Create apiKeyCreateCmd `cmd:"" help:"Create an API key of a shop; it is printed once."`
		List   apiKeyListCmd   `cmd:"" help:"List the API keys of the shops."`
		Revoke apiKeyRevokeCmd `cmd:"" help:"Let an API key end, now or after a while."`
		Rotate keyRotateCmd    `cmd:"" help:"Add a new master key and wrap all data keys with it."`
		Rewrap keyRewrapCmd    `cmd:"" help:"Go on with a rotation that was interrupted."`
	} `cmd:"" help:"API keys of shops; the master key."`
}

type operatorCmd struct {
	Name     string `required:"" help:"Name of the company."`
	IBAN     string `required:"" help:"Account that consumers pay to."`
	BIC      string `required:"" help:"BIC of its bank."`
	Bank     string `help:"Name of its bank."`
	Street   string `required:""`
	Postcode string `required:""`
	City     string `required:""`
	Email    string `required:"" help:"Address for consumers' questions."`
	Phone    string `help:"Number for consumers' questions."`
	Hours    string `help:"When somebody answers."`
	Register string `help:"Court and number of the commercial register."`
	DebtHelp string `name:"debt-help" help:"Address of free debt advice." default:"https://www.meine-schulden.de/beratung"`
	Licence  string `enum:"factoring,credit_institution,software_only" default:"factoring" help:"factoring, credit_institution or software_only."`
	Purchase bool   `default:"true" negatable:"" help:"The operator buys the receivables, so a deferral is consumer credit."`
}

// Run stores the operator.
func (c *operatorCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	iban, err := bankfile.ParseIBAN(c.IBAN)
	if err != nil {
		return err
	}
	o := a.Operator()
	if o.ID == "" {
		o.ID = "opr_main"
	}
	o.Name, o.Licence, o.Purchase, o.IBAN, o.BIC, o.Bank = c.Name, c.Licence, c.Purchase, string(iban), c.BIC, c.Bank
	o.Address = pay.Address{Organization: c.Name, Street: c.Street, PostalCode: c.Postcode, City: c.City, Country: pay.Germany.Code}
	o.Email, o.Phone, o.Hours, o.RegisterNo, o.DebtHelp = c.Email, c.Phone, c.Hours, c.Register, c.DebtHelp
	if err := a.DB.PutOperator(ctx, o); err != nil {
		return err
	}
	fmt.Println("operator stored; restart running servers")
	return nil
}

type staffCreateCmd struct {
	Email string `arg:"" help:"Address to sign in with."`
	Name  string `required:"" help:"The person's name."`
	Role  string `required:"" enum:"support,collections,finance,risk,admin" help:"support, collections, finance, risk or admin."`
}

// Run creates the person and prints the password.
func (c *staffCreateCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	password := vault.Token()[:20]
	s, err := a.CreateStaff(ctx, app.System, pay.Staff{Email: c.Email, Name: c.Name, Role: c.Role}, password)
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": string(s.ID), "email": s.Email, "role": s.Role, "password": password})
}

type staffListCmd struct{}

// Run lists the people at the desk.
func (*staffListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	people, err := a.DB.AllStaff(ctx)
	if err != nil {
		return err
	}
	t := newTable("E-mail", "Name", "Role", "Active")
	for _, s := range people {
		t.AppendRow(table.Row{s.Email, s.Name, s.Role, s.Active})
	}
	t.Render()
	return nil
}

type keyRotateCmd struct{}

// Run adds a key and wraps all data keys with it. A running server knows only the keys it was started with.
func (*keyRotateCmd) Run(ctx context.Context, p *place) error {
	if os.Getenv(vault.EnvMaster) != "" {
		return errors.New("the master key comes from " + vault.EnvMaster + ": put its content into a file, rotate there, and set the variable to the new content")
	}
	if _, err := vault.Rotate(p.keyFile()); err != nil {
		return err
	}
	return rewrapAll(ctx, p)
}

type keyRewrapCmd struct{}

// Run wraps all data keys with the newest master key.
func (*keyRewrapCmd) Run(ctx context.Context, p *place) error { return rewrapAll(ctx, p) }

func rewrapAll(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	n, err := a.RewrapKeys(ctx, nil)
	if err != nil {
		return fmt.Errorf("%d data keys are wrapped anew, then: %w; run `zahlziel admin key rewrap` to go on", n, err)
	}
	fmt.Printf("%d data keys are wrapped with the newest key of %s; keep a copy of that file and restart running servers\n", n, p.keyFile())
	return nil
}

// newTable is a table on standard output.
func newTable(head ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(os.Stdout)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(head)
	return t
}
