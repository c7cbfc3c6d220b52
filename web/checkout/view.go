// Package checkout holds the pages on which a person pays for one purchase: who they are, a code by
// e-mail, the choice of a method with its day and its cost, and the way back to the shop.
//
// A refusal shows first what works now, then what happened, why, and what opens the way again.
package checkout

import (
	"context"
	"errors"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/web"
)

// Visit is one checkout with what the browser holds for it.
type Visit struct {
	ID     string // the hosted page, from the address that the shop's redirect carries
	Device string // proof that this browser belongs to the consumer; empty before the e-mail code
	Lang   web.Lang

	Frame    bool   // inside a shop's page: ID is then the session's client token
	Category string // of methods that the frame is about, or "all"
}

// service is what the pages ask of the program: overApp in earnest, a fake with every state in the tests.
// Each error is a *pay.Error; Invalid with a field of the form becomes the sentence of that field, errWho leads
// back to the first page, everything else shows a page of its own.
type service interface {
	// purchase returns what is being bought and how far the checkout has come.
	purchase(ctx context.Context, v Visit) (Purchase, error)
	// sendCode sends a code to the address; it answers the same for known and unknown people.
	sendCode(ctx context.Context, v Visit, p Person) error
	// checkCode proves the address and returns the device token of this browser.
	// A wrong code is Invalid in field "code".
	checkCode(ctx context.Context, v Visit, code string) (device string, err error)
	// offer lists every method with its own outcome. It counts no enquiry.
	offer(ctx context.Context, v Visit) (Offer, error)
	// authorize decides. A refusal is an Outcome, not an error.
	// Invalid in field "free" asks for a better amount, in field "day" for another day.
	authorize(ctx context.Context, v Visit, c Choice) (Outcome, error)
	// outcome returns how the choice of a method went, for the pages after it. It changes nothing.
	outcome(ctx context.Context, v Visit, method string) (Outcome, error)
	// information is the pre-contract information for a method.
	information(ctx context.Context, v Visit, method string) (Information, error)
	// cancel gives the purchase up and returns the shop's address to go back to.
	cancel(ctx context.Context, v Visit) (back string, err error)
	// setData takes over what the shop's page says about the buyer, unless fields are wrong: then it names them and changes nothing.
	setData(ctx context.Context, v Visit, d shopData) (invalid []string, changed bool, err error)
}

// errWho says that the program must first learn who is there.
var errWho = errors.New("checkout: the person is not known")

// Stage is how far a checkout has come.
type Stage int

// The stages in their order.
const (
	Unknown  Stage = iota // nobody has said who they are
	CodeSent              // a code is on its way
	Known                 // the person is known; a method is to be chosen
	Decided               // approved, or waiting for the money
)

// Purchase is the basket as the page shows it.
type Purchase struct {
	Merchant string
	Lines    []Line
	Total    int64
	Currency money.Currency
	Stage    Stage
	Person   Person // as far as the shop or the person has told it
	SentTo   string // masked address the code went to

	Origins   []string // of the shop whose pages may frame this checkout and are spoken to
	Lang      web.Lang // the shop's, for a framed checkout
	Supported bool     // the shop offers a method of the frame's category
}

// Line is one line of the basket; Amount is its sum and may be negative for a discount.
type Line struct {
	Name     string
	Quantity int64
	Amount   int64
}

// Person is who says they are buying.
type Person struct {
	Email string
	Born  cal.Day
}

// Offer is the choice of methods for this person and purchase.
type Offer struct {
	Methods       []Method
	AskFreeAmount bool   // a regulated method is offered and no valid assessment is stored
	Consent       string // the text to agree to
	Version       string // of that text
}

// Method is one way to pay, offered or not.
type Method struct {
	ID        string
	Title     string
	Term      int           // days from dispatch to the one payment; 0 when there is a plan or nothing is deferred
	Due       cal.Day       // the last day to pay if the goods are sent today
	Days      []cal.Day     // days to choose from, for pay_later
	Plan      []Installment // several payments
	Cost      int64         // everything paid beyond the purchase
	APR       string        // effective annual rate as text, "0,00 %"; empty without credit
	For       []string
	Against   []string
	Credit    bool // somebody pays before the person does
	Regulated bool // consumer credit: warning, information and assessment apply
	Offered   bool
	Reasons   []string // why it is not offered
}

// Installment is one payment of a plan.
type Installment struct {
	Day    cal.Day
	Amount int64
}

// Choice is what the person chose and agreed to.
type Choice struct {
	Method     string
	Day        cal.Day // chosen day of pay_later, else NoDay
	FreeAmount int64   // what is left each month after fixed costs, in minor units; -1 not asked
	Consent    string  // version of the text that was agreed to
}

// Outcome is the answer to a choice.
type Outcome struct {
	Method  string // title
	Term    int    // days from dispatch to the one payment
	Plan    []Installment
	Amount  int64
	Back    string    // shop's address to go on with
	Token   string    // of the authorization, for a shop's page around a frame
	Slip    *web.Slip // transfer to make now, for prepayment
	Refusal *Refusal  // nil when it worked
}

// Refusal is what a person sees instead of a bare no.
type Refusal struct {
	Amount   int64
	Works    []Alternative // what works now
	Reasons  []string
	Steps    []string // sentences with amounts and days
	PayNow   int64    // sum of what is to be paid beyond what is agreed anyway
	AsAgreed int64    // sum of what merely has to be kept
	First    cal.Day  // first day on which it works again, NoDay if unknown
	Until    cal.Day  // last day of the promise
	UpTo     int64    // amount that is promised
	Most     int64    // what is possible on credit today, 0 for nothing
	Shop     string   // address of the basket
	Portal   string   // the one button: where the steps can be done
	Advice   string   // address of free debt advice, empty without overdue debt
	Version  string   // of the terms that the buttons of Works agree to
	Review   string   // address to ask for a person's look, empty without
}

// Alternative is a method that works now.
type Alternative struct{ ID, Title, Text string }

// Information is a document of facts, printable, with its version among them.
type Information struct {
	Title    string
	Facts    []web.Fact
	Sections []Section
}

// Section is one part of an information document.
type Section struct {
	Title  string
	Facts  []web.Fact
	Text   []string
	Strong bool // has to stand out: the warning
}

// Describe fills in title, advantages and disadvantages of a method from the words of the house.
func Describe(ctx context.Context, id string) (title string, pros, cons []string) {
	return web.T(ctx, "method.title."+id), lines(web.T(ctx, "method.for."+id)), lines(web.T(ctx, "method.against."+id))
}
