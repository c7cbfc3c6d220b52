package pay

// Endpoint is where a merchant wants to be told of events. Two secrets can be live at once, so that a merchant exchanges
// them without missing an event.
type Endpoint struct {
	MerchantID    MerchantID
	URL           string
	Secret        []byte // sealed
	Previous      []byte // sealed; empty: there is none
	PreviousUntil Micros // the previous secret signs up to this instant
	CreatedAt     Micros
}

// Event is something that happened to a merchant's orders or payouts. It holds no personal data.
type Event struct {
	ID         EventID
	MerchantID MerchantID
	Type       string // order.created, ...
	Subject    string // id of the noun it is about
	At         Micros
	Data       []byte // JSON object
}

// ShopCall is one call of a merchant's address: an event, or one of the callbacks that an order or session names.
type ShopCall struct {
	ID         ShopCallID
	MerchantID MerchantID
	JobID      JobID
	Kind       string // of the job
	Subject    string // of the job
	Host       string // of the address; its path may hold a secret of the shop
	Try        int64
	Status     int64  // of the answer; 0: there was none
	Problem    string // empty: it was taken
	At         Micros
	NextAt     Micros // of the next try; 0: there is none
}

// What a step of two people does with a merchant.
const (
	StepActivate = "activate"
	StepClose    = "close" // refuse an application, or end a merchant's sales
)

// Activation is the step that makes a pending merchant active, or closes one: one person asks, another one confirms.
type Activation struct {
	MerchantID  MerchantID
	Deed        string // StepClose; anything else activates
	Reason      string // of a closing
	Digest      string // of what was asked for; another content must be asked for again
	AskedBy     string
	AskedAt     Micros
	ConfirmedBy string
	ConfirmedAt Micros
}
