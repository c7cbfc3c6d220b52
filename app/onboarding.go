package app

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/gateway/sanctions"
	"zahlziel/pay"
	"zahlziel/vault"
)

// MerchantAgreement is the version of the agreement on the purchase of receivables that new merchants sign.
const MerchantAgreement = "2026-11"

// NewMerchant is a merchant with what the operator must know before it may sell.
type NewMerchant struct {
	pay.Merchant
	Owners   []pay.Owner
	Username string // of the first API user; made if empty
	UserMail string // address of the first owner at the merchant's pages; the merchant's own if empty
}

// Bounds of a merchant's terms.
const (
	feeRateMax     = 20_00 // percent x 100
	feeFixedMax    = 10_00 // minor units
	settleMax      = 60    // bank days
	orderMaxMax    = 1e9   // minor units
	exposureMaxMax = 1e12  // minor units
	ownersMax      = 10    // persons
	originsMax     = 10
	nameMax        = 200 // bytes
)

// Onboard stores a merchant that waits for two people to activate it, with its first API user; the secret is shown only once.
func (a *App) Onboard(ctx context.Context, who Actor, n NewMerchant) (pay.Merchant, string, string, error) {
	if !who.System && !who.Can(DeedOnboard) {
		return n.Merchant, "", "", errForbidden
	}
	if n.Username == "" {
		n.Username = newUsername()
	}
	if n.UserMail == "" {
		n.UserMail = n.Email
	}
	if err := a.checkMerchant(&n); err != nil {
		return n.Merchant, "", "", err
	}
	if taken, err := a.DB.Credential(ctx, n.Username); err != nil {
		return n.Merchant, "", "", err
	} else if taken != nil {
		return n.Merchant, "", "", pay.Errorf(pay.Conflict, "user_taken", "username", "The API user %s exists already; choose another", n.Username)
	}
	n.ID, n.Status, n.OperatorID, n.Held = pay.MerchantID(a.newID(pay.PrefixMerchant)), pay.MerchantPending, a.Operator().ID, false
	n.Application.Agreement, n.Application.Cleared = MerchantAgreement, nil
	n.Application.Owners = a.Vault.RowKey(string(n.ID)).Seal("owners", mustJSON(n.Owners))
	m, secret, err := a.createMerchant(ctx, n.Merchant, n.Username)
	if err != nil {
		return m, "", "", err
	}
	if err := a.audit(ctx, who, "merchant_create", bucketOf(m.ID), string(m.ID), m.Mode); err != nil {
		return m, "", "", err
	}
	_, err = a.InviteMerchantUser(ctx, who, m.ID, pay.MerchantPerson{Email: n.UserMail}, pay.RoleOwner)
	return m, n.Username, secret, err
}

// EditApplication replaces what a pending merchant has told, mode and API users excepted. A step that was asked for is then
// about other terms and must be asked for again.
func (a *App) EditApplication(ctx context.Context, who Actor, id pay.MerchantID, n NewMerchant) error {
	old, err := a.applicant(ctx, who, id)
	if err != nil {
		return err
	}
	n.Mode = old.Mode
	n.UserMail = n.Email
	if err := a.checkMerchant(&n); err != nil {
		return err
	}
	n.ID, n.Status, n.OperatorID, n.CreatedAt, n.Address, n.Held = old.ID, old.Status, old.OperatorID, old.CreatedAt, old.Address, old.Held
	n.Application.Agreement = MerchantAgreement
	n.Application.Cleared = old.Application.Cleared // each names whom it cleared, so a new name is looked at again
	before, err := a.owners(old)
	if err != nil {
		return err
	}
	if n.Application.Owners = old.Application.Owners; !slices.Equal(before, n.Owners) {
		n.Application.Owners = a.Vault.RowKey(string(id)).Seal("owners", mustJSON(n.Owners))
	}
	changed := changedTerms(old, &n.Merchant)
	if len(changed) == 0 {
		return nil
	}
	if err := a.DB.PutMerchant(ctx, n.Merchant); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "merchant_edit", bucketOf(id), string(id), strings.Join(changed, " ")); err != nil {
		return err
	}
	return a.Reload(ctx)
}

// applicant reads a merchant whose application can still be changed.
func (a *App) applicant(ctx context.Context, who Actor, id pay.MerchantID) (*pay.Merchant, error) {
	if !who.Can(DeedOnboard) {
		return nil, errForbidden
	}
	m, err := a.freshMerchant(ctx, id)
	if err != nil {
		return nil, err
	}
	if m.Status != pay.MerchantPending {
		return nil, pay.Errorf(pay.Conflict, "not_pending", "", "This merchant does not wait for its activation")
	}
	if m.Application == nil {
		return nil, errIncomplete
	}
	return m, nil
}

// changedTerms names the members that differ, without their values: they may be personal data.
func changedTerms(old, now *pay.Merchant) (names []string) {
	var x, y map[string]json.RawMessage
	_, _ = json.Unmarshal(mustJSON(old), &x), json.Unmarshal(mustJSON(now), &y) // our own plain structs
	for name := range y {
		if string(x[name]) != string(y[name]) {
			names = append(names, name)
		}
	}
	for name := range x {
		if _, still := y[name]; !still {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

var errIncomplete = pay.Errorf(pay.Refused, "incomplete", "", "Nothing is known about who is behind this merchant; create it again with an application")

func newUsername() string { return "shop-" + strings.ToLower(vault.Token()[:8]) }

// checkMerchant refuses what a merchant cannot be activated with.
func (a *App) checkMerchant(n *NewMerchant) error {
	bad := func(field, hint string) error { return pay.Errorf(pay.Invalid, "bad_"+field, field, "%s", hint) }
	app := n.Application
	iban, ibanErr := bankfile.ParseIBAN(n.PayoutIBAN)
	site, siteErr := url.Parse(n.WebsiteURL)
	switch {
	case strings.TrimSpace(n.Name) == "" || len(n.Name) > nameMax:
		return bad("name", "Enter the name of the shop")
	case app == nil || strings.TrimSpace(app.Legal) == "" || len(app.Legal) > nameMax:
		return bad("legal", "Enter the legal entity behind the shop")
	case len(n.Owners) == 0 || len(n.Owners) > ownersMax || slices.ContainsFunc(n.Owners, func(o pay.Owner) bool { return !a.plausibleOwner(o) }):
		return bad("owners", "Enter each owner with first and family name and birth date")
	case siteErr != nil || site.Host == "" || site.Scheme != "https" && !(a.Demo && site.Scheme == "http"):
		return bad("website", "Enter the shop's web address, beginning with https://")
	case !looksLikeEmail(n.Email):
		return bad("email", "Enter an e-mail address such as name@example.org")
	case !looksLikeEmail(n.UserMail):
		return bad("user", "Enter the e-mail address of who uses the shop's pages, such as name@example.org")
	case ibanErr != nil:
		return bad("iban", "Enter the IBAN that payouts go to")
	case !slices.Contains(pay.Goods, app.Goods):
		return bad("goods", "Choose one of "+strings.Join(pay.Goods, ", "))
	case n.Mode != pay.ModeTest && n.Mode != pay.ModeLive:
		return bad("mode", "Choose test or live")
	case n.Market != pay.Germany.Code:
		return bad("market", "Choose a market in which this installation sells: "+pay.Germany.Code)
	}
	n.PayoutIBAN = string(iban)
	if err := CheckOrigins(n.Origins, a.Demo); err != nil {
		return err
	}
	return checkTerms(&n.Merchant, bad)
}

// CheckOrigins says which of the origins that may show a checkout in a frame is none: scheme and host, with a port or without,
// and nothing behind it. insecure allows http, for installations on one computer.
func CheckOrigins(origins []string, insecure bool) error {
	if len(origins) > originsMax {
		return pay.Errorf(pay.Invalid, "bad_origins", "origins", "Enter at most %d origins", originsMax)
	}
	for _, o := range origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Scheme != "https" && !(insecure && u.Scheme == "http") || u.Scheme+"://"+u.Host != o || o != strings.ToLower(o) || strings.ContainsAny(o, "*;, '\"") {
			return pay.Errorf(pay.Invalid, "bad_origins", "origins", "Enter origins such as https://shop.example, in lower case and without a path")
		}
	}
	return nil
}

func checkTerms(m *pay.Merchant, bad func(field, hint string) error) error {
	switch {
	case len(m.Methods) == 0 || slices.ContainsFunc(m.Methods, func(name string) bool { _, ok := pay.Term(name); return !ok }):
		return bad("methods", "Choose from invoice_14, invoice_30, pay_later, prepayment")
	case m.FeeRate < 0 || m.FeeRate > feeRateMax:
		return bad("fee_rate", "Enter a fee between 0 and 20 percent")
	case m.FeeFixed < 0 || m.FeeFixed > feeFixedMax:
		return bad("fee_fixed", "Enter a fixed fee between 0 and 10")
	case m.SettleDays < 0 || m.SettleDays > settleMax:
		return bad("settle", "Enter 0 to 60 bank days")
	case m.OrderMax < 0 || m.OrderMax > orderMaxMax:
		return bad("order_max", "Enter an amount, or nothing for no bound")
	case m.ExposureMax < 0 || m.ExposureMax > exposureMaxMax:
		return bad("exposure_max", "Enter an amount, or nothing for the bound of the fraud rules")
	}
	if err := m.Settlement.Check(); err != nil {
		return err
	}
	return nil
}

func (a *App) plausibleOwner(o pay.Owner) bool {
	return len(strings.Fields(o.Name)) >= 2 && len(o.Name) <= nameMax && o.Born.IsSet() && o.Born >= cal.Date(1900, 1, 1) && o.Born < a.Clock.Today()
}

// OwnerHit is an entry of a sanctions list that an owner or the legal entity may be.
type OwnerHit struct {
	Who, List, Entry, Listed, Birth, Programme string
	key                                        string
}

// owners opens the persons behind a merchant.
func (a *App) owners(m *pay.Merchant) ([]pay.Owner, error) {
	if m.Application == nil {
		return nil, nil
	}
	b, err := a.Vault.RowKey(string(m.ID)).Open("owners", m.Application.Owners)
	if err != nil {
		return nil, err
	}
	var out []pay.Owner
	return out, json.Unmarshal(b, &out)
}

// ownerHits holds the owners, the legal entity and the shop's name against all lists; what was cleared stays cleared as long as the list
// says the same.
func (a *App) ownerHits(m *pay.Merchant) ([]OwnerHit, error) {
	owners, err := a.owners(m)
	a.mu.RLock()
	index := a.screening.index
	a.mu.RUnlock()
	if err != nil || index == nil || m.Application == nil {
		return nil, err
	}
	subjects := []sanctions.Subject{{Name: m.Application.Legal, Born: cal.NoDay, Organisation: true}, {Name: m.Name, Born: cal.NoDay, Organisation: true}}
	for _, o := range owners {
		subjects = append(subjects, sanctions.Subject{Name: o.Name, Born: o.Born})
	}
	var out []OwnerHit
	for _, s := range subjects {
		for _, h := range index.Find(s) {
			key := s.Name + " " + h.List + " " + h.Entry.Ref + " " + h.Entry.Digest()
			key = a.Vault.MAC("cleared", key)
			if !slices.Contains(m.Application.Cleared, key) {
				out = append(out, OwnerHit{s.Name, h.List, h.Entry.Ref, h.Name, h.Birth, h.Entry.Programme, key})
			}
		}
	}
	return out, nil
}

// ClearOwners notes that the people behind a merchant are not those of the lists that it was held against, and ends its hold,
// also where the lists have dropped the entry since.
func (a *App) ClearOwners(ctx context.Context, who Actor, id pay.MerchantID, reason string) error {
	if !who.Can(DeedScreening) {
		return errForbidden
	}
	if reason = strings.TrimSpace(reason); len(reason) < reasonMin || len(reason) > reasonMax {
		return errReason
	}
	m, err := a.freshMerchant(ctx, id)
	if err != nil {
		return err
	}
	hits, err := a.ownerHits(m)
	if err != nil || len(hits) == 0 && !m.Held {
		return err
	}
	if len(hits) > 0 {
		next := *m.Application
		next.Cleared = slices.Clone(next.Cleared)
		for _, h := range hits {
			next.Cleared = append(next.Cleared, h.key)
		}
		m.Application = &next
	}
	m.Held = false
	if err := a.DB.PutMerchant(ctx, *m); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "merchant_cleared", bucketOf(id), string(id), fmt.Sprintf("%d hits: %s", len(hits), reason)); err != nil {
		return err
	}
	return a.Reload(ctx)
}

// freshMerchant reads a merchant again; another process may have changed it.
func (a *App) freshMerchant(ctx context.Context, id pay.MerchantID) (*pay.Merchant, error) {
	if err := a.Reload(ctx); err != nil {
		return nil, err
	}
	if m := a.merchant(id); m != nil {
		return m, nil
	}
	return nil, pay.Errorf(pay.Missing, "no_such_merchant", "", "There is no such merchant")
}

// termsDigest names what two people activate.
func termsDigest(m *pay.Merchant) string { return sha(mustJSON(m)) }

// pendingMerchant reads a merchant that can be activated now.
func (a *App) pendingMerchant(ctx context.Context, who Actor, id pay.MerchantID) (*pay.Merchant, error) {
	m, err := a.applicant(ctx, who, id)
	if err != nil {
		return nil, err
	}
	hits, err := a.ownerHits(m)
	if err == nil && len(hits) > 0 {
		err = pay.Errorf(pay.Refused, "sanctions_hit", "", "Somebody behind this merchant may be on a sanctions list; that must be cleared first")
	}
	return m, err
}

// AskActivation asks for a pending merchant to be activated on the terms it has now.
func (a *App) AskActivation(ctx context.Context, who Actor, id pay.MerchantID) error {
	m, err := a.pendingMerchant(ctx, who, id)
	if err != nil {
		return err
	}
	step := pay.Activation{MerchantID: id, Deed: pay.StepActivate, Digest: termsDigest(m), AskedBy: who.String(), AskedAt: a.Clock.Now()}
	asked, err := a.DB.AskActivation(ctx, step)
	if err != nil {
		return err
	}
	if !asked {
		return pay.Errorf(pay.Conflict, "not_pending", "", "Somebody confirmed the activation meanwhile")
	}
	return a.audit(ctx, who, "merchant_asked", bucketOf(id), string(id), step.Digest[:12])
}

// ConfirmActivation is the second pair of eyes: the merchant may sell once somebody else than who asked has confirmed exactly
// the terms that were asked for.
func (a *App) ConfirmActivation(ctx context.Context, who Actor, id pay.MerchantID, digest string) error {
	m, err := a.pendingMerchant(ctx, who, id)
	if err != nil {
		return err
	}
	step, err := a.DB.Activation(ctx, id)
	switch {
	case err != nil:
		return err
	case step == nil || step.Deed == pay.StepClose:
		return errNothingWaits
	case step.AskedBy == who.String():
		return pay.Errorf(pay.Forbidden, "four_eyes", "", "You asked for this activation yourself; another person must confirm it")
	case step.Digest != digest || step.Digest != termsDigest(m):
		return pay.Errorf(pay.Conflict, "terms_changed", "", "The merchant changed since somebody asked; read it again and ask again")
	}
	if step.ConfirmedBy == "" { // otherwise a confirmation was stopped halfway and is only finished here
		done, err := a.DB.ConfirmActivation(ctx, *step, who.String(), a.Clock.Now())
		if err != nil {
			return err
		}
		if !done {
			return pay.Errorf(pay.Conflict, "terms_changed", "", "The step changed meanwhile; read it again")
		}
	}
	m.Status = pay.MerchantActive
	if err := a.DB.PutMerchant(ctx, *m); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "merchant_activated", bucketOf(id), string(id), step.Digest[:12]); err != nil {
		return err
	}
	return a.Reload(ctx)
}
