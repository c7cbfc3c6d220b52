package checkout

import (
	"context"
	"errors"
	"slices"
	"strings"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/web"
)

// overApp is the service over the program's use cases.
type overApp struct{ app *app.App }

// Where the portal answers what a checkout only touches.
const (
	portalStanding = "/me/standing"
	portalWayBack  = "/me/way-back/" // method and amount follow
)

// opened is a hosted page with its session, and who is there if the device proves it.
type opened struct {
	page    *app.PageView
	session *app.SessionView
	answer  *app.AuthorizeAnswer // what each method would be answered; nil while nobody is known
}

func (o *opened) id() pay.SessionID { return o.session.Session.ID }

// freeAssumed stands in for an assessment that is still to be asked: everything else is decided as it will be.
var freeAssumed int64 = 1_000_000_00

// open loads a checkout. The device counts only for the address that the session is about, so that on
// a shared computer nobody buys in the name of the one before.
func (s overApp) open(ctx context.Context, v Visit) (*opened, error) {
	o, err := s.opening(ctx, v)
	if err != nil {
		return nil, err
	}
	session := o.session
	if v.Device == "" {
		return o, nil
	}
	answer, err := s.app.Offer(ctx, o.id(), session.ClientToken, v.Device, nil)
	if err != nil || answer.StepUp != "" {
		return o, err
	}
	mine, err := s.matches(ctx, answer.Consumer, session.Email)
	if mine {
		answer.Methods = ofCategory(answer.Methods, v.Category)
		o.answer = answer
	}
	return o, err
}

// opening loads a hosted page by its id, or a framed checkout by its client token.
func (s overApp) opening(ctx context.Context, v Visit) (*opened, error) {
	if v.Frame {
		return s.openFrame(ctx, v)
	}
	id, ok := pay.ParseID[pay.PageID](pay.PrefixPage, v.ID)
	if !ok {
		return nil, web.Status(404)
	}
	page, session, err := s.app.OpenPage(ctx, id)
	if err == nil && session == nil {
		err = web.Status(404)
	}
	return &opened{page: page, session: session}, err
}

// matches reports whether a consumer has this address. Somebody new has no profile yet and only just proved it.
func (s overApp) matches(ctx context.Context, id pay.ConsumerID, email string) (bool, error) {
	owner, err := s.app.ConsumerByEmail(ctx, email)
	return owner == id, err
}

func (s overApp) purchase(ctx context.Context, v Visit) (Purchase, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return Purchase{}, err
	}
	p := Purchase{
		Merchant: s.app.MerchantName(o.session.Session.MerchantID), Total: o.session.Cart.Amount, Currency: o.session.Cart.Currency,
		Person: Person{Email: o.session.Email, Born: o.session.Born}, SentTo: masked(o.session.Email),
	}
	for _, l := range o.session.Cart.Lines {
		p.Lines = append(p.Lines, Line{Name: l.Name, Quantity: l.Quantity, Amount: l.TotalAmount})
	}
	if v.Frame {
		s.describeFrame(o, v, &p)
	}
	p.Stage, err = s.stage(ctx, o)
	return p, err
}

func (s overApp) stage(ctx context.Context, o *opened) (Stage, error) {
	row := o.session.Session
	switch {
	case o.page.Page.Status == pay.PageCompleted, o.session.Token != "", o.session.Status == "complete":
		return Decided, nil
	case o.answer != nil:
		if demand, err := s.demand(ctx, o); err != nil || demand != nil {
			return Decided, err
		}
		return Known, nil
	case row.CodeMAC != "" && row.CodeExpires > s.app.Clock.Now():
		return CodeSent, nil
	}
	return Unknown, nil
}

// demand is the transfer that a prepayment of this purchase waits for, or nil.
func (s overApp) demand(ctx context.Context, o *opened) (*app.Owed, error) {
	if o.session.Session.Authorization == "" || o.session.Token != "" {
		return nil, nil
	}
	home, err := s.app.Home(ctx, app.Actor{Consumer: o.answer.Consumer})
	if err != nil {
		return nil, err
	}
	for _, item := range slices.Backward(home.Items) {
		inv := item.Invoice
		if inv.Kind == pay.InvoicePrepayment && inv.MerchantID == o.session.Session.MerchantID && inv.Open == o.session.Cart.Amount {
			return &item, nil
		}
	}
	return nil, nil
}

// masked shows enough of an address to recognise it: a***@example.org.
func masked(email string) string {
	name, domain, ok := strings.Cut(email, "@")
	if !ok || name == "" {
		return email
	}
	return string([]rune(name)[:1]) + "***@" + domain
}

// fields are the names of the program's fields in our forms.
var fields = map[string]string{"email": "email", "birth_date": "born", "email_code": "code", "payment_method": "method", "monthly_free_amount": "free"}

// ours turns a complaint about a field of the program into one about ours.
func ours(err error) error {
	var e *pay.Error
	if !errors.As(err, &e) || fields[e.Field] == "" {
		return err
	}
	return pay.Errorf(pay.Invalid, e.Code, fields[e.Field], "%s", e.Hint)
}

func (s overApp) sendCode(ctx context.Context, v Visit, p Person) error {
	o, err := s.open(ctx, v)
	if err != nil {
		return err
	}
	return ours(s.app.Identify(ctx, app.Key{}, o.id(), o.session.ClientToken, p.Email, p.Born.String()))
}

func (s overApp) checkCode(ctx context.Context, v Visit, code string) (string, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return "", err
	}
	device, err := s.app.ProveEmail(ctx, o.id(), o.session.ClientToken, code)
	return device, ours(err)
}

func (s overApp) offer(ctx context.Context, v Visit) (Offer, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return Offer{}, err
	}
	if o.answer == nil {
		return Offer{}, errWho
	}
	methods, ask, err := s.methods(ctx, o, v)
	if err != nil {
		return Offer{}, err
	}
	out := Offer{AskFreeAmount: ask, Consent: web.T(ctx, "checkout.consent"), Version: app.ConsentFor(o.session.Cart.Intent)}
	if o.session.Cart.Recurring() {
		out.Consent += " " + web.T(ctx, "checkout.consent.recurring", web.Data{"Shop": s.app.MerchantName(o.session.Session.MerchantID)})
	}
	day, err := s.app.Day(ctx)
	if err != nil {
		return Offer{}, err
	}
	for _, m := range methods {
		view, err := methodView(ctx, m, day, v.Lang)
		if err != nil {
			return Offer{}, err
		}
		out.Methods = append(out.Methods, view)
	}
	return out, nil
}

// methods are the answers for all methods, as if the law's question were answered well where it is still to be asked.
func (s overApp) methods(ctx context.Context, o *opened, v Visit) (methods []app.MethodAnswer, ask bool, err error) {
	if !slices.ContainsFunc(o.answer.Methods, unassessed) {
		return o.answer.Methods, false, nil
	}
	assumed, err := s.app.Offer(ctx, o.id(), o.session.ClientToken, v.Device, &freeAssumed)
	if err != nil {
		return nil, false, err
	}
	return ofCategory(assumed.Methods, v.Category), true, nil
}

// unassessed reports whether a method only waits for what the law lets us ask.
func unassessed(m app.MethodAnswer) bool {
	return slices.ContainsFunc(m.Reasons, func(r credit.Reason) bool {
		return r.Code == credit.R16Affordability && r.Subject == credit.NoSubject
	})
}

func methodView(ctx context.Context, m app.MethodAnswer, today cal.Day, lang web.Lang) (Method, error) {
	out := Method{ID: m.Method, Due: cal.NoDay, Credit: pay.IsCredit(m.Method), Regulated: m.Regime == "REGULATED", Offered: m.Offered}
	out.Title, out.For, out.Against = Describe(ctx, m.Method)
	for _, r := range m.Reasons {
		out.Reasons = append(out.Reasons, r.Sentence(string(lang)))
	}
	if out.Regulated {
		out.APR = web.T(ctx, "checkout.rate.zero") // nothing is paid beyond the purchase, so the effective rate is zero
	}
	term, fixed := pay.Term(m.Method)
	if !fixed || !out.Credit {
		return out, nil
	}
	calendar, err := cal.CalendarOf(pay.Germany.Code)
	if err != nil {
		return out, err
	}
	out.Term, out.Due = term, cal.DueDay(today, term, calendar)
	return out, nil
}

func (s overApp) authorize(ctx context.Context, v Visit, c Choice) (Outcome, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return Outcome{}, err
	}
	if o.answer == nil {
		return Outcome{}, errWho
	}
	request := app.AuthorizeRequest{Method: c.Method, Consent: c.Consent == app.ConsentFor(o.session.Cart.Intent), DeviceToken: v.Device, Language: string(v.Lang)}
	if c.FreeAmount >= 0 {
		request.MonthlyFree = &c.FreeAmount
	}
	answer, err := s.app.Authorize(ctx, o.id(), o.session.ClientToken, request)
	if err != nil {
		return Outcome{}, ours(err)
	}
	switch answer.StepUp {
	case "email_code", "birth_date":
		return Outcome{}, errWho
	case "assessment":
		return Outcome{}, pay.Errorf(pay.Invalid, "assessment", "free", "The law asks for this amount")
	case "payment":
		return Outcome{Method: c.Method}, nil
	}
	if !answer.Approved {
		if !v.Frame {
			err = s.app.SetPage(ctx, o.page.Page.ID, pay.PageFailed)
		}
		return Outcome{Method: c.Method, Refusal: &Refusal{}}, err
	}
	if v.Frame {
		return Outcome{Method: c.Method}, nil // the shop's page gets the token and its server places the order
	}
	_, err = s.app.CompletePage(ctx, o.page.Page.ID, answer.Token)
	return Outcome{Method: c.Method}, err
}

func (s overApp) outcome(ctx context.Context, v Visit, method string) (Outcome, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Amount: o.session.Cart.Amount}
	if pay.IsCredit(method) {
		out.Term, _ = pay.Term(method)
	}
	if _, err := credit.ParseMethod(method); err == nil {
		out.Method, _, _ = Describe(ctx, method)
	}
	if token, order := o.decided(); token != "" {
		out.Back, out.Token = app.FillPage(o.page.Settings.Success, o.id(), o.page.Page.ID, token, order), pay.Bare(token)
		return out, nil
	}
	if v.Frame && o.session.Status == "complete" {
		return out, nil
	}
	if o.answer == nil {
		return Outcome{}, errWho
	}
	demand, err := s.demand(ctx, o)
	if err != nil {
		return Outcome{}, err
	}
	if demand != nil {
		out.Back, out.Slip = shopAddress(o.page.Settings), slipOf(ctx, *demand)
		return out, nil
	}
	return s.refusal(ctx, o, v, method, out)
}

// decided is the authorization of an approved purchase, and its order if our page placed it.
func (o *opened) decided() (pay.AuthorizationID, pay.OrderID) {
	if o.page.Page.Authorization != "" {
		return o.page.Page.Authorization, o.page.Page.OrderID
	}
	return o.session.Token, ""
}

// shopAddress is where a person goes who has not been approved: back, if the shop named it.
func shopAddress(s pay.PageSettings) string {
	for _, u := range []string{s.Back, s.Cancel, s.Failure} {
		if u != "" {
			return u
		}
	}
	return ""
}

func slipOf(ctx context.Context, o app.Owed) *web.Slip {
	return &web.Slip{
		Payload: o.Slip.Payload, Payee: o.Slip.Payee, IBAN: o.Slip.IBAN, BIC: o.Slip.BIC, Reference: o.Slip.Reference,
		Amount: web.Money(ctx, o.Invoice.Open, o.Invoice.Currency), Due: web.Day(ctx, o.Invoice.DueDay),
	}
}

func (s overApp) information(ctx context.Context, v Visit, method string) (Information, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return Information{}, err
	}
	pre, err := s.app.PreContract(ctx, o.id(), o.session.ClientToken, method)
	if err != nil {
		return Information{}, err
	}
	paper := pre.Paper(string(v.Lang))
	info := Information{Title: paper.Title}
	for _, row := range paper.Info {
		info.Facts = append(info.Facts, web.Fact{Label: row.Label, Value: row.Value})
	}
	for _, p := range paper.Sections {
		section := Section{Title: p.Title, Text: p.Paragraphs, Strong: p.Strong}
		for _, row := range p.Rows {
			section.Facts = append(section.Facts, web.Fact{Label: row.Label, Value: row.Value, Total: row.Strong})
		}
		info.Sections = append(info.Sections, section)
	}
	return info, nil
}

func (s overApp) cancel(ctx context.Context, v Visit) (string, error) {
	o, err := s.open(ctx, v)
	if err != nil {
		return "", err
	}
	return shopAddress(o.page.Settings), s.app.SetPage(ctx, o.page.Page.ID, pay.PageBack)
}

// currency of the amounts of a refusal is that of the cart.
func (o *opened) currency() money.Currency { return o.session.Cart.Currency }
