package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"zahlziel/app"
	"zahlziel/gateway"
	"zahlziel/gateway/account"
	"zahlziel/gateway/address"
	"zahlziel/gateway/affordability"
	"zahlziel/gateway/bureau"
	"zahlziel/gateway/identity"
	"zahlziel/gateway/letter"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
)

// partner is how one outside source is reached. Without an address there is none.
type partner struct {
	URL     string        `help:"https address of the source." placeholder:"URL"`
	Secret  string        `help:"Shared secret; better given by the environment." placeholder:"SECRET"`
	Auth    string        `help:"How we prove who asks." enum:"bearer,hmac" default:"bearer"`
	Timeout time.Duration `help:"How long an answer may take." default:"2500ms"`
	Name    string        `help:"How people know the source; used where it does not answer." placeholder:"NAME"`
}

func (p partner) config() gateway.Config {
	return gateway.Config{URL: p.URL, Secret: p.Secret, Auth: p.Auth, Timeout: p.Timeout}
}

// partners are all outside sources, see docs/sources.md.
type partners struct {
	Identity      partner `embed:"" prefix:"identity-" group:"sources"`
	Account       partner `embed:"" prefix:"account-" group:"sources"`
	Address       partner `embed:"" prefix:"address-" group:"sources"`
	Bureau        partner `embed:"" prefix:"bureau-" group:"sources"`
	Affordability partner `embed:"" prefix:"affordability-" group:"sources"`
	Letter        partner `embed:"" prefix:"letter-" group:"sources"`
}

// sources builds the adapters of the sources that have an address.
func (p partners) sources() (s app.Sources, err error) {
	for _, one := range []struct {
		name string
		p    *partner
		make func(gateway.Config) error
	}{
		{"identity", &p.Identity, func(c gateway.Config) error { h, err := identity.NewHTTP(c); s.Identity = h; return err }},
		{"account", &p.Account, func(c gateway.Config) error { h, err := account.NewHTTP(c); s.Account = h; return err }},
		{"address", &p.Address, func(c gateway.Config) error { h, err := address.NewHTTP(c); s.Address = h; return err }},
		{"bureau", &p.Bureau, func(c gateway.Config) error { h, err := bureau.NewHTTP(c); s.Bureau = h; return err }},
		{"affordability", &p.Affordability, func(c gateway.Config) error { h, err := affordability.NewHTTP(c); s.Affordability = h; return err }},
		{"letter", &p.Letter, func(c gateway.Config) error { h, err := letter.NewHTTP(c); s.Letter = h; return err }},
	} {
		if one.p.URL == "" {
			continue
		}
		if err := one.make(one.p.config()); err != nil {
			return s, fmt.Errorf("--%s-url: %w", one.name, err)
		}
	}
	s.BureauName, s.AffordabilityName = p.Bureau.known(), p.Affordability.known()
	if s.Bureau != nil && s.BureauName == "" || s.Affordability != nil && s.AffordabilityName == "" {
		return s, fmt.Errorf("--bureau-name and --affordability-name say how people know a source; a reason must name it")
	}
	return s, nil
}

func (p partner) known() string { return gateway.Plain(p.Name, 80) }

type importSanctionsCmd struct {
	Files []string `arg:"" help:"Consolidated lists: the EU's XML export 1.1, the UN's XML." type:"path"`
}

// Run reads each list; everybody is held against it by jobs of the running server.
func (c *importSanctionsCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	return eachFile(c.Files, func(_ string, f *os.File) error {
		info, err := a.ImportSanctions(ctx, app.System, f)
		if err != nil {
			return err
		}
		return printJSON(info)
	})
}

// letterBox shows the letters of a demo among its mails.
type letterBox struct {
	sender mail.Sender
	from   string
	now    func() pay.Micros
}

// Send mails a letter's paper to nobody in particular.
func (b letterBox) Send(ctx context.Context, l letter.Letter) error {
	_, domain, _ := strings.Cut(strings.TrimSuffix(b.from, ">"), "@")
	return b.sender.Send(ctx, mail.Message{From: b.from, To: "letters@" + domain, Subject: "Letter to " + strings.Join(l.Lines, ", "),
		Text: "This letter would be printed and posted.", MessageID: l.ID + "@" + domain, Date: time.UnixMicro(b.now()), Language: l.Language,
		Attachments: []mail.Attachment{{Name: "letter.pdf", Type: "application/pdf", Data: l.PDF}}})
}
