package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/gateway/mail/catcher"
	"zahlziel/integrations/sampleshop"
	"zahlziel/pay"
	"zahlziel/sim"
	"zahlziel/store"
	"zahlziel/vault"
	"zahlziel/web"
)

type demoCmd struct {
	doors
	NoServe bool   `name:"no-serve" help:"Only make the world."`
	Seed    uint64 `help:"Another seed makes another world." default:"1"`
	Mailbox string `help:"Loopback address of the demo's mail server; port 0 takes a free one. Mails are shown at /mailbox/." default:"127.0.0.1:0"`
}

// Run makes the world where there is none, and serves it.
func (c *demoCmd) Run(ctx context.Context, p *place) error {
	if p.BaseURL == defaultBaseURL && c.Listen != defaultListen {
		p.BaseURL = "http://" + c.Listen
	}
	box, err := c.openMailbox()
	if err != nil {
		return err
	}
	defer box.Close()
	a, d, err := c.world(ctx, p)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if c.NoServe {
		fmt.Printf("the demo world is in %s; serve it with `zahlziel demo --data %s`\n", a.DB.URL, p.Data)
		return nil
	}
	d.BaseURL, d.MailboxURL = a.BaseURL, a.BaseURL+"/mailbox/"
	if err := d.Write(p.demoFile()); err != nil {
		return err
	}
	post, err := mail.NewSMTP(c.SMTP, 20*time.Second)
	if err != nil {
		return err
	}
	a.Sources.Letter = letterBox{post, c.MailFrom, a.Clock.Now}
	printDemo(d, p)
	shops, err := sim.ShopFronts(ctx, a, d)
	if err != nil {
		return err
	}
	return c.serve(ctx, a, func(mux *http.ServeMux) { addDemo(mux, a, shops, box) })
}

// openMailbox starts the mail server that delivers nothing and sends all mails there.
func (c *demoCmd) openMailbox() (*catcher.Catcher, error) {
	l, err := catcher.Listen(c.Mailbox)
	if err != nil {
		return nil, err
	}
	c.SMTP = "smtp://" + l.Addr().String()
	box := catcher.New(time.Now, catcher.Options{})
	go func() {
		if err := box.Serve(l); err != nil {
			slog.Error("mailbox", "error", err.Error())
		}
	}()
	return box, nil
}

// world opens the demo of the data folder, or makes it.
func (c *demoCmd) world(ctx context.Context, p *place) (*app.App, *sim.Demo, error) {
	clock := app.NewClock(nil)
	db, err := p.openDB(ctx, clock)
	if err != nil {
		return nil, nil, err
	}
	a, d, err := c.worldIn(ctx, p, db, clock)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return a, d, nil
}

func (c *demoCmd) worldIn(ctx context.Context, p *place, db *store.DB, clock *app.Clock) (*app.App, *sim.Demo, error) {
	switch err := db.CheckSchema(ctx); {
	case errors.Is(err, store.ErrUninitialised):
		return c.makeWorld(ctx, p, db, clock)
	case err != nil:
		return nil, nil, err
	}
	switch state, ok, err := db.Setting(ctx, settingDemo); {
	case err != nil:
		return nil, nil, err
	case !ok || state == testOnly:
		return nil, nil, fmt.Errorf("%s is an installation, but no demo: choose another folder with --data", db.URL)
	case state != demoReady:
		return nil, nil, fmt.Errorf("the demo world in %s was left unfinished: remove it and start again", db.URL)
	}
	d, err := sim.ReadDemo(p.demoFile())
	if err != nil {
		return nil, nil, fmt.Errorf("the logins of the demo are missing: %w; remove %s and start again", err, db.URL)
	}
	a, err := p.app(ctx, db, clock)
	if err != nil {
		return nil, nil, err
	}
	a.Demo = true
	bar := newBar("days")
	defer bar.done()
	_, err = a.DayRun(ctx, clock.Today(), bar.set) // time went on since the world was made
	return a, d, err
}

func (c *demoCmd) makeWorld(ctx context.Context, p *place, db *store.DB, clock *app.Clock) (*app.App, *sim.Demo, error) {
	today := clock.Today()
	if err := db.Migrate(ctx, today-sim.Days, 0); err != nil {
		return nil, nil, err
	}
	if err := db.PutSetting(ctx, settingDemo, demoHalf); err != nil {
		return nil, nil, err
	}
	if _, err := os.Stat(p.keyFile()); errors.Is(err, fs.ErrNotExist) && os.Getenv(vault.EnvMaster) == "" {
		if _, err := vault.Create(p.keyFile()); err != nil {
			return nil, nil, err
		}
	}
	a, err := p.app(ctx, db, clock)
	if err != nil {
		return nil, nil, err
	}
	a.Demo = true
	smtp, err := mail.NewSMTP(c.SMTP, 20*time.Second)
	if err != nil {
		return nil, nil, err
	}
	bar := newBar("a year of history, in days")
	d, err := sim.World(ctx, a, sim.Options{Seed: c.Seed, Day: today, Sender: recentMail{smtp, today - 14}, MailFrom: c.MailFrom, Progress: bar.set})
	bar.done()
	if err != nil {
		return nil, nil, err
	}
	if err := d.Write(p.demoFile()); err != nil {
		return nil, nil, err
	}
	return a, d, db.PutSetting(ctx, settingDemo, demoReady)
}

// recentMail puts only the last days' mails of the world's history into the mailbox.
type recentMail struct {
	mail.Sender
	since cal.Day
}

// Send sends what is recent.
func (r recentMail) Send(ctx context.Context, m mail.Message) error {
	if cal.DayOf(m.Date, pay.Germany.Zone) < r.since {
		return nil
	}
	return r.Sender.Send(ctx, m)
}

func (p *place) demoFile() string { return filepath.Join(p.Data, "demo.json") }

// addDemo mounts the mailbox and the two shops beside the doors.
func addDemo(mux *http.ServeMux, a *app.App, shops *sampleshop.Shops, box *catcher.Catcher) {
	mux.Handle("/mailbox/", http.StripPrefix("/mailbox", box.Handler()))
	site := web.New(web.Config{Demo: true, Secure: strings.HasPrefix(a.BaseURL, "https://"), Now: time.Now})
	mux.Handle(sampleshop.Path, site.Wrap(shops))
	mux.Handle(sampleshop.Path+"/", site.Wrap(shops))
}

// printDemo says where everything is and who may sign in.
func printDemo(d *sim.Demo, p *place) {
	t := newTable("Where", "Address")
	for _, row := range [][2]string{{"Demo shops", d.BaseURL + sampleshop.Path}, {"Portal of consumers", d.BaseURL + "/me"}, {"Pages of shops", d.BaseURL + "/merchant"}, {"Desk", d.BaseURL + "/desk"},
		{"Mailbox", d.MailboxURL}, {"Logins", p.demoFile()}} {
		t.AppendRow(table.Row{row[0], row[1]})
	}
	t.Render()
	t = newTable("Shop", "API user", "Password")
	for _, m := range d.Merchants {
		t.AppendRow(table.Row{m.Name, m.Username, m.Password})
	}
	t.Render()
	t = newTable("Shop", "Person at its pages", "Role")
	for _, m := range d.Merchants {
		for _, u := range m.Users {
			t.AppendRow(table.Row{m.Name, u.Email, u.Role})
		}
	}
	t.Render()
	t = newTable("Desk role", "E-mail", "Password")
	for _, s := range d.Staff {
		t.AppendRow(table.Row{s.Role, s.Email, s.Password})
	}
	t.Render()
	t = newTable("Consumer", "Born", "State")
	for _, c := range d.Consumers {
		t.AppendRow(table.Row{c.Email, c.BirthDate, strings.ReplaceAll(c.State, "_", " ")})
	}
	t.Render()
	fmt.Println("Consumers and people of shops sign in with their address; the link is in the mailbox. At the checkout their code is 000000.")
}

// The defaults of flags that are compared with.
const (
	defaultBaseURL = "http://127.0.0.1:8080"
	defaultListen  = "127.0.0.1:8080"
)
