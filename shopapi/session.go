package shopapi

import (
	"cmp"
	"encoding/json"
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// sessionCreated is the answer to a new session.
type sessionCreated struct {
	SessionID   string     `json:"session_id"`
	ClientToken string     `json:"client_token"`
	Categories  []category `json:"payment_method_categories,omitempty"`
}

// sessionRead is everything the shop itself stated about a session, and how far it came.
type sessionRead struct {
	AcquiringChannel   string          `json:"acquiring_channel,omitempty"`
	Attachment         json.RawMessage `json:"attachment,omitempty"`
	AuthorizationToken string          `json:"authorization_token,omitempty"`
	BillingAddress     *address        `json:"billing_address,omitempty"`
	ClientToken        string          `json:"client_token"`
	Customer           *customer       `json:"customer,omitempty"`
	Design             string          `json:"design,omitempty"`
	ExpiresAt          string          `json:"expires_at"`
	Intent             string          `json:"intent,omitempty"`
	Locale             string          `json:"locale,omitempty"`
	MerchantData       string          `json:"merchant_data,omitempty"`
	MerchantReference1 string          `json:"merchant_reference1,omitempty"`
	MerchantReference2 string          `json:"merchant_reference2,omitempty"`
	MerchantURLs       *merchantURLs   `json:"merchant_urls,omitempty"`
	Options            json.RawMessage `json:"options,omitempty"`
	OrderAmount        int64           `json:"order_amount"`
	OrderLines         []orderLine     `json:"order_lines"`
	OrderTaxAmount     *int64          `json:"order_tax_amount,omitempty"`
	Categories         []category      `json:"payment_method_categories,omitempty"`
	PurchaseCountry    string          `json:"purchase_country"`
	PurchaseCurrency   string          `json:"purchase_currency"`
	ShippingAddress    *address        `json:"shipping_address,omitempty"`
	Status             string          `json:"status"`
}

// customer is who buys, as the shop stated it.
type customer struct {
	DateOfBirth                string `json:"date_of_birth,omitempty"`
	Title                      string `json:"title,omitempty"`
	Gender                     string `json:"gender,omitempty"`
	Type                       string `json:"type,omitempty"`
	OrganizationRegistrationID string `json:"organization_registration_id,omitempty"`
	OrganizationEntityType     string `json:"organization_entity_type,omitempty"`
	VATID                      string `json:"vat_id,omitempty"`
}

// merchantURLs are the shop's addresses.
type merchantURLs struct {
	Confirmation  string `json:"confirmation,omitempty"`
	Notification  string `json:"notification,omitempty"`
	Push          string `json:"push,omitempty"`
	Authorization string `json:"authorization,omitempty"`
}

// readForm reads what a request states and reports what is wrong with single fields, before
// anything is looked up.
func readForm(o object, required ...string) (pay.Cart, error) {
	var cart pay.Cart
	o.require(required...)
	readCart(o, &cart)
	return cart, o.bad.err()
}

// changeCart returns the function that applies a well-formed request to a stored cart and checks
// the result. It may run again on a newer cart, so it keeps nothing between runs.
func changeCart(o object) func(*pay.Cart) error {
	return func(cart *pay.Cart) error {
		readCart(o, cart)
		return checkCart(cart)
	}
}

func (a *API) createSession(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	cart, err := readForm(o, cartRequired...)
	if err != nil {
		return err
	}
	if err := checkCart(&cart); err != nil {
		return err
	}
	s, err := a.app.CreateSession(c.r.Context(), c.who, cart)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, sessionCreated{
		SessionID:   pay.Bare(s.Session.ID),
		ClientToken: s.ClientToken,
		Categories:  a.categories(c, &cart),
	})
	return nil
}

func (a *API) updateSession(c *call) error {
	session, err := id[pay.SessionID](c, "session", pay.PrefixSession)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	if _, err := readForm(o); err != nil {
		return err
	}
	if err := a.app.UpdateSession(c.r.Context(), c.who, app.Key{}, session, changeCart(o)); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

func (a *API) readSession(c *call) error {
	session, err := id[pay.SessionID](c, "session", pay.PrefixSession)
	if err != nil {
		return err
	}
	s, err := a.app.ReadSession(c.r.Context(), c.who, session)
	if err != nil {
		return err
	}
	if s.Session.Authorization == "" && s.Session.ExpiresAt <= a.app.Clock.Now() {
		return errNoSession // its time is over, and nothing came of it
	}
	answer := sessionOf(s)
	answer.Categories = a.categories(c, &s.Cart)
	c.answer(http.StatusOK, answer)
	return nil
}

func sessionOf(s *app.SessionView) sessionRead {
	cart := &s.Cart
	out := sessionRead{
		AcquiringChannel:   cart.Channel,
		Attachment:         cart.Attachment,
		AuthorizationToken: pay.Bare(s.Token),
		BillingAddress:     addressOf(cart.Billing),
		ClientToken:        s.ClientToken,
		Customer:           customerOf(cart.Buyer),
		Design:             cart.Design,
		ExpiresAt:          timestamp(s.Session.ExpiresAt),
		Intent:             cart.Intent,
		Locale:             cart.Locale,
		MerchantData:       cart.MerchantData,
		MerchantReference1: cart.Reference1,
		MerchantReference2: cart.Reference2,
		Options:            cart.Options,
		OrderAmount:        cart.Amount,
		OrderLines:         linesOf(cart.Lines),
		PurchaseCountry:    cart.Country,
		PurchaseCurrency:   string(cart.Currency),
		ShippingAddress:    addressOf(cart.Shipping),
		Status:             s.Status,
	}
	// What a shop left out has a default on this wire; clients read these two without asking whether they are there.
	out.AcquiringChannel = cmp.Or(out.AcquiringChannel, "ECOMMERCE")
	out.Intent = cmp.Or(out.Intent, "buy")
	if cart.URLs != (pay.URLs{}) {
		urls := merchantURLs(cart.URLs)
		out.MerchantURLs = &urls
	}
	if cart.HasTax {
		out.OrderTaxAmount = &cart.TaxAmount
	}
	return out
}

func customerOf(b *pay.Buyer) *customer {
	if b == nil || *b == (pay.Buyer{}) {
		return nil
	}
	return &customer{
		DateOfBirth:                b.DateOfBirth,
		Title:                      b.Title,
		Gender:                     b.Gender,
		Type:                       b.Type,
		OrganizationRegistrationID: b.OrganizationID,
		OrganizationEntityType:     b.EntityType,
		VATID:                      b.VATID,
	}
}
