package sim

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

// Demo is what a person needs to walk through a demo world; it is the content of demo.json.
type Demo struct {
	BaseURL      string         `json:"base_url"`
	MailboxURL   string         `json:"mailbox_url"`
	OperatorIBAN string         `json:"operator_iban"`
	Merchants    []DemoMerchant `json:"merchants"`
	Consumers    []DemoConsumer `json:"consumers"`
	Staff        []DemoStaff    `json:"staff"`
}

// DemoMerchant is a shop with its API login.
type DemoMerchant struct {
	ID       pay.MerchantID `json:"id"`
	Name     string         `json:"name"`
	Username string         `json:"username"`
	Password string         `json:"password"`
	Mode     string         `json:"mode"`

	Users []DemoMerchantUser `json:"users,omitempty"` // who may sign in to the shop's pages, by a mailed link
}

// DemoMerchantUser is a person of a shop.
type DemoMerchantUser struct {
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  string `json:"role"`
}

// DemoConsumer is a person with what became of them.
type DemoConsumer struct {
	ID        pay.ConsumerID `json:"id"`
	Email     string         `json:"email"`
	BirthDate string         `json:"birth_date"`
	State     string         `json:"state"`
}

// DemoStaff is a login at the desk.
type DemoStaff struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Role     string `json:"role"`
}

// demo hires the staff and writes everything down.
func (w *world) demo(ctx context.Context) (*Demo, error) {
	d := &Demo{BaseURL: w.a.BaseURL, MailboxURL: w.a.BaseURL + "/mailbox/", OperatorIBAN: w.a.Operator().IBAN}
	for _, s := range w.shops {
		m := DemoMerchant{ID: s.merchant.ID, Name: s.merchant.Name, Username: s.username, Password: s.password, Mode: s.merchant.Mode}
		_, domain, _ := strings.Cut(s.merchant.Email, "@")
		for _, u := range []DemoMerchantUser{{s.merchant.Email, "Marlene Sand", pay.RoleOwner}, {"lager@" + domain, "Tarek Blum", pay.RoleMember}} {
			if _, err := w.a.InviteMerchantUser(ctx, app.System, m.ID, pay.MerchantPerson{Email: u.Email, Name: u.Name}, u.Role); err != nil {
				return nil, err
			}
			m.Users = append(m.Users, u)
		}
		d.Merchants = append(d.Merchants, m)
	}
	for _, p := range w.players {
		d.Consumers = append(d.Consumers, DemoConsumer{p.id, p.person.address.Email, p.person.born.String(), p.state})
	}
	for _, role := range app.Roles {
		s := DemoStaff{role + "@zahlziel.example", secret(), role}
		if _, err := w.a.CreateStaff(ctx, app.System, pay.Staff{Email: s.Email, Name: "Demo " + role, Role: role}, s.Password); err != nil {
			return nil, err
		}
		d.Staff = append(d.Staff, s)
	}
	return d, nil
}

// Write stores the demo as JSON, readable by its owner only, because it holds passwords.
func (d *Demo) Write(path string) error {
	b, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Chmod(path, 0o600)
}

// ReadDemo reads what Write stored.
func ReadDemo(path string) (*Demo, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d := new(Demo)
	return d, json.Unmarshal(b, d)
}
