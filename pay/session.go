package pay

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Session is one purchase attempt that a shop opened. It lives 48 hours and has a cell of its own.
type Session struct {
	ID            SessionID
	MerchantID    MerchantID
	Amount        int64
	Currency      money.Currency
	CreatedAt     Micros
	ExpiresAt     Micros
	ConsumerID    ConsumerID      // who proved to be the buyer on our origin, else empty
	Authorization AuthorizationID // the last authorization given, else empty
	Email         string          // blind index of the address a code was sent to
	CodeMAC       string          // keyed hash of the code sent by e-mail
	CodeExpires   Micros
	CodeTries     int64
	Sealed        []byte // Cart
}

// SessionMicros is how long a session lives.
const SessionMicros Micros = 48 * 3600 * 1e6

// Page states of a hosted payment page. The final ones are COMPLETED, CANCELLED and DISABLED.
const (
	PageWaiting    = "WAITING"
	PageInProgress = "IN_PROGRESS"
	PageCompleted  = "COMPLETED"
	PageFailed     = "FAILED"
	PageCancelled  = "CANCELLED"
	PageBack       = "BACK"
	PageError      = "ERROR"
	PageDisabled   = "DISABLED"
)

// Page is a hosted payment page: the redirect flow over a session. It shares the session's cell.
type Page struct {
	ID            PageID
	SessionID     SessionID
	MerchantID    MerchantID
	Status        string
	UpdatedAt     Micros
	ExpiresAt     Micros
	Authorization AuthorizationID
	OrderID       OrderID
	Settings      []byte // PageSettings as JSON
}

// PageSettings are the shop's wishes for a hosted page.
type PageSettings struct {
	Success      string   `json:"success,omitempty"`
	Cancel       string   `json:"cancel,omitempty"`
	Back         string   `json:"back,omitempty"`
	Failure      string   `json:"failure,omitempty"`
	Error        string   `json:"error,omitempty"`
	StatusUpdate string   `json:"status_update,omitempty"`
	PlaceOrder   string   `json:"place_order,omitempty"` // NONE, PLACE_ORDER, CAPTURE_ORDER
	Title        string   `json:"title,omitempty"`
	Categories   []string `json:"categories,omitempty"`
	Sent         int      `json:"sent,omitempty"` // how often its address was mailed to a buyer
	Form         string   `json:"form,omitempty"` // FormNative, or the wire's where it is empty: how its news are printed
}

// FormNative is the form of the native API.
const FormNative = "native"

// Authorization is our promise to a shop for one purchase: amount, method, and 60 minutes to order.
type Authorization struct {
	ID         AuthorizationID
	ConsumerID ConsumerID
	SessionID  SessionID
	MerchantID MerchantID
	DecisionID DecisionID
	Method     string
	Status     string
	Amount     int64
	Currency   money.Currency
	CreatedAt  Micros
	ExpiresAt  Micros
	OrderID    OrderID
	InvoiceID  InvoiceID // the prepayment demand, where the method is one
	CartDigest string    // Cart.Digest of what was authorised
	Regime     string
	Reason     string          // why that regime
	Consent    CheckoutConsent // what the buyer agreed to
	Document   DocumentID      // agreement on a durable medium, for regulated methods
}

// CheckoutConsent is what a buyer agreed to at checkout, and how they proved who they are.
type CheckoutConsent struct {
	Version  string  // of the text that was ticked
	Day      cal.Day // business day
	Way      string  // email_code, device
	Language string  // in which the text was shown
}

// Authorization states.
const (
	AuthorizationLive     = "live"
	AuthorizationAwaiting = "awaiting_payment"
	AuthorizationUsed     = "used"
	AuthorizationReleased = "released"
	AuthorizationExpired  = "expired"
)

// AuthorizationMicros is how long a shop may order with an authorization.
const AuthorizationMicros Micros = 60 * 60 * 1e6
