package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"zahlziel/app"
	"zahlziel/store"
	"zahlziel/vault"
)

// settingDemo names the setting of an installation that is a demo or for tests. These are its values.
const (
	settingDemo = "demo"
	demoReady   = "true"
	demoHalf    = "unfinished"
	testOnly    = "test"
)

// place says where an installation lives.
type place struct {
	Data     string `help:"Folder of the embedded database and of the master key." default:"data" placeholder:"DIR"`
	Database string `help:"postgres://... instead of the embedded database DIR/zahlziel.db." placeholder:"URL"`
	BaseURL  string `name:"base-url" help:"Address under which people and shops reach this server." default:"http://127.0.0.1:8080" placeholder:"URL"`
}

func (p *place) dsn() string {
	if p.Database != "" {
		return p.Database
	}
	return filepath.Join(p.Data, "zahlziel.db")
}

func (p *place) keyFile() string { return filepath.Join(p.Data, "master.key") }

// openDB opens the database without checking its schema.
func (p *place) openDB(ctx context.Context, clock *app.Clock) (*store.DB, error) {
	return store.Open(ctx, p.dsn(), store.Options{Now: clock.Now, OnDay: clock.Set})
}

// open opens an initialised installation.
func (p *place) open(ctx context.Context) (*app.App, error) {
	if p.Database == "" {
		if _, err := os.Stat(p.dsn()); errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("%s: %w", p.dsn(), store.ErrUninitialised)
		}
	}
	clock := app.NewClock(nil)
	db, err := p.openDB(ctx, clock)
	if err != nil {
		return nil, err
	}
	a, err := p.app(ctx, db, clock)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return a, nil
}

func (p *place) app(ctx context.Context, db *store.DB, clock *app.Clock) (*app.App, error) {
	if err := db.CheckSchema(ctx); err != nil {
		return nil, err
	}
	v, err := vault.Open(p.keyFile(), os.Getenv(vault.EnvMaster))
	if err != nil {
		return nil, err
	}
	a, err := app.New(ctx, db, v, clock, p.BaseURL)
	if err != nil {
		return nil, err
	}
	kind, _, err := db.Setting(ctx, settingDemo)
	a.Demo = kind == demoReady || kind == testOnly
	return a, err
}
