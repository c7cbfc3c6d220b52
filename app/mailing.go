package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
)

// JobMail sends a mail that is stored already.
const JobMail = "mail"

// mailTo stores a mail to a consumer and queues its sending, in the unit that caused it.
func (a *App) mailTo(tx *store.Tx, p *person, kind document.MailKind, ref string, data document.MailData, attach ...pay.DocumentID) error {
	profile, err := p.profile()
	if err != nil {
		return err
	}
	data.Operator = a.letterhead()
	data.Name = profile.Billing.FullName()
	subject, text, html, err := document.Mail(kind, data, p.row.Language)
	if err != nil {
		return err
	}
	m := &pay.Mail{ID: pay.MailID(tx.IDIn(pay.PrefixMail, pay.CellOf(string(p.row.ID)))), ConsumerID: p.row.ID, Kind: string(kind), Ref: ref, State: "waiting", At: tx.At}
	m.Sealed = p.seal(string(m.ID), pay.MailText{To: profile.Email, Subject: subject, Text: text, HTML: html, Attachments: attach})
	store.Save(tx, store.Mails, m)
	a.queue(tx, JobMail, string(m.ID), nil)
	return nil
}

// Handlers are the hands of the worker: what each kind of job does with the world.
func (a *App) Handlers(sender mail.Sender, from string) map[string]Handler {
	h := poster{a, sender, from}
	return map[string]Handler{
		JobCode:           h.code,
		JobSignIn:         h.signIn,
		JobUserMail:       h.mailUser,
		JobMail:           h.mail,
		JobPaymentRequest: h.paymentRequest,
		JobShopNotice:     h.shopNotice,
		JobWebhook:        h.webhook,
		JobCluster:        h.clusterPerson,
		JobAgreement:      h.agreement,
		JobReminder:       h.reminder,
		JobIndex:          h.indexPerson,
		JobPromise:        h.promise,
		JobPromiseOver:    h.promiseOver,
		JobShopCallback:   h.shopCallback,
		JobReport:         h.settlementReport,
		JobHistory:        h.rebuildHistory,
		JobLetter:         h.addressLetter,
		JobVerify:         h.pollVerification,
		JobRescreen:       h.rescreen,
		JobRescreenShops:  h.rescreenShops,
		JobAuthorized:     fourTimes(h.authorized),
		JobPush:           fourTimes(h.push),
		JobPageStatus:     fourTimes(h.pageStatus),
		JobDistribution:   h.distribution,
		JobRequestAgain:   h.requestAgain,
	}
}

type poster struct {
	*App
	sender mail.Sender
	from   string
}

func (h poster) send(ctx context.Context, id string, m mail.Message) error {
	_, domain, _ := strings.Cut(strings.TrimSuffix(h.from, ">"), "@")
	m.From, m.MessageID, m.Date = h.from, id+"@"+domain, time.UnixMicro(h.Clock.Now())
	err := h.sender.Send(ctx, m)
	if err == nil {
		return nil
	}
	name, _, _ := strings.Cut(m.To, "@")
	told := errors.New(strings.NewReplacer(m.To, "(recipient)", name, "(recipient)").Replace(err.Error())) // servers repeat whom they refuse
	if mail.IsPermanent(err) {
		return Permanent{told}
	}
	return told
}

// code mails a checkout code. It belongs to nobody yet, so it is not kept.
func (h poster) code(ctx context.Context, j *pay.Job) error {
	b, err := h.Vault.RowKey(j.Subject).Open("code", j.Body)
	if err != nil {
		return Permanent{err}
	}
	var c codeMail
	if err := json.Unmarshal(b, &c); err != nil {
		return Permanent{err}
	}
	subject, text, html, err := document.Mail(document.MailCode, document.MailData{Operator: h.letterhead(), Code: c.Code, Shop: c.Shop,
		Minutes: int(codeMicros / 60e6), Currency: c.Currency, Amount: c.Amount}, c.Language)
	if err != nil {
		return Permanent{err}
	}
	return h.send(ctx, string(j.ID), mail.Message{To: c.Email, Subject: subject, Text: text, HTML: html, Language: c.Language})
}

// mail sends a stored mail once; a crash between sending and noting it sends it again under the same message id.
func (h poster) mail(ctx context.Context, j *pay.Job) error {
	m, err := store.LoadID(ctx, h.DB, store.Mails, pay.MailID(j.Subject))
	if err != nil || m == nil || m.State == "sent" {
		return err
	}
	row, err := store.LoadID(ctx, h.DB, store.Consumers, m.ConsumerID)
	if err != nil {
		return err
	}
	key, err := h.Vault.Key(row.WrappedKey)
	if err != nil {
		return Permanent{err}
	}
	t, err := open[pay.MailText](key, string(m.ID), m.Sealed)
	if err != nil {
		return Permanent{err}
	}
	msg := mail.Message{To: t.To, Subject: t.Subject, Text: t.Text, HTML: t.HTML, Language: row.Language}
	for _, id := range t.Attachments {
		d, err := store.LoadID(ctx, h.DB, store.Documents, id)
		if err != nil {
			return err
		}
		if d == nil {
			return Permanent{errors.New("a paper of this mail is missing")}
		}
		pdf, err := key.Open(string(id), d.Sealed)
		if err != nil {
			return Permanent{err}
		}
		msg.Attachments = append(msg.Attachments, mail.Attachment{Name: DocumentName(d), Type: "application/pdf", Data: pdf})
	}
	if err := h.send(ctx, string(m.ID), msg); err != nil {
		return err
	}
	_, err = do(ctx, h.App, System, "mail", Key{}, store.Unit{Bucket: bucketOf(m.ID)}, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Mails, string(m.ID))
		if err != nil {
			return struct{}{}, err
		}
		row.State, row.SentAt = "sent", tx.At
		store.Save(tx, store.Mails, row)
		return struct{}{}, nil
	})
	return err
}

// DocumentName is the file name of a document.
func DocumentName(d *pay.Document) string {
	return strings.ReplaceAll(d.Kind, "_", "-") + "-" + strings.ToLower(pay.ShortReference(d.ID)) + ".pdf"
}

// paymentRequest makes the paper of an invoice and queues its mail, once.
func (h poster) paymentRequest(ctx context.Context, j *pay.Job) error {
	inv, err := store.LoadID(ctx, h.DB, store.Invoices, pay.InvoiceID(j.Subject))
	if err != nil || inv == nil || inv.DocumentID != "" {
		return err
	}
	p, err := h.readPerson(ctx, inv.ConsumerID)
	if err != nil {
		return Permanent{err}
	}
	pdf, err := h.invoicePaper(ctx, inv, p.row.Language)
	if err != nil {
		return err
	}
	return h.onInvoice(ctx, inv, func(tx *store.Tx, inv *pay.Invoice, p *person) error {
		if inv.DocumentID != "" {
			return nil
		}
		inv.DocumentID = pay.DocumentID(tx.IDIn(pay.PrefixDocument, pay.CellOf(string(inv.ID))))
		h.keep(tx, p, paper{inv.DocumentID, "payment_request", string(inv.ID), p.row.Language, pdf})
		store.Save(tx, store.Invoices, inv)
		if inv.Open == 0 {
			return nil // paid before delivery: the paper is kept, nobody is asked to pay
		}
		return h.mailTo(tx, p, document.MailRequest, string(inv.ID), h.invoiceMail(inv), inv.DocumentID)
	})
}

func (h poster) invoiceMail(inv *pay.Invoice) document.MailData {
	return document.MailData{Link: h.BaseURL + "/me/items/" + pay.Bare(inv.ID), Shop: h.MerchantName(inv.MerchantID), Number: inv.No,
		Reference: inv.Reference, Currency: inv.Currency, Amount: inv.Open, Due: inv.DueDay, Account: h.account()}
}

// agreement writes a regulated contract down with its papers and queues their mail, once.
func (h poster) agreement(ctx context.Context, j *pay.Job) error {
	b := bucketOf(j.Subject)
	done, err := store.Load(ctx, h.DB, store.Contracts, b, j.Subject)
	if err != nil || done != nil {
		return err
	}
	day, err := cal.ParseDay(string(j.Body))
	if err != nil {
		return Permanent{err}
	}
	papers, err := h.contractPapers(ctx, pay.OrderID(j.Subject), day)
	if err != nil {
		return err
	}
	c := &papers.contract
	info, err := papers.info.PDF(papers.lang)
	if err != nil {
		return err
	}
	agreement, err := papers.agreement.PDF(papers.lang)
	if err != nil {
		return err
	}
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Contracts.At(b, c.ID), store.Consumers.At(b, string(c.ConsumerID))}}
	_, err = do(ctx, h.App, System, "agreement", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		if old, err := store.Get(tx, store.Contracts, c.ID); err != nil || old != nil {
			return struct{}{}, err
		}
		store.Save(tx, store.Contracts, c)
		p, err := h.person(tx, c.ConsumerID)
		if err != nil {
			return struct{}{}, err
		}
		first := pay.DocumentID(tx.IDIn(pay.PrefixDocument, pay.CellOf(string(c.OrderID))))
		h.keep(tx, p, paper{first, "precontract", string(c.OrderID), papers.lang, info})
		h.keep(tx, p, paper{c.DocumentID, "agreement", string(c.OrderID), papers.lang, agreement})
		return struct{}{}, h.mailTo(tx, p, document.MailAgreement, string(c.OrderID), document.MailData{Link: h.BaseURL + "/me",
			Shop: h.MerchantName(papers.order.MerchantID), Number: papers.agreement.Number, Currency: papers.order.Currency, Amount: papers.order.OriginalAmount}, first, c.DocumentID)
	})
	return err
}

// reminder mails the first reminder, unless the claim was settled in the meantime.
func (h poster) reminder(ctx context.Context, j *pay.Job) error {
	inv, err := store.LoadID(ctx, h.DB, store.Invoices, pay.InvoiceID(j.Subject))
	if err != nil || inv == nil || inv.Open == 0 || inv.DisputeID != "" {
		return err
	}
	return h.onInvoice(ctx, inv, func(tx *store.Tx, inv *pay.Invoice, p *person) error {
		job, err := store.Get(tx, store.Jobs, string(j.ID))
		if err != nil || job == nil || job.State != pay.JobWaiting || string(job.Body) == "mailed" || inv.Open == 0 || inv.DisputeID != "" {
			return err
		}
		job.Body = []byte("mailed")
		store.Save(tx, store.Jobs, job)
		return h.mailTo(tx, p, document.MailReminder, string(inv.ID), h.invoiceMail(inv))
	})
}

// onInvoice runs a change of an invoice with its consumer opened.
func (a *App) onInvoice(ctx context.Context, inv *pay.Invoice, f func(*store.Tx, *pay.Invoice, *person) error) error {
	b := bucketOf(inv.ID)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Invoices.At(b, string(inv.ID)), store.Consumers.At(b, string(inv.ConsumerID))}}
	_, err := do(ctx, a, System, "invoice", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Invoices, string(inv.ID))
		if err != nil || row == nil {
			return struct{}{}, err
		}
		p, err := a.person(tx, row.ConsumerID)
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, f(tx, row, p)
	})
	return err
}

// readPerson opens a consumer outside a unit of work, to read.
func (a *App) readPerson(ctx context.Context, id pay.ConsumerID) (*person, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, pay.Errorf(pay.Missing, "no_such_consumer", "", "There is no such consumer")
	}
	return a.openPerson(row)
}
