package pay

import "zahlziel/cal"

// Consumer is a person who buys. Names, contact data, birth date and facts are sealed with the consumer's own key.
type Consumer struct {
	ID         ConsumerID
	Market     string // MarketOf
	Language   string // de, en
	Status     string // active, merged, erased
	MergedInto ConsumerID
	CreatedAt  Micros
	WrappedKey []byte // the consumer's key under the master key; empty once erased
	Profile    []byte // Profile, sealed
	Facts      []byte // credit.Facts, sealed
}

// Consumer states.
const (
	ConsumerActive = "active"
	ConsumerMerged = "merged"
	ConsumerErased = "erased"
)

// Profile is what is known about a person. Personal data; none of it scores.
type Profile struct {
	Email     string   `json:"email"`
	Phone     string   `json:"phone,omitempty"`
	Born      cal.Day  `json:"born"`
	Billing   Address  `json:"billing"`
	Shipping  *Address `json:"shipping,omitempty"`
	PayerIBAN []string `json:"payer_iban,omitempty"` // accounts that paid before, newest first
}

// DecisionRow is the stored record of one decision; the record itself is sealed.
type DecisionRow struct {
	ID         DecisionID
	ConsumerID ConsumerID
	MerchantID MerchantID
	Kind       string // what it is about
	Day        cal.Day
	At         Micros
	Amount     int64
	Approved   int64 // 1 when the asked method was granted
	Lane       int
	Link       int64
	Salt       []byte
	Sealed     []byte // credit.Record
}

// Consent is one agreement that a person gave by an act of their own, outside a checkout.
type Consent struct {
	ID         string
	ConsumerID ConsumerID
	Kind       string // what it is about
	Version    string // of the text that was agreed to
	Ref        string // id of what it was given for
	At         Micros
	Day        cal.Day // business day
	Way        string  // how the person proved who they are: email_code, device
	Language   string  // in which the text was shown
}

// Contract states under which rules one deferred payment was concluded.
type Contract struct {
	ID          string // the order's id
	ConsumerID  ConsumerID
	OrderID     OrderID
	Method      string
	Regime      string
	Reason      string
	ContractDay cal.Day
	DocumentID  DocumentID
}

// Claim is a directory entry: a keyed digest of a look-up key that belongs to exactly one consumer.
type Claim struct {
	Bucket     int
	Digest     string // kind and HMAC
	ConsumerID ConsumerID
	At         Micros
}

// Word is a searchable blind index that several consumers may share.
type Word struct {
	Bucket     int
	Digest     string
	ConsumerID ConsumerID
	At         Micros
}

// Device is a browser that proved to be its consumer's; its token's digest is the id.
type Device struct {
	Bucket     int
	Digest     string
	ConsumerID ConsumerID
	CreatedAt  Micros
	ExpiresAt  Micros
}

// Visit is a sign-in of a consumer or of staff, or a link that leads to one; its token's digest is the id.
type Visit struct {
	Bucket    int
	Digest    string
	Kind      string // link, portal, desk
	Subject   string // consumer or staff id
	CreatedAt Micros
	ExpiresAt Micros
}

// Staff is a person who works at the operator's desk.
type Staff struct {
	ID       StaffID
	Email    string
	Name     string
	Role     string
	Password string // argon2id
	Active   bool
}

// Roles of staff, least first.
const (
	RoleSupport     = "support"
	RoleCollections = "collections"
	RoleFinance     = "finance"
	RoleRisk        = "risk"
	RoleAdmin       = "admin"
)
