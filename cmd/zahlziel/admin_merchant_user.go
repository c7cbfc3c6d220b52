package main

import (
	"context"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"

	"zahlziel/app"
	"zahlziel/pay"
)

type merchantUserCmd struct {
	Add  userAddCmd  `cmd:"" help:"Let a person sign in to the shop's pages; they are mailed where."`
	End  userEndCmd  `cmd:"" help:"End a person's access."`
	List userListCmd `cmd:"" help:"List the people of a shop."`
}

type userAddCmd struct {
	ID    string `arg:"" help:"Id of the shop."`
	Email string `arg:"" help:"Address to sign in with."`
	Name  string `help:"The person's name."`
	Role  string `enum:"owner,member" default:"owner" help:"A member reads; an owner also changes keys and people, and answers: ${enum}."`
	Lang  string `enum:"de,en" default:"de" help:"Language of the mails: ${enum}."`
}

// Run adds the person.
func (c *userAddCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	u, err := a.InviteMerchantUser(ctx, app.System, pay.MerchantID(c.ID), pay.MerchantPerson{Email: c.Email, Name: c.Name, Language: c.Lang}, c.Role)
	if err != nil {
		return err
	}
	return printJSON(map[string]string{"id": string(u.ID), "email": u.Email, "role": u.Role})
}

type userEndCmd struct {
	ID   string `arg:"" help:"Id of the shop."`
	User string `arg:"" help:"Id of the person, from the list."`
}

// Run ends the person's access.
func (c *userEndCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	if err := a.EndMerchantUser(ctx, app.System, pay.MerchantID(c.ID), pay.MerchantUserID(c.User)); err != nil {
		return err
	}
	fmt.Println("ended; what the person has open is closed")
	return nil
}

type userListCmd struct {
	ID string `arg:"" help:"Id of the shop."`
}

// Run lists the people.
func (c *userListCmd) Run(ctx context.Context, p *place) error {
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	people, err := a.MerchantUsers(ctx, app.System, pay.MerchantID(c.ID))
	if err != nil {
		return err
	}
	t := newTable("Id", "E-mail", "Name", "Role", "Active")
	for _, u := range people {
		t.AppendRow(table.Row{u.ID, u.Email, u.Name, u.Role, u.Active})
	}
	t.Render()
	return nil
}
