package portal

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/pay"
	"zahlziel/web"
)

func lang(ctx context.Context) string { return string(web.LangOf(ctx)) }

func (f frame) nav(ctx context.Context) []web.Link {
	if !f.Signed {
		return nil
	}
	links := []web.Link{
		{Text: web.T(ctx, "portal.nav.home"), Href: "/me"},
		{Text: web.T(ctx, "portal.nav.standing"), Href: "/me/standing"},
		{Text: web.T(ctx, "portal.nav.history"), Href: "/me/history"},
		{Text: web.T(ctx, "portal.nav.documents"), Href: "/me/documents"},
		{Text: web.T(ctx, "portal.nav.data"), Href: "/me/data"},
		{Text: web.T(ctx, "portal.nav.settings"), Href: "/me/settings"},
	}
	for i := range links {
		links[i].Current = links[i].Href == f.Here
	}
	return links
}

func mailTo(op pay.Operator) templ.SafeURL { return templ.URL("mailto:" + op.Email) }

func callTo(op pay.Operator) templ.SafeURL {
	return templ.URL("tel:" + strings.Map(func(c rune) rune {
		if c == '+' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, op.Phone))
}

// amount is what is open of a claim.
func amount(ctx context.Context, o app.Owed) string {
	return web.Money(ctx, o.Invoice.Open, o.Invoice.Currency)
}

// due says when a claim is to be paid: the day, and how far it is.
func due(ctx context.Context, o app.Owed) string {
	day := o.Invoice.DueDay
	data := web.Data{"Day": cal.FormatWeekday(day, lang(ctx)) + ", " + web.Day(ctx, day), "Far": cal.FormatRelative(day, day-cal.Day(o.Days), lang(ctx))}
	if o.Days < 0 {
		return web.T(ctx, "portal.due.past", data)
	}
	return web.T(ctx, "portal.due.ahead", data)
}

func title(ctx context.Context, o app.Owed) string {
	data := web.Data{"No": o.Invoice.No, "Shop": o.Shop}
	if o.Invoice.Kind == pay.InvoicePrepayment {
		return web.T(ctx, "portal.item.prepayment", data)
	}
	return web.T(ctx, "portal.item.invoice", data)
}

// state is the tag of a claim; a person's debt is never red.
func state(ctx context.Context, o app.Owed) (string, web.Kind) {
	inv := o.Invoice
	switch {
	case inv.DisputeID != "":
		return web.T(ctx, "disputes.tag"), web.Info
	case inv.Open == 0 && inv.Paid == 0:
		return web.T(ctx, "portal.state.returned"), web.Plain
	case inv.Open == 0:
		return web.T(ctx, "portal.state.paid"), web.Success
	case o.Overdue():
		return web.T(ctx, "portal.state.overdue"), web.Caution
	case inv.Kind == pay.InvoicePrepayment:
		return web.T(ctx, "portal.state.prepayment"), web.Info
	}
	return web.T(ctx, "portal.state.open"), web.Info
}

func slip(ctx context.Context, o app.Owed) web.Slip {
	s := web.Slip{Payload: o.Slip.Payload, Payee: o.Slip.Payee, IBAN: o.Slip.IBAN, BIC: o.Slip.BIC, Amount: amount(ctx, o), Reference: o.Slip.Reference}
	if o.Days >= 0 {
		s.Due = web.Day(ctx, o.Invoice.DueDay)
	}
	return s
}

func itemHref(id pay.InvoiceID) string { return "/me/items/" + pay.Bare(id) }

func itemTable(ctx context.Context, items []app.Owed) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.home.others"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.invoice")},
		{Head: web.T(ctx, "portal.col.due")}, {Head: web.T(ctx, "portal.col.state")}, {Head: web.T(ctx, "portal.col.amount"), Num: true}}}
	for _, o := range items {
		text, kind := state(ctx, o)
		t.Rows = append(t.Rows, []web.Cell{{Text: title(ctx, o), Href: itemHref(o.Invoice.ID)}, {Text: web.Day(ctx, o.Invoice.DueDay)},
			{Body: web.Tag(text, kind)}, {Text: amount(ctx, o)}})
	}
	return t
}

func amountFacts(ctx context.Context, v *app.ItemView) []web.Fact {
	inv := v.Invoice
	facts := []web.Fact{{Label: web.T(ctx, "portal.item.amount"), Value: web.Money(ctx, inv.Amount, inv.Currency)}}
	if inv.Refunded > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.item.refunded"), Value: web.Money(ctx, -inv.Refunded, inv.Currency)})
	}
	if inv.Paid > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.item.paid"), Value: web.Money(ctx, -inv.Paid, inv.Currency)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "portal.item.open"), Value: web.Money(ctx, inv.Open, inv.Currency), Total: true})
}

func lineFacts(ctx context.Context, v *app.ItemView) []web.Fact {
	var facts []web.Fact
	for _, l := range v.Lines {
		name := l.Name
		if l.Quantity > 1 {
			name = strconv.FormatInt(l.Quantity, 10) + " × " + name
		}
		facts = append(facts, web.Fact{Label: name, Value: web.Money(ctx, l.TotalAmount, v.Invoice.Currency)})
	}
	return facts
}

// moments tell what happened to a claim, oldest first, and what comes.
func moments(ctx context.Context, v *app.ItemView) []web.Moment {
	type dated struct {
		day cal.Day
		m   web.Moment
	}
	var all []dated
	add := func(day cal.Day, state, title, text string) {
		all = append(all, dated{day, web.Moment{When: web.Day(ctx, day), Title: title, Text: text, State: state}})
	}
	if v.OrderedAt > 0 {
		add(pay.Germany.DayAt(v.OrderedAt), "", web.T(ctx, "portal.moment.ordered", web.Data{"Shop": v.Shop}), web.T(ctx, "portal.moment.order_ref", web.Data{"Ref": v.OrderRef}))
	}
	add(v.Invoice.IssuedDay, "", web.T(ctx, "portal.moment.issued", web.Data{"No": v.Invoice.No}), web.Money(ctx, v.Invoice.Amount, v.Invoice.Currency))
	for _, p := range v.Payments {
		add(p.ValueDay, "", web.T(ctx, "portal.moment.paid"), web.Money(ctx, p.Amount, v.Invoice.Currency))
	}
	for _, r := range v.Refunds {
		text := web.Money(ctx, r.Amount, v.Invoice.Currency)
		if r.Text != "" {
			text += " – " + r.Text
		}
		add(pay.Germany.DayAt(r.At), "", web.T(ctx, "portal.moment.refund", web.Data{"Shop": v.Shop}), text)
	}
	if v.Invoice.Open > 0 {
		where := "ahead"
		if v.Days <= 0 {
			where = "now"
		}
		add(v.Invoice.DueDay, where, web.T(ctx, "portal.moment.due"), amount(ctx, v.Owed))
	}
	slices.SortStableFunc(all, func(x, y dated) int { return cmp.Compare(x.day, y.day) })
	out := make([]web.Moment, len(all))
	for i, d := range all {
		out[i] = d.m
	}
	return out
}

func closedTable(ctx context.Context, items []app.Owed) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.history.invoices"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.invoice")},
		{Head: web.T(ctx, "portal.col.settled")}, {Head: web.T(ctx, "portal.col.state")}, {Head: web.T(ctx, "portal.col.amount"), Num: true}}}
	for _, o := range items {
		text, kind := state(ctx, o)
		t.Rows = append(t.Rows, []web.Cell{{Text: title(ctx, o), Href: itemHref(o.Invoice.ID)}, {Text: web.Day(ctx, o.Invoice.SettledDay)},
			{Body: web.Tag(text, kind)}, {Text: web.Money(ctx, o.Invoice.Amount, o.Invoice.Currency)}})
	}
	return t
}

func orderTable(ctx context.Context, orders []app.OrderLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.history.orders"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.shop")},
		{Head: web.T(ctx, "portal.col.day")}, {Head: web.T(ctx, "portal.col.method")}, {Head: web.T(ctx, "portal.col.state")}, {Head: web.T(ctx, "portal.col.amount"), Num: true}}}
	for _, o := range orders {
		t.Rows = append(t.Rows, web.Cells(o.Shop, web.Day(ctx, pay.Germany.DayAt(o.Order.CreatedAt)), web.T(ctx, "method.title."+o.Order.Method),
			orderState(ctx, &o.Order), web.Money(ctx, o.Order.OriginalAmount, o.Order.Currency)))
	}
	return t
}

func paidTable(ctx context.Context, lines []app.PaidLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.history.payments"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.day")},
		{Head: web.T(ctx, "portal.col.invoice")}, {Head: web.T(ctx, "portal.col.amount"), Num: true}}}
	for _, l := range lines {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.Day(ctx, l.Day)}, {Text: web.T(ctx, "portal.item.invoice", web.Data{"No": l.No, "Shop": l.Shop}), Href: itemHref(l.InvoiceID)},
			{Text: web.Money(ctx, l.Amount, l.Currency)}})
	}
	return t
}

func documentTable(ctx context.Context, docs []app.DocumentLine) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "portal.documents.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "portal.col.document")},
		{Head: web.T(ctx, "portal.col.about")}, {Head: web.T(ctx, "portal.col.day")}}}
	for _, d := range docs {
		t.Rows = append(t.Rows, []web.Cell{{Text: web.T(ctx, "portal.document."+d.Document.Kind), Href: "/me/documents/" + pay.Bare(d.Document.ID)},
			{Text: strings.Trim(d.Shop+", "+d.No, ", ")}, {Text: web.Day(ctx, pay.Germany.DayAt(d.Document.At))}})
	}
	return t
}

func profileFacts(ctx context.Context, p pay.Profile) []web.Fact {
	facts := []web.Fact{
		{Label: web.T(ctx, "portal.data.name"), Value: p.Billing.FullName()},
		{Label: web.T(ctx, "portal.data.address"), Body: addressLines(p.Billing)},
	}
	if p.Shipping != nil && *p.Shipping != p.Billing {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.data.shipping"), Body: addressLines(*p.Shipping)})
	}
	facts = append(facts, web.Fact{Label: web.T(ctx, "portal.data.email"), Value: p.Email})
	if p.Phone != "" {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.data.phone"), Value: p.Phone})
	}
	facts = append(facts, web.Fact{Label: web.T(ctx, "portal.data.born"), Value: web.Day(ctx, p.Born)})
	for _, iban := range p.PayerIBAN {
		facts = append(facts, web.Fact{Label: web.T(ctx, "portal.data.iban"), Value: web.SpacedIBAN(iban)})
	}
	return facts
}

func lines(ad pay.Address) []string {
	var out []string
	for _, l := range []string{ad.Organization, ad.FullName(), ad.Street, ad.Street2, strings.TrimSpace(ad.PostalCode + " " + ad.City)} {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func sentences(ctx context.Context, reasons []credit.Reason) []string {
	var out []string
	for _, r := range reasons {
		if s := r.Sentence(lang(ctx)); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// withdrawMail prepares the declaration of withdrawal as a mail; § 355 BGB asks for no form.
func withdrawMail(ctx context.Context, op pay.Operator, o app.OrderLine) templ.SafeURL {
	data := web.Data{"Ref": pay.ShortReference(o.Order.ID), "Shop": o.Shop, "Day": web.Day(ctx, pay.Germany.DayAt(o.Order.CreatedAt))}
	q := url.Values{"subject": {web.T(ctx, "portal.withdraw.subject", data)}, "body": {web.T(ctx, "portal.withdraw.body", data)}}
	return templ.URL("mailto:" + op.Email + "?" + strings.ReplaceAll(q.Encode(), "+", "%20"))
}
