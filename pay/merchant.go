package pay

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// Merchant is a shop that sells through the platform. Settings are contract data, read-mostly.
type Merchant struct {
	ID          MerchantID      `json:"id"`
	OperatorID  OperatorID      `json:"operator_id"`
	Name        string          `json:"name"`
	Status      string          `json:"status"` // pending, active, closed
	Mode        string          `json:"mode"`   // test, live
	Market      string          `json:"market"`
	Currency    money.Currency  `json:"currency"`
	Methods     []string        `json:"methods"`                // payment methods agreed, in the order to show
	OrderMax    int64           `json:"order_max"`              // minor units; 0 means no cap of its own
	ExposureMax int64           `json:"exposure_max,omitempty"` // most that its customers may owe at once, minor units; 0: the fraud rules' bound
	FeeRate     int64           `json:"fee_rate"`               // percent x 100 of the captured amount
	FeeFixed    int64           `json:"fee_fixed"`              // minor units per capture
	FeeTax      string          `json:"fee_tax"`                // VAT code of the fee, for example DE19
	FeeTaxRate  int64           `json:"fee_tax_rate"`           // percent x 100
	SettleDays  int             `json:"settle_days"`            // bank days from capture to payout
	PayoutIBAN  string          `json:"payout_iban"`
	Settlement  SettlementTerms `json:"settlement"`
	WebsiteURL  string          `json:"website_url"`
	Origins     []string        `json:"origins,omitempty"` // further origins, https://host[:port], whose pages may show the checkout in a frame
	Email       string          `json:"email"`
	Address     Address         `json:"address"`
	CreatedAt   Micros          `json:"created_at"`
	Companies   bool            `json:"companies,omitempty"`   // companies may buy, too; the person who orders is decided about
	Held        bool            `json:"held,omitempty"`        // a sanctions list may name somebody behind it: nothing is sold or paid out until a person has looked
	Application *Application    `json:"application,omitempty"` // what a merchant must tell before it can be activated
}

// Application is what the operator checks before a merchant may sell.
type Application struct {
	Legal      string   `json:"legal"` // legal entity
	RegisterNo string   `json:"register_no"`
	Goods      string   `json:"goods"`             // class of goods
	Agreement  string   `json:"agreement"`         // version of the agreement on the purchase of receivables
	Guarantee  bool     `json:"guarantee"`         // the operator bears the buyers' default, never the claim's existence
	Owners     []byte   `json:"owners"`            // []Owner, sealed
	Cleared    []string `json:"cleared,omitempty"` // entries of sanctions lists that a person has found to be somebody else
}

// Owner is a person behind a merchant. Personal data.
type Owner struct {
	Name string  `json:"name"`
	Born cal.Day `json:"born"`
}

// Goods are the classes of goods that a merchant may sell.
var Goods = []string{"fashion", "home", "electronics", "food", "health", "leisure", "media", "services", "other"}

// Merchant states and modes.
const (
	MerchantPending = "pending"
	MerchantActive  = "active"
	MerchantClosed  = "closed"
	ModeTest        = "test"
	ModeLive        = "live"
)

// Credential is one API user of a merchant. The secret has high entropy, so a keyed hash of it is enough.
type Credential struct {
	Username   string
	MerchantID MerchantID
	SecretMAC  string // HMAC-SHA256 of the secret, base64
	Active     bool
	CreatedAt  Micros
}

// Operator is the legal entity that runs an installation and buys the receivables.
type Operator struct {
	ID         OperatorID `json:"id"`
	Name       string     `json:"name"`
	Licence    string     `json:"licence"`  // factoring, credit_institution, software_only; decides regime and retention
	Purchase   bool       `json:"purchase"` // true: the operator buys receivables, so a deferral is third-party credit
	Address    Address    `json:"address"`
	Email      string     `json:"email"`
	Phone      string     `json:"phone"`
	Hours      string     `json:"hours"`
	IBAN       string     `json:"iban"` // the account consumers pay to
	BIC        string     `json:"bic"`
	Bank       string     `json:"bank"`
	DebtHelp   string     `json:"debt_help"` // address of free debt advice
	RegisterNo string     `json:"register_no"`
}
