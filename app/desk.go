package app

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/store"
)

// storyMax bounds each kind of row in a consumer's story, newest first.
const storyMax = 50

// Story is everything about one consumer on one page.
type Story struct {
	Day       cal.Day
	Consumer  pay.Consumer // without its sealed parts
	Erased    bool         // the personal data are gone; amounts and decisions remain
	Profile   pay.Profile
	Standing  *Standing // nil for an erased person
	Items     []Owed    // open first, by due day; then closed, newest first
	Orders    []OrderStory
	Paid      []PaidLine
	Decisions []DecisionLine
	Promises  []pay.Promise // without their sealed parts
	Mails     []MailLine
	Documents []DocumentLine
	Looks     []LookLine
}

// OrderStory is an order with its deliveries and refunds.
type OrderStory struct {
	OrderView
	Shop string
}

// DecisionLine is a decision with its shop's name.
type DecisionLine struct {
	Row  pay.DecisionRow
	Shop string
}

// MailLine is a mail with its subject.
type MailLine struct {
	Mail    pay.Mail
	To      string
	Subject string
}

// LookLine is a line of the audit trail with the name of the person who acted.
type LookLine struct {
	Look pay.Look
	Name string // of staff; empty for the program, a shop or the consumer
}

var errNoConsumer = pay.Errorf(pay.Missing, "no_such_consumer", "", "There is no such consumer")

// Story returns everything about one consumer to staff. The look is in the audit trail before anything is opened.
func (a *App) Story(ctx context.Context, who Actor, id pay.ConsumerID) (*Story, error) {
	row, err := a.look(ctx, who, id, "story")
	if err != nil {
		return nil, err
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	s := &Story{Day: day, Consumer: *row}
	s.Consumer.WrappedKey, s.Consumer.Profile, s.Consumer.Facts = nil, nil, nil
	p, err := a.openPerson(row)
	switch {
	case isMissing(err):
		s.Erased = true
	case err != nil:
		return nil, err
	default:
		if s.Profile, err = p.profile(); err != nil {
			return nil, err
		}
		if s.Standing, err = a.standing(p, day); err != nil {
			return nil, err
		}
	}
	for _, fill := range []func(context.Context, Actor, *Story) error{a.storyItems, a.storyOrders, a.storyDecisions, a.storyPromises, a.storyLooks} {
		if err := fill(ctx, who, s); err != nil {
			return nil, err
		}
	}
	return s, a.storyPost(ctx, p, s)
}

// look checks that staff may see a consumer, notes the look in the audit trail and returns the row.
func (a *App) look(ctx context.Context, who Actor, id pay.ConsumerID, page string) (*pay.Consumer, error) {
	if !who.Can(DeedLook) {
		return nil, errForbidden
	}
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, errNoConsumer
	}
	return row, a.audit(ctx, who, "looked_at", bucketOf(id), string(id), page)
}

func (a *App) storyItems(ctx context.Context, _ Actor, s *Story) error {
	rows, err := a.DB.InvoicesOf(ctx, s.Consumer.ID, storyMax)
	if err != nil {
		return err
	}
	var closed []Owed
	for _, inv := range rows {
		lines, err := a.paidLines(ctx, inv)
		if err != nil {
			return err
		}
		s.Paid = append(s.Paid, lines...)
		if inv.Open > 0 {
			s.Items = append(s.Items, a.owed(inv, s.Day))
		} else {
			closed = append(closed, a.owed(inv, s.Day))
		}
	}
	slices.SortStableFunc(s.Items, byDueDay)
	s.Items = append(s.Items, closed...)
	slices.SortStableFunc(s.Paid, func(x, y PaidLine) int { return cmp.Compare(y.Day, x.Day) })
	return nil
}

func (a *App) storyOrders(ctx context.Context, who Actor, s *Story) error {
	orders, err := a.DB.OrdersOf(ctx, s.Consumer.ID, storyMax)
	if err != nil {
		return err
	}
	for _, o := range orders {
		v, err := a.ReadOrder(ctx, who, o.ID)
		if err != nil {
			return err
		}
		s.Orders = append(s.Orders, OrderStory{*v, a.MerchantName(o.MerchantID)})
	}
	return nil
}

func (a *App) storyDecisions(ctx context.Context, _ Actor, s *Story) error {
	rows, err := a.DB.DecisionsOf(ctx, s.Consumer.ID, storyMax)
	for _, d := range rows {
		d.Sealed, d.Salt = nil, nil
		s.Decisions = append(s.Decisions, DecisionLine{*d, a.MerchantName(d.MerchantID)})
	}
	return err
}

// storyPost adds papers and mails. A mail's text stays closed here: its subject is enough to know what was sent.
func (a *App) storyPost(ctx context.Context, p *person, s *Story) (err error) {
	if s.Documents, err = a.documentsOf(ctx, s.Consumer.ID, func(*pay.Document) bool { return true }); err != nil {
		return err
	}
	s.Documents = s.Documents[:min(len(s.Documents), storyMax)]
	mails, err := a.DB.MailsOf(ctx, s.Consumer.ID, storyMax)
	if err != nil {
		return err
	}
	for _, m := range mails {
		line := MailLine{Mail: *m}
		if p != nil {
			text, err := open[pay.MailText](p.key, string(m.ID), m.Sealed)
			if err != nil {
				return err
			}
			line.To, line.Subject = text.To, text.Subject
		}
		line.Mail.Sealed = nil
		s.Mails = append(s.Mails, line)
	}
	return nil
}

func (a *App) storyLooks(ctx context.Context, _ Actor, s *Story) error {
	rows, err := a.DB.LooksAt(ctx, bucketOf(s.Consumer.ID), string(s.Consumer.ID), storyMax)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, l := range rows {
		if _, known := names[l.Actor]; !known && len(l.Actor) > 4 && l.Actor[:4] == pay.PrefixStaff+"_" {
			staff, err := a.DB.Staff(ctx, l.Actor)
			if err != nil {
				return err
			}
			if staff != nil {
				names[l.Actor] = staff.Name
			}
		}
		s.Looks = append(s.Looks, LookLine{*l, names[l.Actor]})
	}
	return nil
}

// DecisionView is the record of one decision: what was asked, known, answered and why.
type DecisionView struct {
	Row    pay.DecisionRow
	Shop   string
	Record credit.Record
}

// Decision opens the record of one decision for staff.
func (a *App) Decision(ctx context.Context, who Actor, id pay.DecisionID) (*DecisionView, error) {
	if !who.Can(DeedLook) {
		return nil, errForbidden
	}
	d, err := store.LoadID(ctx, a.DB, store.Decisions, id)
	if err != nil {
		return nil, err
	}
	if d == nil {
		return nil, pay.Errorf(pay.Missing, "no_such_decision", "", "There is no such decision")
	}
	row, err := a.look(ctx, who, d.ConsumerID, string(id))
	if err != nil {
		return nil, err
	}
	p, err := a.openPerson(row)
	if err != nil {
		return nil, err
	}
	plain, err := p.key.Open(string(d.ID), d.Sealed)
	if err != nil {
		return nil, err
	}
	v := &DecisionView{Row: *d, Shop: a.MerchantName(d.MerchantID)}
	v.Row.Sealed, v.Row.Salt = nil, nil
	return v, v.Record.UnmarshalBinary(plain)
}

// DocumentOf opens a consumer's paper for staff and returns its bytes, a PDF.
func (a *App) DocumentOf(ctx context.Context, who Actor, id pay.DocumentID) (*pay.Document, []byte, error) {
	if !who.Can(DeedLook) {
		return nil, nil, errForbidden
	}
	d, err := store.LoadID(ctx, a.DB, store.Documents, id)
	if err != nil {
		return nil, nil, err
	}
	if d == nil {
		return nil, nil, errNoDocument
	}
	if _, err := a.look(ctx, who, d.ConsumerID, string(id)); err != nil {
		return nil, nil, err
	}
	return a.openDocument(ctx, d)
}

// paymentsMax is how many payments the desk lists at once.
const paymentsMax = 50

// PaymentsToAssign lists payments that nobody could be found for, oldest first, with suggestions. Who is suggested is
// looked at, so each of them gets a line in the audit trail before the list is shown.
func (a *App) PaymentsToAssign(ctx context.Context, who Actor) ([]UnassignedPayment, error) {
	if !who.Can(DeedPayments) {
		return nil, errForbidden
	}
	list, err := a.Unassigned(ctx, System, paymentsMax)
	if err != nil {
		return nil, err
	}
	seen := map[pay.ConsumerID]bool{}
	for _, u := range list {
		for _, s := range u.Suggestions {
			if seen[s.Consumer] {
				continue
			}
			seen[s.Consumer] = true
			if err := a.audit(ctx, who, "looked_at", bucketOf(s.Consumer), string(s.Consumer), "payments"); err != nil {
				return nil, err
			}
		}
	}
	return list, a.looked(ctx, who, "list_unassigned", len(list))
}

// InvoiceNamed finds the invoice that a person typed: its printed number, its RF reference or its id.
func (a *App) InvoiceNamed(ctx context.Context, who Actor, text string) (pay.InvoiceID, error) {
	if !who.Can(DeedAssign) {
		return "", errForbidden
	}
	text = strings.ToUpper(strings.Join(strings.Fields(text), ""))
	var inv *pay.Invoice
	var err error
	if id, ok := pay.ParseID[pay.InvoiceID](pay.PrefixInvoice, strings.ToLower(text)); ok {
		inv, err = store.LoadID(ctx, a.DB, store.Invoices, id)
	} else if invoiceNo.MatchString(text) {
		inv, err = a.invoiceNumbered(ctx, text)
	} else {
		inv, err = a.invoiceReferenced(ctx, text)
	}
	if err != nil {
		return "", err
	}
	if inv == nil {
		return "", pay.Errorf(pay.Invalid, "no_such_invoice", "invoice", "Enter an invoice number such as R-07-000123 or an RF reference")
	}
	return inv.ID, nil
}

// Merchants returns all shops by name.
func (a *App) Merchants(_ context.Context, who Actor) ([]pay.Merchant, error) {
	if !who.Can(DeedMerchants) {
		return nil, errForbidden
	}
	return a.allMerchants(), nil
}

// Health says how the installation is doing.
type Health struct {
	Day        cal.Day
	Today      cal.Day // of the wall clock; the business day is behind it when the day run is late
	Counts     []Count
	FailedJobs []pay.Job // newest first, without their bodies
}

// Count is one number of the health page.
type Count struct {
	Name  string // consumers, orders, open_invoices, unassigned, undelivered, jobs_waiting, jobs_due, jobs_failed
	N     int64
	Worry bool // somebody should look at it
}

// counts are the questions of the health page. Those with worry should answer 0.
var counts = []struct {
	name, query string
	now, worry  bool
}{
	{name: "consumers", query: "SELECT COUNT(*) FROM consumers"},
	{name: "orders", query: "SELECT COUNT(*) FROM orders"},
	{name: "open_invoices", query: "SELECT COUNT(*) FROM invoices WHERE open_amount > 0"},
	{name: "unassigned", query: "SELECT COUNT(*) FROM payments WHERE state = 'unassigned'", worry: true},
	{name: "orders_waiting", query: "SELECT COUNT(*) FROM fraud_checks WHERE state = 'pending'"},
	{name: "reviews_open", query: "SELECT COUNT(*) FROM reviews WHERE state = 'open'"},
	{name: "undelivered", query: "SELECT COUNT(*) FROM outbox WHERE delivered = 0"},
	{name: "jobs_waiting", query: "SELECT COUNT(*) FROM jobs WHERE state = 'waiting'"},
	{name: "jobs_due", query: "SELECT COUNT(*) FROM jobs WHERE state = 'waiting' AND due_at <= $1", now: true},
	{name: "jobs_failed", query: "SELECT COUNT(*) FROM jobs WHERE state = 'failed'", worry: true},
}

// Health counts what waits and what failed. It shows nothing about people.
func (a *App) Health(ctx context.Context, who Actor) (*Health, error) {
	if !who.Can(DeedHealth) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	h := &Health{Day: day, Today: a.Clock.Today()}
	for _, c := range counts {
		var args []any
		if c.now {
			args = append(args, a.Clock.Now())
		}
		n := Count{Name: c.name}
		if err := a.DB.SQL().QueryRowContext(ctx, c.query, args...).Scan(&n.N); err != nil {
			return nil, err
		}
		n.Worry = c.worry && n.N > 0
		h.Counts = append(h.Counts, n)
	}
	h.FailedJobs, err = a.failedJobs(ctx)
	return h, err
}

func (a *App) failedJobs(ctx context.Context) ([]pay.Job, error) {
	rows, err := a.DB.SQL().QueryContext(ctx, "SELECT id, kind, subject, tries, problem, due_at FROM jobs WHERE state = 'failed' ORDER BY due_at DESC, id LIMIT 20")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []pay.Job
	for rows.Next() {
		j := pay.Job{State: pay.JobFailed}
		if err := rows.Scan(&j.ID, &j.Kind, &j.Subject, &j.Tries, &j.Problem, &j.DueAt); err != nil {
			return nil, err
		}
		out = append(out, j)
	}
	return out, rows.Err()
}
