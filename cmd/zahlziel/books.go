package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
)

type importCmd struct {
	Bank      importBankCmd      `cmd:"" help:"Book statements (camt.053); announcements (camt.052, camt.054) are only counted."`
	Sanctions importSanctionsCmd `cmd:"" help:"Replace sanctions lists by newer editions and hold everybody against them."`
}

type importBankCmd struct {
	Check bool     `help:"Only parse the files and print a summary of each as JSON."`
	Files []string `arg:"" help:"Files of the bank." type:"path"`
}

// Run imports or checks each file; a file that is wrong is named and the others go on.
func (c *importBankCmd) Run(ctx context.Context, p *place) error {
	if c.Check {
		return c.check()
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	return eachFile(c.Files, func(path string, f *os.File) error {
		report, err := a.ImportBank(ctx, app.System, path, f, nil)
		if err != nil {
			return err
		}
		return printJSON(report)
	})
}

func (c *importBankCmd) check() error {
	return eachFile(c.Files, func(path string, f *os.File) error {
		s, err := bankfile.Check(f, path)
		if err != nil {
			return err
		}
		return printJSON(s)
	})
}

// eachFile runs f on each file and reports how many failed.
func eachFile(paths []string, f func(path string, file *os.File) error) error {
	failed := 0
	for _, path := range paths {
		err := func() error {
			file, err := os.Open(path)
			if err != nil {
				return err
			}
			defer file.Close()
			return f(path, file)
		}()
		if err != nil {
			failed++
			fmt.Fprintln(os.Stderr, err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files failed", failed, len(paths))
	}
	return nil
}

func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

type dayCmd struct {
	Run_ dayRunCmd `cmd:"" name:"run" help:"Move the business day forwards, one day after the other."`
}

type dayRunCmd struct {
	Until string `help:"Last day to run, YYYY-MM-DD; today if empty. Future days only in a demo or test installation." placeholder:"DATE"`
}

// Run runs the days; after a stop at any point the same command goes on where it stopped.
func (c *dayRunCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	until := a.Clock.Today()
	if c.Until != "" {
		if until, err = cal.ParseDay(c.Until); err != nil {
			return err
		}
	}
	bar := newBar("days")
	report, err := a.DayRun(ctx, until, bar.set)
	bar.done()
	if err != nil {
		return err
	}
	return printJSON(report)
}

type auditCmd struct{}

// Run proves the books and prints what was counted; the first difference ends it with an error.
func (*auditCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	report, err := a.Audit(ctx, func(line string) { fmt.Fprintln(os.Stderr, line) })
	if err != nil {
		return err
	}
	return printJSON(report)
}
