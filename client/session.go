package client

import (
	"context"
	"net/url"
	"time"
)

// Cart is what a shop states about a purchase. Amounts are minor units; the lines' totals sum up to Amount.
type Cart struct {
	Country      string   `json:"country"`
	Currency     string   `json:"currency"`
	Locale       string   `json:"locale,omitempty"`
	Intent       string   `json:"intent,omitempty"` // buy (also empty), tokenize, buy_and_tokenize
	Amount       int64    `json:"amount"`
	TaxAmount    *int64   `json:"tax_amount,omitempty"`
	Lines        []Line   `json:"lines"`
	Billing      *Address `json:"billing,omitempty"`
	Shipping     *Address `json:"shipping,omitempty"`
	Reference    string   `json:"reference,omitempty"`
	Reference2   string   `json:"reference2,omitempty"`
	MerchantData string   `json:"merchant_data,omitempty"`
	URLs         *URLs    `json:"urls,omitempty"`
}

// Line is one thing in a cart. TotalAmount is Quantity x UnitPrice - DiscountAmount; TaxRate is percent times 100.
type Line struct {
	Type           string `json:"type,omitempty"`
	Reference      string `json:"reference,omitempty"`
	Name           string `json:"name"`
	Quantity       int64  `json:"quantity"`
	QuantityUnit   string `json:"quantity_unit,omitempty"`
	UnitPrice      int64  `json:"unit_price"`
	TaxRate        int64  `json:"tax_rate"`
	DiscountAmount int64  `json:"discount_amount"`
	TotalAmount    int64  `json:"total_amount"`
	TaxAmount      int64  `json:"tax_amount"`
	ImageURL       string `json:"image_url,omitempty"`
	ProductURL     string `json:"product_url,omitempty"`
}

// Address is where a bill or goods go.
type Address struct {
	Organization string `json:"organization,omitempty"`
	Attention    string `json:"attention,omitempty"`
	Title        string `json:"title,omitempty"`
	GivenName    string `json:"given_name,omitempty"`
	FamilyName   string `json:"family_name,omitempty"`
	Street       string `json:"street,omitempty"`
	Street2      string `json:"street2,omitempty"`
	PostalCode   string `json:"postal_code,omitempty"`
	City         string `json:"city,omitempty"`
	Region       string `json:"region,omitempty"`
	Country      string `json:"country,omitempty"`
	Email        string `json:"email,omitempty"`
	Phone        string `json:"phone,omitempty"`
}

// Buyer is who buys. BirthDate is YYYY-MM-DD.
type Buyer struct {
	BirthDate      string `json:"birth_date,omitempty"`
	Type           string `json:"type,omitempty"` // person, organization
	OrganizationID string `json:"organization_id,omitempty"`
	VATID          string `json:"vat_id,omitempty"`
}

// NewSession opens a purchase.
type NewSession struct {
	Cart
	Buyer *Buyer `json:"buyer,omitempty"`
}

// SessionChange says what to replace in an open purchase: members that are not nil, each as a whole.
type SessionChange struct {
	Country      *string  `json:"country,omitempty"`
	Currency     *string  `json:"currency,omitempty"`
	Locale       *string  `json:"locale,omitempty"`
	Intent       *string  `json:"intent,omitempty"`
	Amount       *int64   `json:"amount,omitempty"`
	TaxAmount    *int64   `json:"tax_amount,omitempty"`
	Lines        []Line   `json:"lines,omitempty"`
	Billing      *Address `json:"billing,omitempty"`
	Shipping     *Address `json:"shipping,omitempty"`
	Buyer        *Buyer   `json:"buyer,omitempty"`
	Reference    *string  `json:"reference,omitempty"`
	Reference2   *string  `json:"reference2,omitempty"`
	MerchantData *string  `json:"merchant_data,omitempty"`
	URLs         *URLs    `json:"urls,omitempty"`
}

// URLs are the shop's addresses: where the buyer goes after the order, and what is called. {session.id} and {order.id} in them
// are filled in.
type URLs struct {
	Confirmation  string `json:"confirmation,omitempty"`
	Notification  string `json:"notification,omitempty"`
	Push          string `json:"push,omitempty"`
	Authorization string `json:"authorization,omitempty"`
}

// Session is a purchase that a buyer may confirm. Status is open, authorized, complete or expired.
type Session struct {
	ID                 string    `json:"id"`
	ClientToken        string    `json:"client_token"`
	Status             string    `json:"status"`
	Methods            []string  `json:"methods"`
	AuthorizationToken string    `json:"authorization_token"`
	ExpiresAt          time.Time `json:"expires_at"`
	Cart               Cart      `json:"cart"`
}

// CreateSession opens a purchase.
func (c *Client) CreateSession(ctx context.Context, s NewSession) (*Session, error) {
	return post[Session](ctx, c, "/sessions", s)
}

// Session reads a purchase and how far it came.
func (c *Client) Session(ctx context.Context, id string) (*Session, error) {
	return get[Session](ctx, c, "/sessions/"+url.PathEscape(id), nil)
}

// ChangeSession changes an open purchase. What the buyer confirmed before the change cannot be ordered any more.
func (c *Client) ChangeSession(ctx context.Context, id string, change SessionChange) (*Session, error) {
	return patch[Session](ctx, c, "/sessions/"+url.PathEscape(id), change)
}

// EndSession ends a purchase before its time and gives up what was authorised in it.
func (c *Client) EndSession(ctx context.Context, id string) (*Session, error) {
	return post[Session](ctx, c, "/sessions/"+url.PathEscape(id)+"/end", struct{}{})
}

// NewPage opens a hosted payment page. Then is none, order or order_and_capture.
type NewPage struct {
	Title string   `json:"title,omitempty"`
	Then  string   `json:"then,omitempty"`
	URLs  PageURLs `json:"urls"`
}

// PageURLs are where the page sends the buyer, and with Status what is called on every change of the page's status.
type PageURLs struct {
	Success string `json:"success,omitempty"`
	Cancel  string `json:"cancel,omitempty"`
	Back    string `json:"back,omitempty"`
	Failure string `json:"failure,omitempty"`
	Error   string `json:"error,omitempty"`
	Status  string `json:"status,omitempty"`
}

// Page is a hosted payment page: send the buyer to URL.
type Page struct {
	ID                 string    `json:"id"`
	SessionID          string    `json:"session_id"`
	URL                string    `json:"url"`
	Status             string    `json:"status"`
	ExpiresAt          time.Time `json:"expires_at"`
	AuthorizationToken string    `json:"authorization_token"`
	OrderID            string    `json:"order_id"`
}

// CreatePage opens a hosted payment page over a session.
func (c *Client) CreatePage(ctx context.Context, session string, p NewPage) (*Page, error) {
	return post[Page](ctx, c, "/sessions/"+url.PathEscape(session)+"/page", p)
}

// Page reads what became of a hosted payment page.
func (c *Client) Page(ctx context.Context, id string) (*Page, error) {
	return get[Page](ctx, c, "/pages/"+url.PathEscape(id), nil)
}

// CancelPage ends a hosted payment page that is not complete.
func (c *Client) CancelPage(ctx context.Context, id string) (*Page, error) {
	return post[Page](ctx, c, "/pages/"+url.PathEscape(id)+"/cancel", struct{}{})
}

// MailPage mails the page's address to the buyer.
func (c *Client) MailPage(ctx context.Context, id, email string) (*Page, error) {
	return post[Page](ctx, c, "/pages/"+url.PathEscape(id)+"/mail", map[string]string{"email": email})
}

// Authorization is what a buyer's confirmation gave. Status is live, awaiting_payment, used, released or expired.
type Authorization struct {
	Token     string    `json:"authorization_token"`
	Status    string    `json:"status"`
	Method    string    `json:"method"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	SessionID string    `json:"session_id"`
	OrderID   string    `json:"order_id"`
}

// Authorization reads what a buyer's confirmation gave.
func (c *Client) Authorization(ctx context.Context, token string) (*Authorization, error) {
	return get[Authorization](ctx, c, "/authorizations/"+url.PathEscape(token), nil)
}

// ReleaseAuthorization gives up an authorization that was not used.
func (c *Client) ReleaseAuthorization(ctx context.Context, token string) (*Authorization, error) {
	return post[Authorization](ctx, c, "/authorizations/"+url.PathEscape(token)+"/release", struct{}{})
}

// Outcome says whether a method is possible for a purchase. Next is the page that shows the buyer why not.
type Outcome struct {
	Method string `json:"method"`
	OK     bool   `json:"ok"`
	Amount int64  `json:"amount"`
	Next   string `json:"next"`
}

// Methods asks which methods a purchase could take. It counts and stores nothing.
func (c *Client) Methods(ctx context.Context, session string) ([]Outcome, error) {
	list, err := post[struct{ Methods []Outcome }](ctx, c, "/decisions", map[string]string{"session_id": session})
	if err != nil {
		return nil, err
	}
	return list.Methods, nil
}

// Identify mails a code to the buyer. The client's key is the session's ClientToken; birth is YYYY-MM-DD.
func (c *Client) Identify(ctx context.Context, session, email, birth string) error {
	_, err := post[struct{}](ctx, c, "/sessions/"+url.PathEscape(session)+"/identify", map[string]string{"email": email, "birth_date": birth})
	return err
}

// Confirmation is what the buyer says at the checkout. A code of a mail or a device's token proves who they are.
type Confirmation struct {
	Method      string      `json:"payment_method"`
	Consent     bool        `json:"consent"`
	EmailCode   string      `json:"email_code,omitempty"`
	DeviceToken string      `json:"device_token,omitempty"`
	Assessment  *Assessment `json:"assessment,omitempty"`
}

// Assessment is what the buyer says to have left each month, in minor units.
type Assessment struct {
	MonthlyFreeAmount int64 `json:"monthly_free_amount"`
}

// Confirmed is the outcome of a confirmation. With StepUp the buyer has to do something first; with Payment they pay in advance.
type Confirmed struct {
	Approved           bool              `json:"approved"`
	AuthorizationToken string            `json:"authorization_token"`
	ExpiresAt          time.Time         `json:"expires_at"`
	DeviceToken        string            `json:"device_token"`
	Methods            []ConfirmedMethod `json:"methods"`
	StepUp             string            `json:"step_up"`
	Payment            *Demand           `json:"payment"`
}

// ConfirmedMethod is one method of the shop with the reasons why it is not offered, as codes and as sentences.
type ConfirmedMethod struct {
	ID         string   `json:"id"`
	Offered    bool     `json:"offered"`
	Reasons    []string `json:"reasons"`
	Texts      []string `json:"texts"`
	WayBackURL string   `json:"way_back_url"`
}

// Demand is what to transfer for a prepayment, until a day YYYY-MM-DD.
type Demand struct {
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	Reference string `json:"reference"`
	IBAN      string `json:"iban"`
	Until     string `json:"until"`
}

// Confirm confirms a purchase for its buyer. The client's key is the session's ClientToken.
func (c *Client) Confirm(ctx context.Context, session string, f Confirmation) (*Confirmed, error) {
	return post[Confirmed](ctx, c, "/sessions/"+url.PathEscape(session)+"/authorize", f)
}
