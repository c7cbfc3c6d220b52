package app

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"zahlziel/document"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
)

// ConsentFor names the consent text that a buyer ticks for an intent of a session.
func ConsentFor(intent string) string { return pay.ConsentVersion(ConsentVersion, intent) }

// offering is a merchant with the methods that a cart can be confirmed with: recurring orders need one that pays later.
func offering(m *pay.Merchant, c *pay.Cart) *pay.Merchant {
	if c.Intent != pay.IntentTokenize || m == nil {
		return m
	}
	some := *m
	some.Methods = slices.DeleteFunc(slices.Clone(m.Methods), func(name string) bool { return !pay.IsCredit(name) })
	return &some
}

// askedAmount is what a confirmation asks a decision for. Permission for recurring orders alone buys nothing: then the smallest
// amount is asked for, so that it is given only to who could buy on these terms today.
func askedAmount(c *pay.Cart) int64 {
	if c.Intent == pay.IntentTokenize {
		return max(c.Amount, tokeniseAmount)
	}
	return c.Amount
}

// tokeniseAmount is a small purchase, in minor units.
const tokeniseAmount = 10_00

// pushMicros is how long after an order the shop is told that it is complete: shops finish their own page first.
const pushMicros pay.Micros = 2 * 60 * 1e6

// callsMax is how often a shop's address is called about one thing.
const callsMax = 4

// fourTimes gives up after callsMax calls that failed: the shop reads the state instead.
func fourTimes(h Handler) Handler {
	return func(ctx context.Context, j *pay.Job) error {
		err := h(ctx, j)
		if err != nil && j.Tries+1 >= callsMax {
			return Permanent{err}
		}
		return err
	}
}

// authorized tells a shop that its buyer confirmed.
func (h poster) authorized(ctx context.Context, j *pay.Job) error {
	auth, err := store.LoadID(ctx, h.DB, store.Authorizations, pay.AuthorizationID(j.Subject))
	if err != nil || auth == nil {
		return err
	}
	return h.tellAuthorized(ctx, auth)
}

// push tells a shop that an order is complete. The address itself says which; the body is empty.
func (h poster) push(ctx context.Context, j *pay.Job) error {
	o, err := h.ReadOrder(ctx, System, pay.OrderID(j.Subject))
	if err != nil || o.Cart.URLs.Push == "" {
		return err
	}
	return callShop(ctx, outgoing{Merchant: o.Order.MerchantID, To: FillPage(o.Cart.URLs.Push, o.Order.SessionID, "", o.Order.AuthorizationID, o.Order.ID)}, h.Demo)
}

// tellPage queues the news of a hosted page's state, if the shop wants them.
func (a *App) tellPage(tx *store.Tx, p *pay.Page) error {
	v, err := a.pageView(p)
	if err != nil || v.Settings.StatusUpdate == "" {
		return err
	}
	a.queue(tx, JobPageStatus, string(p.ID), mustJSON(p))
	return nil
}

// pageStatus tells a shop the state that a hosted page had, in the form of the door that opened it.
func (h poster) pageStatus(ctx context.Context, j *pay.Job) error {
	var p pay.Page
	if err := json.Unmarshal(j.Body, &p); err != nil {
		return Permanent{err}
	}
	v, err := h.pageView(&p)
	if err != nil {
		return Permanent{err}
	}
	tell := h.TellPage[v.Settings.Form]
	if tell == nil {
		return errors.New("no door of this process speaks with shops")
	}
	body := tell(pay.Bare(j.ID), v)
	return callShop(ctx, outgoing{Merchant: p.MerchantID, To: FillPage(v.Settings.StatusUpdate, p.SessionID, p.ID, p.Authorization, p.OrderID), Body: body}, h.Demo)
}

// distributionsMax bounds the mails that one hosted page may cause.
const distributionsMax = 5

// pageMail is what the job that mails a page's address needs. Personal data.
type pageMail struct{ Email, Language string }

// DistributePage mails the address of a hosted page to the buyer.
func (a *App) DistributePage(ctx context.Context, who Actor, key Key, id pay.PageID, email string) error {
	v, err := a.ReadPage(ctx, who, id)
	if err != nil {
		return err
	}
	if !looksLikeEmail(email) {
		return pay.Errorf(pay.Invalid, "bad_value", "contact_information.email", "Give an e-mail address such as name@example.org")
	}
	switch v.Page.Status {
	case pay.PageCompleted, pay.PageCancelled, pay.PageDisabled:
		return pay.Errorf(pay.Invalid, "bad_value", "session_id", "The payment page is over; open a new one")
	}
	s, err := a.ReadSession(ctx, who, v.Page.SessionID)
	if err != nil {
		return err
	}
	sealed := a.Vault.RowKey(string(id)).Seal("distribution", mustJSON(pageMail{email, s.Cart.Language()}))
	u := store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Pages.At(bucketOf(id), string(id))}}
	_, err = do(ctx, a, who, "distribution", key, u, func(tx *store.Tx) (struct{}, error) {
		p, err := store.Get(tx, store.Pages, string(id))
		if err != nil {
			return struct{}{}, err
		}
		var settings pay.PageSettings
		if err := json.Unmarshal(p.Settings, &settings); err != nil {
			return struct{}{}, err
		}
		if settings.Sent++; settings.Sent > distributionsMax {
			return struct{}{}, pay.Errorf(pay.Refused, "not_allowed", "", "Not allowed: the address of this page was mailed %d times already", distributionsMax)
		}
		p.Settings = mustJSON(settings)
		store.Save(tx, store.Pages, p)
		a.queue(tx, JobDistribution, string(id), sealed)
		return struct{}{}, nil
	})
	return err
}

// distribution mails the address of a hosted page. It belongs to nobody yet, so it is not kept.
func (h poster) distribution(ctx context.Context, j *pay.Job) error {
	b, err := h.Vault.RowKey(j.Subject).Open("distribution", j.Body)
	if err != nil {
		return Permanent{err}
	}
	var to pageMail
	if err := json.Unmarshal(b, &to); err != nil {
		return Permanent{err}
	}
	v, err := h.ReadPage(ctx, System, pay.PageID(j.Subject))
	if err != nil {
		return Permanent{err}
	}
	s, err := h.ReadSession(ctx, System, v.Page.SessionID)
	if err != nil {
		return Permanent{err}
	}
	subject, text, html, err := document.Mail(document.MailPage, document.MailData{Operator: h.letterhead(), Link: v.RedirectURL,
		Shop: h.MerchantName(v.Page.MerchantID), Currency: s.Cart.Currency, Amount: s.Cart.Amount}, to.Language)
	if err != nil {
		return Permanent{err}
	}
	return h.send(ctx, string(j.ID), mail.Message{To: to.Email, Subject: subject, Text: text, HTML: html, Language: to.Language})
}
