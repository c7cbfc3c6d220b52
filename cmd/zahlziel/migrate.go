package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/store"
	"zahlziel/vault"
)

type migrateCmd struct {
	Lanes int    `help:"Groups that a new PostgreSQL database commits side by side: more where cores are many or commits are slow, as with a synchronous standby." default:"1"`
	Test  bool   `help:"Make a new installation for tests: its days may run ahead of the calendar."`
	Day   string `help:"First business day of a new test installation, YYYY-MM-DD; today if empty." placeholder:"DATE"`
}

// Run creates or updates the installation and says where it is.
func (c *migrateCmd) Run(ctx context.Context, p *place) error {
	clock := app.NewClock(nil)
	first, err := c.firstDay(clock)
	if err != nil {
		return err
	}
	db, err := p.openDB(ctx, clock)
	if err != nil {
		return err
	}
	if err := c.migrate(ctx, p, db, first); err != nil {
		return errors.Join(err, db.Close())
	}
	fmt.Printf("database %s is ready; master key in %s (keep a copy: without it all personal data are lost)\n", db.URL, p.keyFile())
	return db.Close()
}

func (c *migrateCmd) firstDay(clock *app.Clock) (cal.Day, error) {
	if c.Day == "" {
		return clock.Today(), nil
	}
	if !c.Test {
		return cal.NoDay, errors.New("--day is for test installations only: add --test")
	}
	return cal.ParseDay(c.Day)
}

// migrate creates what is missing: schema, lanes, master key.
func (c *migrateCmd) migrate(ctx context.Context, p *place, db *store.DB, first cal.Day) error {
	if c.Test {
		if err := db.CheckSchema(ctx); !errors.Is(err, store.ErrUninitialised) {
			return errors.Join(fmt.Errorf("%s exists already: --test makes a new installation only, choose another place", db.URL), err)
		}
	}
	if err := db.Migrate(ctx, first, c.Lanes); err != nil {
		return err
	}
	if err := db.CheckSchema(ctx); err != nil {
		return err // a newer program was here before
	}
	if c.Test {
		if err := db.PutSetting(ctx, settingDemo, testOnly); err != nil {
			return err
		}
	}
	if _, err := os.Stat(p.keyFile()); errors.Is(err, os.ErrNotExist) && os.Getenv(vault.EnvMaster) == "" {
		_, err := vault.Create(p.keyFile())
		return err
	}
	return nil
}
