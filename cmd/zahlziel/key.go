package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"zahlziel/app"
	"zahlziel/pay"
)

type apiKeyCreateCmd struct {
	Merchant string   `arg:"" help:"Id of the shop; the key is for the shop's mode, test or live."`
	Name     string   `help:"What you call it, for example the program that uses it."`
	Scopes   []string `help:"What it may do, for example orders:read,orders:write; everything where none is named."`
}

// Run creates the key and prints it.
func (c *apiKeyCreateCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if len(c.Scopes) == 0 {
		c.Scopes = pay.Scopes
	}
	k, text, err := a.CreateKey(ctx, app.System, pay.MerchantID(c.Merchant), c.Name, c.Scopes)
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": string(k.ID), "mode": k.Mode, "scopes": strings.Join(k.Scopes, " "), "key": text})
}

type apiKeyListCmd struct{}

// Run lists the keys without their texts.
func (*apiKeyListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	all, err := a.DB.Keys(ctx)
	if err != nil {
		return err
	}
	t := newTable("Shop", "Key", "Name", "Mode", "Scopes", "Made", "Ends")
	for _, k := range all {
		ends := "-"
		if k.EndsAt != 0 {
			ends = time.UnixMicro(k.EndsAt).UTC().Format(time.RFC3339)
		}
		t.AppendRow(table.Row{a.MerchantName(k.MerchantID), k.ID, k.Name, k.Mode, strings.Join(k.Scopes, " "), time.UnixMicro(k.CreatedAt).UTC().Format(time.RFC3339), ends})
	}
	t.Render()
	return nil
}

type apiKeyRevokeCmd struct {
	ID    string        `arg:"" help:"Id of the key."`
	After time.Duration `help:"How long it goes on, for example 24h while programs change to another key." default:"0s"`
}

// Run lets the key end.
func (c *apiKeyRevokeCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	k, err := a.EndAPIKey(ctx, app.System, pay.KeyID(c.ID), c.After.Microseconds())
	if err != nil {
		return err
	}
	fmt.Printf("the key ends at %s; running servers notice within seconds\n", time.UnixMicro(k.EndsAt).UTC().Format(time.RFC3339))
	return nil
}
