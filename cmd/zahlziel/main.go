// Command zahlziel is the whole platform in one binary: server, demo world, bank import, day run, audit and bench.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// version is set at build time.
var version = "dev"

// cli is every command with its flags; each flag is also an environment variable ZAHLZIEL_*.
type cli struct {
	place

	Serve   serveCmd   `cmd:"" help:"Serve shops, consumers and the desk."`
	Demo    demoCmd    `cmd:"" help:"Make a living demo world and serve it."`
	Migrate migrateCmd `cmd:"" help:"Create the database and its keys, or bring the schema up to date."`
	Import  importCmd  `cmd:"" help:"Import files of a bank, and sanctions lists."`
	Day     dayCmd     `cmd:"" help:"Run the business day: expiries, due days, reminders, payouts."`
	Audit   auditCmd   `cmd:"" help:"Prove that the books balance and the chains are unbroken."`
	Credit  creditCmd  `cmd:"" help:"Replay stored decisions, compute ways back, policies and points cards, measurements."`
	Bench   benchCmd   `cmd:"" help:"Measure this machine under a realistic load."`
	Admin   adminCmd   `cmd:"" help:"Merchants, staff and keys."`

	Version kong.VersionFlag `env:"-" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	slog.SetDefault(newLog(os.Stderr))
	var c cli
	parser := kong.Must(&c,
		kong.Name("zahlziel"),
		kong.Description("Self-hosted pay-later platform: buy on invoice, pay by bank transfer, books that prove themselves."),
		kong.DefaultEnvars("ZAHLZIEL"),
		kong.Vars{"version": version},
		kong.UsageOnError(),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	args := os.Args[1:]
	if len(args) == 0 {
		args = []string{"--help"}
	}
	k, err := parser.Parse(args)
	parser.FatalIfErrorf(err)
	if err := k.Run(&c.place); err != nil {
		fmt.Fprintln(os.Stderr, "zahlziel: "+err.Error())
		os.Exit(1)
	}
}
