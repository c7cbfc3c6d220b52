package app

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"zahlziel/credit"
	"zahlziel/document"
	"zahlziel/pay"
	"zahlziel/store"
)

// Bounds of what people say and attach in a dispute.
const (
	DisputeTextMax     = 4000    // characters
	DisputeFilesMax    = 10      // of one side
	DisputeFileBytes   = 5 << 20 // of one file
	disputeNameMax     = 200     // characters of a file's name
	disputeRequestsMax = 20
)

// DisputeMedia are the kinds of file that a dispute takes, as their first bytes tell.
var DisputeMedia = []string{"application/pdf", "image/png", "image/jpeg", "text/plain; charset=utf-8"}

var errNoDispute = pay.Errorf(pay.Missing, "no_such_dispute", "", "There is no such dispute")

// Upload is a file as it was sent.
type Upload struct {
	Name string
	Body []byte
}

// check says what is wrong with a file and returns its media type, read from its bytes.
func (u Upload) check() (string, *pay.Error) {
	media := http.DetectContentType(u.Body)
	switch {
	case len(u.Body) == 0:
		return "", pay.Errorf(pay.Invalid, "bad_file", "file", "The file is empty")
	case len(u.Body) > DisputeFileBytes:
		return "", pay.Errorf(pay.Invalid, "bad_file", "file", "The file is larger than %d MB", DisputeFileBytes>>20)
	case !slices.Contains(DisputeMedia, media):
		return "", pay.Errorf(pay.Invalid, "bad_file", "file", "Send a PDF, PNG, JPEG or plain text file")
	}
	return media, nil
}

// fileName makes a sent name safe to show and to save under: no path, no control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || strings.ContainsRune(`"<>|:*?`, r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if r := []rune(name); len(r) > disputeNameMax {
		name = string(r[len(r)-disputeNameMax:])
	}
	if name == "." || name == "/" || name == "" {
		return "file"
	}
	return name
}

// Objection is what a consumer says is wrong with an invoice.
type Objection struct {
	Reason string
	Amount int64 // 0: all that is open
	Text   string
	Lines  []pay.DisputeLine
	Files  []Upload
}

func (o *Objection) check() *pay.Error {
	o.Text = strings.TrimSpace(o.Text)
	switch {
	case o.Text == "" || utf8.RuneCountInString(o.Text) > DisputeTextMax || strings.ContainsRune(o.Text, 0) || !utf8.ValidString(o.Text):
		return pay.Errorf(pay.Invalid, "bad_text", "text", "Say in up to %d characters what happened", DisputeTextMax)
	case len(o.Files) > DisputeFilesMax:
		return pay.Errorf(pay.Invalid, "bad_file", "file", "Send at most %d files", DisputeFilesMax)
	}
	for _, f := range o.Files {
		if _, err := f.check(); err != nil {
			return err
		}
	}
	return nil
}

// OpenDispute suspends reminders and scoring of what a consumer objects to, withholds it from the shop and asks the shop.
func (a *App) OpenDispute(ctx context.Context, who Actor, key Key, id pay.InvoiceID, o Objection) (*pay.Dispute, error) {
	if who.Consumer == "" {
		return nil, errForbidden
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Invoices.At(b, string(id)), store.Consumers.At(b, string(who.Consumer))}}
	return do(ctx, a, who, "dispute", key, u, func(tx *store.Tx) (*pay.Dispute, error) {
		inv, err := store.Get(tx, store.Invoices, string(id))
		if err != nil {
			return nil, err
		}
		if inv == nil || !who.is(inv.ConsumerID) {
			return nil, errNoInvoice
		}
		p, err := a.person(tx, inv.ConsumerID)
		if err != nil {
			return nil, err
		}
		return a.openDispute(tx, p, inv, o)
	})
}

func (a *App) openDispute(tx *store.Tx, p *person, inv *pay.Invoice, o Objection) (*pay.Dispute, error) {
	amount := o.Amount
	if amount == 0 {
		amount = inv.Open
	}
	d, problem := pay.NewDispute(inv, o.Reason, amount, tx.At, tx.Day)
	if problem != nil {
		return nil, problem
	}
	it := p.openItem(inv.ID)
	if it == nil || it.Flags&(credit.Insolvent|credit.Barred|credit.Sold) != 0 {
		return nil, pay.Errorf(pay.Refused, "dispute_not_allowed", "", "This invoice cannot be disputed here; write to us instead")
	}
	cell := pay.CellOf(string(inv.ID))
	d.ID = pay.DisputeID(tx.IDIn(pay.PrefixDispute, cell))
	d.Sealed = p.seal(string(d.ID), pay.DisputeText{Text: o.Text, Lines: o.Lines})
	store.Save(tx, store.Disputes, d)
	inv.DisputeID = d.ID
	store.Save(tx, store.Invoices, inv)
	store.Save(tx, store.Pauses, &pay.Pause{ID: disputePause(d), InvoiceID: inv.ID, FromDay: tx.Day, UntilDay: noEnd, Reason: "dispute"})
	it.Disputed = amount
	if d.Whole {
		it.Stops = append(it.Stops, credit.Span{From: tx.Day, To: noEnd})
	}
	needed, optional := pay.DisputeFields(o.Reason)
	r := a.askShop(tx, p, d, pay.DisputeQuestion{Comment: o.Text, Fields: needed, Optional: optional})
	a.tellDispute(tx, EventDisputeOpened, d)
	for _, f := range o.Files {
		if _, err := a.attach(tx, p, d, f, r.ID); err != nil {
			return nil, err
		}
	}
	a.withhold(tx, d, pay.EventDisputeOpened, 0, pay.Withholding{Held: amount})
	tx.Audit(string(p.row.ID), "dispute_opened", string(d.ID), fmt.Sprint(o.Reason, " ", amount))
	if err := a.mailDispute(tx, p, d, inv, document.MailDispute); err != nil {
		return nil, err
	}
	return d, p.save(tx)
}

// mailDispute tells the consumer that a dispute began or how it ended.
func (a *App) mailDispute(tx *store.Tx, p *person, d *pay.Dispute, inv *pay.Invoice, kind document.MailKind) error {
	m := document.MailData{Link: a.BaseURL + "/me/disputes/" + pay.Bare(d.ID), Shop: a.MerchantName(d.MerchantID), Number: inv.No, Currency: d.Currency,
		Amount: d.Amount, Due: d.DeadlineDay, Outcome: d.Outcome}
	if kind == document.MailDisputeEnd {
		m.Amount = d.Lost
	}
	return a.mailTo(tx, p, kind, string(d.ID), m)
}

// disputePause is the id of the pause that a dispute makes; one dispute has one.
func disputePause(d *pay.Dispute) string { return "pau_" + pay.Bare(d.ID) }

// withhold tells the shop's books what is withheld or released, and what is owed by the shop.
func (a *App) withhold(tx *store.Tx, d *pay.Dispute, event string, owed int64, w pay.Withholding) {
	a.send(tx, &pay.Message{Party: string(d.MerchantID), Event: event, Ref: string(d.ID), Amount: owed, Currency: d.Currency, Body: mustJSON(w)})
}

func (a *App) askShop(tx *store.Tx, p *person, d *pay.Dispute, q pay.DisputeQuestion) *pay.DisputeRequest {
	r := &pay.DisputeRequest{ID: pay.DisputeRequestID(tx.IDIn(pay.PrefixDisputeRequest, pay.CellOf(string(d.ID)))), DisputeID: d.ID, At: tx.At}
	r.Sealed = p.seal(string(r.ID), q)
	store.Save(tx, store.DisputeRequests, r)
	return r
}

// attach seals a file into a dispute; an empty request leaves it to the shop's next response.
func (a *App) attach(tx *store.Tx, p *person, d *pay.Dispute, u Upload, to pay.DisputeRequestID) (*pay.DisputeFile, error) {
	media, problem := u.check()
	if problem != nil {
		return nil, problem
	}
	f := &pay.DisputeFile{ID: pay.DisputeFileID(tx.IDIn(pay.PrefixDisputeFile, pay.CellOf(string(d.ID)))), DisputeID: d.ID, RequestID: to, Bytes: int64(len(u.Body)), At: tx.At}
	f.SealedName = p.seal(string(f.ID)+"/name", pay.FileName{Name: fileName(u.Name), MediaType: media})
	f.Sealed = p.key.Seal(string(f.ID), u.Body)
	store.Save(tx, store.DisputeFiles, f)
	return f, nil
}

// dispute is a dispute with what it changes, inside a unit of work.
type dispute struct {
	*pay.Dispute
	p   *person
	inv *pay.Invoice
	o   *pay.Order
}

// onDispute runs a change of a dispute by somebody who may make it.
func onDispute[T any](ctx context.Context, a *App, who Actor, use string, key Key, id pay.DisputeID, load []store.Ref, f func(tx *store.Tx, d *dispute) (T, error)) (T, error) {
	var zero T
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: append(load, store.Disputes.At(b, string(id)))}
	u.Then = func(tx *store.Tx) []store.Ref {
		d, err := store.Get(tx, store.Disputes, string(id))
		if err != nil || d == nil {
			return nil
		}
		return []store.Ref{store.Consumers.At(b, string(d.ConsumerID)), store.Invoices.At(b, string(d.InvoiceID)), store.Orders.At(b, string(d.OrderID)), store.Captures.At(b, string(d.CaptureID))}
	}
	return do(ctx, a, who, use, key, u, func(tx *store.Tx) (T, error) {
		row, err := store.Get(tx, store.Disputes, string(id))
		if err != nil {
			return zero, err
		}
		if row == nil || !who.owns(row.MerchantID) && !who.is(row.ConsumerID) && !who.Can(DeedDisputes) {
			return zero, errNoDispute
		}
		d := &dispute{Dispute: row}
		if d.p, err = a.person(tx, row.ConsumerID); err != nil {
			return zero, err
		}
		if d.inv, err = store.Get(tx, store.Invoices, string(row.InvoiceID)); err != nil {
			return zero, err
		}
		if d.o, err = store.Get(tx, store.Orders, string(row.OrderID)); err != nil {
			return zero, err
		}
		before := row.State
		out, err := f(tx, d)
		if err != nil {
			return zero, err
		}
		store.Save(tx, store.Disputes, row)
		if row.State != before {
			typ := EventDisputeUpdated
			if row.ClosedAt != 0 {
				typ = EventDisputeClosed
			}
			a.tellDispute(tx, typ, row)
		}
		return out, d.p.save(tx)
	})
}

// AttachToDispute keeps a shop's file for its next response.
func (a *App) AttachToDispute(ctx context.Context, who Actor, key Key, id pay.DisputeID, u Upload) (pay.DisputeFileID, error) {
	if who.Merchant == "" {
		return "", errForbidden
	}
	if _, err := u.check(); err != nil {
		return "", err
	}
	_, _, files, err := a.DB.DisputeTalk(ctx, id)
	if err != nil {
		return "", err
	}
	mine := 0
	for _, f := range files {
		if f.RequestID == "" {
			mine++
		}
	}
	return onDispute(ctx, a, who, "dispute-file", key, id, nil, func(tx *store.Tx, d *dispute) (pay.DisputeFileID, error) {
		switch {
		case !d.IsOpen():
			return "", pay.Errorf(pay.Conflict, "dispute_closed", "", "The dispute is closed")
		case mine >= DisputeFilesMax:
			return "", pay.Errorf(pay.Conflict, "dispute_files", "", "A dispute takes at most %d files of a shop", DisputeFilesMax)
		}
		f, err := a.attach(tx, d.p, d.Dispute, u, "")
		if err != nil {
			return "", err
		}
		return f.ID, nil
	})
}

// DisputeReply is a shop's answer to a request.
type DisputeReply struct {
	Comment string
	Fields  map[string]string
	Files   []pay.DisputeFileID
}

// AnswerDispute notes a shop's answer to a request, with files that it attached before; the desk is next.
func (a *App) AnswerDispute(ctx context.Context, who Actor, key Key, id pay.DisputeID, request pay.DisputeRequestID, r DisputeReply) (pay.DisputeResponseID, error) {
	if who.Merchant == "" {
		return "", errForbidden
	}
	b := bucketOf(id)
	load := []store.Ref{store.DisputeRequests.At(b, string(request))}
	for _, f := range r.Files {
		load = append(load, store.DisputeFiles.At(b, string(f)))
	}
	return onDispute(ctx, a, who, "dispute-answer", key, id, load, func(tx *store.Tx, d *dispute) (pay.DisputeResponseID, error) {
		asked, err := store.Get(tx, store.DisputeRequests, string(request))
		if err != nil {
			return "", err
		}
		if asked == nil || asked.DisputeID != d.ID {
			return "", pay.Errorf(pay.Missing, "no_such_request", "", "There is no such request in this dispute")
		}
		if err := d.Reply(tx.Day); err != nil {
			return "", err
		}
		said := &pay.DisputeResponse{ID: pay.DisputeResponseID(tx.IDIn(pay.PrefixDisputeResponse, pay.CellOf(string(d.ID)))), DisputeID: d.ID, RequestID: request, At: tx.At}
		said.Sealed = d.p.seal(string(said.ID), pay.DisputeAnswer{Comment: r.Comment, Fields: r.Fields})
		store.Save(tx, store.DisputeResponses, said)
		for _, name := range r.Files {
			f, err := store.Get(tx, store.DisputeFiles, string(name))
			if err != nil {
				return "", err
			}
			if f == nil || f.DisputeID != d.ID || f.RequestID != "" || f.ResponseID != "" {
				return "", pay.Errorf(pay.Invalid, "bad_attachment", "attachments", "Name files that were attached to this dispute and not used before")
			}
			f.ResponseID = said.ID
			store.Save(tx, store.DisputeFiles, f)
		}
		tx.Audit(who.String(), "dispute_answered", string(d.ID), "")
		return said.ID, nil
	})
}

// AcceptLoss ends a dispute as the consumer wants it.
func (a *App) AcceptLoss(ctx context.Context, who Actor, key Key, id pay.DisputeID) error {
	if who.Merchant == "" {
		return errForbidden
	}
	_, err := onDispute(ctx, a, who, "dispute-accept", key, id, nil, func(tx *store.Tx, d *dispute) (struct{}, error) {
		if d.State == pay.DisputeAccepted {
			return struct{}{}, nil // again changes nothing
		}
		return struct{}{}, a.lose(tx, who, d, pay.DisputeAccepted, d.Amount)
	})
	return err
}

// WithdrawDispute ends a consumer's own dispute: the days that were suspended count again.
func (a *App) WithdrawDispute(ctx context.Context, who Actor, id pay.DisputeID) error {
	if who.Consumer == "" {
		return errForbidden
	}
	_, err := onDispute(ctx, a, who, "dispute-withdraw", Key{}, id, nil, func(tx *store.Tx, d *dispute) (struct{}, error) {
		return struct{}{}, a.win(tx, who, d, pay.DisputeWithdrawn)
	})
	return err
}

// AskAboutDispute asks the shop again.
func (a *App) AskAboutDispute(ctx context.Context, who Actor, id pay.DisputeID, text string) error {
	if !who.Can(DeedDecide) {
		return errForbidden
	}
	if text = strings.TrimSpace(text); text == "" || utf8.RuneCountInString(text) > DisputeTextMax {
		return pay.Errorf(pay.Invalid, "bad_text", "text", "Ask in up to %d characters", DisputeTextMax)
	}
	asked, _, _, err := a.DB.DisputeTalk(ctx, id)
	if err != nil {
		return err
	}
	_, err = onDispute(ctx, a, who, "dispute-ask", Key{}, id, nil, func(tx *store.Tx, d *dispute) (struct{}, error) {
		if len(asked) >= disputeRequestsMax {
			return struct{}{}, pay.Errorf(pay.Conflict, "dispute_requests", "", "Decide now: the shop was asked %d times", len(asked))
		}
		if err := d.Ask(tx.Day); err != nil {
			return struct{}{}, err
		}
		a.askShop(tx, d.p, d.Dispute, pay.DisputeQuestion{Comment: text, Fields: []string{"comment"}})
		tx.Audit(who.String(), "dispute_asked", string(d.ID), "")
		return struct{}{}, nil
	})
	return err
}

// DecideDispute is the desk's decision: lost is how much of the disputed amount the consumer need not pay; 0 rejects the
// objection. The note is shown to both sides.
func (a *App) DecideDispute(ctx context.Context, who Actor, id pay.DisputeID, lost int64, note string) error {
	if !who.Can(DeedDecide) {
		return errForbidden
	}
	if note = strings.TrimSpace(note); note == "" || utf8.RuneCountInString(note) > DisputeTextMax {
		return pay.Errorf(pay.Invalid, "bad_text", "note", "Give the reason in up to %d characters", DisputeTextMax)
	}
	_, err := onDispute(ctx, a, who, "dispute-decide", Key{}, id, nil, func(tx *store.Tx, d *dispute) (struct{}, error) {
		text, err := open[pay.DisputeText](d.p.key, string(d.ID), d.Sealed)
		if err != nil {
			return struct{}{}, err
		}
		text.Note = note
		d.Sealed = d.p.seal(string(d.ID), text)
		if lost == 0 {
			return struct{}{}, a.win(tx, who, d, pay.DisputeWon)
		}
		return struct{}{}, a.lose(tx, who, d, pay.DisputeClosed, lost)
	})
	return err
}
