package pay

import (
	"strings"

	"zahlziel/money"
)

// CustomerTokenID names a consumer's permission for recurring orders.
type CustomerTokenID string // tok_

// PrefixCustomerToken is the prefix of a CustomerTokenID.
const PrefixCustomerToken = "tok"

// What a session is opened for. The empty intent is IntentBuy.
const (
	IntentBuy            = "buy"
	IntentTokenize       = "tokenize"         // permission for recurring orders, nothing is bought now
	IntentBuyAndTokenize = "buy_and_tokenize" // a purchase, and the permission
)

// Recurring reports whether a cart asks for permission for recurring orders.
func (c *Cart) Recurring() bool {
	return c.Intent == IntentTokenize || c.Intent == IntentBuyAndTokenize
}

// ConsentVersion is the version of the text that a buyer ticks for an intent: who is asked for permission for recurring orders
// reads another text.
func ConsentVersion(base, intent string) string {
	if intent == IntentTokenize || intent == IntentBuyAndTokenize {
		return base + "+" + intent
	}
	return base
}

// Intent is what the buyer agreed to: IntentBuy, or one with recurring orders.
func (c CheckoutConsent) Intent() string {
	if _, intent, ok := strings.Cut(c.Version, "+"); ok {
		return intent
	}
	return IntentBuy
}

// CustomerToken is a consumer's permission to one shop to place recurring orders. It promises nothing: every such order is
// decided on its own day. It lies in the consumer's cell.
type CustomerToken struct {
	ID              CustomerTokenID
	ConsumerID      ConsumerID
	MerchantID      MerchantID
	AuthorizationID AuthorizationID // the confirmation that gave the permission
	Method          string
	Status          string
	Currency        money.Currency
	CreatedAt       Micros
	EndedAt         Micros // 0 while it is active
	EndedBy         string // merchant, consumer
	Consent         CheckoutConsent
	Sealed          []byte // TokenTerms
}

// States of a customer token.
const (
	TokenActive    = "ACTIVE"
	TokenCancelled = "CANCELLED"
)

// Who ended a customer token.
const (
	EndedByMerchant = "merchant"
	EndedByConsumer = "consumer"
)

// TokenTerms is what a shop said about a permission for recurring orders, and for whom. Personal data.
type TokenTerms struct {
	Description string   `json:"description"`
	Locale      string   `json:"locale,omitempty"`
	Country     string   `json:"country"`
	Billing     *Address `json:"billing,omitempty"`
	Shipping    *Address `json:"shipping,omitempty"`
	Buyer       *Buyer   `json:"buyer,omitempty"`
	Stated      *Buyer   `json:"stated,omitempty"` // what the shop itself stated when it asked for the token
}

// Cancel ends a token for ever. Ending it again changes nothing.
func (t *CustomerToken) Cancel(by string, at Micros) (changed bool) {
	if t.Status == TokenCancelled {
		return false
	}
	t.Status, t.EndedAt, t.EndedBy = TokenCancelled, at, by
	return true
}

// IsOrganization reports whether a company buys.
func (b *Buyer) IsOrganization() bool { return b != nil && b.Type == "organization" }
