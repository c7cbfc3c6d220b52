package app

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// UnassignedPayment is a payment that waits for a person, with the invoices it may be meant for.
type UnassignedPayment struct {
	Payment     pay.Payment
	Text        pay.BankText
	Suggestions []Suggestion // the likeliest first
}

// Suggestion is an invoice that a payment may be meant for. It is never booked without a person.
type Suggestion struct {
	Consumer pay.ConsumerID
	Name     string
	Invoice  pay.Invoice
	Why      []string // clues that agree
	Score    int
}

// Clues that a payment belongs to an invoice.
const (
	ClueReference = "reference"      // the text names the invoice
	ClueAccount   = "payer_account"  // the consumer paid from this account before
	ClueNear      = "near_reference" // the text names it with one character wrong
	ClueAmount    = "amount"         // the amount is exactly what is open
	ClueName      = "payer_name"     // payer and consumer have the same name
)

// clueScores weigh the clues. What adds up to less than suggestMin says too little: a reference with one wrong character
// needs the amount or the payer to agree, and so does a name.
var clueScores = map[string]int{ClueReference: 60, ClueAccount: 50, ClueNear: 40, ClueAmount: 30, ClueName: 20}

const (
	suggestMin  = 50
	suggestMost = 5
	payersMost  = 20 // people that one clue may lead to
)

// Unassigned lists payments that wait for a person, oldest first, each with its suggestions. Only finance may see them.
func (a *App) Unassigned(ctx context.Context, who Actor, limit int) ([]UnassignedPayment, error) {
	if !who.System && !who.may(pay.RoleFinance) {
		return nil, errForbidden
	}
	rows, err := a.DB.Unassigned(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]UnassignedPayment, 0, len(rows))
	for _, pm := range rows {
		u := UnassignedPayment{Payment: *pm}
		if u.Text, err = a.PaymentText(ctx, System, pm); err != nil {
			return nil, err
		}
		if u.Suggestions, err = a.suggest(ctx, pm, u.Text); err != nil {
			return nil, err
		}
		out = append(out, u)
	}
	return out, a.looked(ctx, who, "list_unassigned", len(out))
}

// OtherPayment is a booking that no invoice explains: a return, a fee, a payout.
type OtherPayment struct {
	Payment pay.Payment
	Text    pay.BankText
}

// OtherPayments lists bookings that no invoice explains, newest first. Only finance may see them.
func (a *App) OtherPayments(ctx context.Context, who Actor, limit int) ([]OtherPayment, error) {
	if !who.System && !who.may(pay.RoleFinance) {
		return nil, errForbidden
	}
	rows, err := a.DB.OtherPayments(ctx, limit)
	if err != nil {
		return nil, err
	}
	out := make([]OtherPayment, 0, len(rows))
	for _, pm := range rows {
		text, err := a.PaymentText(ctx, System, pm)
		if err != nil {
			return nil, err
		}
		out = append(out, OtherPayment{*pm, text})
	}
	return out, a.looked(ctx, who, "list_other_payments", len(out))
}

// looked notes that a person saw a list with personal data.
func (a *App) looked(ctx context.Context, who Actor, action string, n int) error {
	if who.System || n == 0 {
		return nil
	}
	_, err := do(ctx, a, who, action, Key{}, store.Unit{}, func(tx *store.Tx) (struct{}, error) {
		tx.Audit(who.String(), action, "payments", strconv.Itoa(n))
		return struct{}{}, nil
	})
	return err
}

// clues is what a payment's text leads to.
type clues struct {
	byAccount map[pay.ConsumerID]bool        // who paid from this account before
	byName    map[pay.ConsumerID]bool        // whose indexed name has the payer's words
	byText    map[pay.InvoiceID]*pay.Invoice // named by the text, exactly or almost
	exact     map[pay.InvoiceID]bool         // of these, the exact ones
	lines     []string
}

// follow collects the clues of a payment's text, but for the payer's name: that says too little to keep a reminder back.
func (a *App) follow(ctx context.Context, text pay.BankText) (*clues, error) {
	c := &clues{byAccount: map[pay.ConsumerID]bool{}, byName: map[pay.ConsumerID]bool{}, byText: map[pay.InvoiceID]*pay.Invoice{}, exact: map[pay.InvoiceID]bool{},
		lines: []string{text.Reference, text.Remittance, text.EndToEnd, text.Code}}
	if text.IBAN != "" {
		if err := a.withWord(ctx, "iban", text.IBAN, func(id pay.ConsumerID) { c.byAccount[id] = true }); err != nil {
			return nil, err
		}
	}
	return c, a.followText(ctx, c)
}

// withWord calls f for the people that carry a blind index.
func (a *App) withWord(ctx context.Context, kind, value string, f func(pay.ConsumerID)) error {
	digest := a.Vault.Index(kind, value)
	rows, err := a.DB.WithWord(ctx, digestBucket(digest), digest, payersMost)
	if err != nil {
		return err
	}
	for _, w := range rows {
		id, err := a.survivor(ctx, w.ConsumerID)
		if err != nil {
			return err
		}
		f(id)
	}
	return nil
}

// followName finds people two of whose name's words stand in the payer's name.
func (a *App) followName(ctx context.Context, c *clues, name string) error {
	hits := map[pay.ConsumerID]int{}
	words := nameWords(name)
	for _, w := range words[:min(len(words), 6)] {
		if err := a.withWord(ctx, "name", w, func(id pay.ConsumerID) { hits[id]++ }); err != nil {
			return err
		}
	}
	for id, n := range hits {
		if n >= 2 {
			c.byName[id] = true
		}
	}
	return nil
}

// followText finds the invoices that the text names, exactly or with one character wrong.
func (a *App) followText(ctx context.Context, c *clues) error {
	wanted := map[int][]string{}
	exact := map[string]bool{}
	for _, r := range bankfile.FindReferences(c.lines...) {
		if n, ok := bucketOfReference(r); ok {
			exact[string(r)] = true
			wanted[n] = append(wanted[n], string(r))
		}
	}
	for _, r := range nearReferences(c.lines) {
		if n, ok := bucketOfReference(r); ok && !exact[string(r)] {
			wanted[n] = append(wanted[n], string(r))
		}
	}
	for n, refs := range wanted {
		rows, err := a.DB.InvoicesByReference(ctx, n, refs)
		if err != nil {
			return err
		}
		for _, inv := range rows {
			c.byText[inv.ID], c.exact[inv.ID] = inv, exact[inv.Reference]
		}
	}
	return nil
}

// nearReferences returns the valid references of our length that one edit makes of something in the texts that begins like a
// reference. The check digits leave about one of a hundred edits standing, so few are returned.
func nearReferences(lines []string) []bankfile.Reference {
	text := []byte(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(strings.Join(lines, " "))))
	seen := map[bankfile.Reference]bool{}
	var out []bankfile.Reference
	for at, left := 0, 5; at+1 < len(text) && left > 0; at++ {
		if text[at] != 'R' || text[at+1] != 'F' {
			continue
		}
		left--
		for n := ownReference - 1; n <= ownReference+1 && at+n <= len(text); n++ {
			edits(text[at:at+n], func(s string) {
				r, err := bankfile.ParseReference(s)
				if err == nil && !seen[r] {
					seen[r] = true
					out = append(out, r)
				}
			})
		}
	}
	return out
}

// ownReference is the length of our references: RF, check digits and the body of pay.ReferenceBody.
var ownReference = len("RF00") + len(pay.ReferenceBody(0, 1))

// edits calls f with every text that one edit behind "RF" makes of s and that could be a reference of ours: a digit put in
// place of a character, put in, left out, or two neighbours swapped.
func edits(s []byte, f func(string)) {
	try := func(b []byte) {
		if len(b) == ownReference && digits(string(b[2:])) == string(b[2:]) {
			f(string(b))
		}
	}
	for i := 2; i <= len(s); i++ {
		for c := byte('0'); c <= '9'; c++ {
			try(slices.Insert(slices.Clone(s), i, c))
			if i < len(s) {
				b := slices.Clone(s)
				b[i] = c
				try(b)
			}
		}
		if i < len(s) {
			try(slices.Delete(slices.Clone(s), i, i+1))
		}
		if i+1 < len(s) {
			b := slices.Clone(s)
			b[i], b[i+1] = b[i+1], b[i]
			try(b)
		}
	}
}

// suggest ranks the open invoices that the clues of a payment lead to.
func (a *App) suggest(ctx context.Context, pm *pay.Payment, text pay.BankText) ([]Suggestion, error) {
	c, err := a.follow(ctx, text)
	if err != nil {
		return nil, err
	}
	if err := a.followName(ctx, c, text.Name); err != nil {
		return nil, err
	}
	people := map[pay.ConsumerID]bool{}
	for _, inv := range c.byText {
		people[inv.ConsumerID] = true
	}
	for _, found := range []map[pay.ConsumerID]bool{c.byAccount, c.byName} {
		for id := range found {
			people[id] = true
		}
	}
	var out []Suggestion
	for id := range people {
		some, err := a.suggestOf(ctx, pm, text, c, id)
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	slices.SortFunc(out, func(x, y Suggestion) int {
		return cmp.Or(y.Score-x.Score, int(x.Invoice.DueDay-y.Invoice.DueDay), strings.Compare(string(x.Invoice.ID), string(y.Invoice.ID)))
	})
	return out[:min(len(out), suggestMost)], nil
}

// suggestOf weighs the clues for each open invoice of one consumer.
func (a *App) suggestOf(ctx context.Context, pm *pay.Payment, text pay.BankText, c *clues, id pay.ConsumerID) ([]Suggestion, error) {
	name, err := a.nameOf(ctx, id)
	if err != nil {
		return nil, err
	}
	open, err := a.DB.OpenInvoicesOf(ctx, id, 50)
	if err != nil {
		return nil, err
	}
	var known []string
	for _, inv := range open {
		known = append(known, inv.Reference)
	}
	near := map[string]bool{}
	for _, n := range bankfile.Candidates(c.lines, known) {
		near[n.Reference] = true
	}
	var out []Suggestion
	for _, inv := range open {
		if inv.Currency != pm.Currency {
			continue
		}
		s := Suggestion{Consumer: id, Name: name, Invoice: *inv}
		s.add(ClueReference, c.exact[inv.ID])
		s.add(ClueNear, !c.exact[inv.ID] && (c.byText[inv.ID] != nil || near[inv.Reference]))
		s.add(ClueAccount, c.byAccount[id])
		s.add(ClueAmount, inv.Open == pm.Amount)
		s.add(ClueName, bankfile.SameName(text.Name, name))
		if s.Score >= suggestMin {
			out = append(out, s)
		}
	}
	return out, nil
}

func (s *Suggestion) add(clue string, agrees bool) {
	if agrees {
		s.Why = append(s.Why, clue)
		s.Score += clueScores[clue]
	}
}

// nameOf is a consumer's name, empty once their data were erased.
func (a *App) nameOf(ctx context.Context, id pay.ConsumerID) (string, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil || row == nil {
		return "", err
	}
	key, err := a.Vault.Key(row.WrappedKey)
	if errors.Is(err, vault.ErrErased) {
		return "", nil
	} else if err != nil {
		return "", err
	}
	profile, err := (&person{row: row, key: key}).profile()
	return profile.Billing.FullName(), err
}
