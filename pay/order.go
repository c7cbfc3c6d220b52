package pay

import "zahlziel/money"

// Order is a purchase that a shop placed. It is a memo until goods are captured: no ledger entry.
type Order struct {
	ID              OrderID
	ConsumerID      ConsumerID
	MerchantID      MerchantID
	SessionID       SessionID
	AuthorizationID AuthorizationID
	DecisionID      DecisionID
	Method          string
	Status          string
	Fraud           string
	Amount          int64
	OriginalAmount  int64
	Captured        int64
	Refunded        int64
	Released        int64
	Captures        int64 // how many
	Currency        money.Currency
	CreatedAt       Micros
	ExpiresAt       Micros
	Regime          string
	Reason          string
	Sealed          []byte // Cart
}

// Order states.
const (
	OrderAuthorized   = "AUTHORIZED"
	OrderPartCaptured = "PART_CAPTURED"
	OrderCaptured     = "CAPTURED"
	OrderCancelled    = "CANCELLED"
	OrderExpired      = "EXPIRED"
	OrderClosed       = "CLOSED"
)

// Fraud states of an order.
const (
	FraudAccepted = "ACCEPTED"
	FraudPending  = "PENDING"
	FraudRejected = "REJECTED"
)

// OrderMicros is how long an order may be captured: 28 days.
const OrderMicros Micros = 28 * 24 * 3600 * 1e6

// OrderMicrosMax is how long after its making an order may be captured at most, however often its time is extended: 180 days.
const OrderMicrosMax Micros = 180 * 24 * 3600 * 1e6

// Remaining is what may still be captured.
func (o *Order) Remaining() int64 {
	switch o.Status {
	case OrderCancelled, OrderExpired, OrderClosed:
		return 0
	}
	return o.Amount - o.Captured - o.Released
}

// Capture books a capture of amount at an instant, or says why it is not allowed.
func (o *Order) Capture(amount int64, at Micros) *Error {
	switch {
	case o.Fraud != FraudAccepted:
		return Errorf(Refused, "capture_not_allowed", "", "Capture not allowed: the order is still under review")
	case o.Status == OrderCancelled, o.Status == OrderExpired, o.Status == OrderClosed, at >= o.ExpiresAt:
		return Errorf(Refused, "capture_not_allowed", "", "Capture not allowed: the order is cancelled, closed or expired")
	case amount <= 0:
		return Errorf(Invalid, "bad_value", "captured_amount", "captured_amount must be at least 1")
	case amount > o.Remaining():
		return Errorf(Refused, "capture_not_allowed", "captured_amount", "Capture not allowed: %d is more than the remaining %d", amount, o.Remaining())
	}
	o.Captured += amount
	o.Captures++
	o.Status = OrderPartCaptured
	if o.Remaining() == 0 {
		o.Status = OrderCaptured
	}
	return nil
}

// Lapse ends an order whose time is over.
func (o *Order) Lapse(at Micros) {
	if (o.Status == OrderAuthorized || o.Status == OrderPartCaptured) && at >= o.ExpiresAt {
		o.Status = OrderExpired
	}
}

// open says why nothing of an order may change any more, or nil while something may still be captured.
func (o *Order) open(at Micros) *Error {
	if o.Status != OrderAuthorized && o.Status != OrderPartCaptured || at >= o.ExpiresAt {
		return Errorf(Refused, "not_allowed", "", "Not allowed: the order is captured, cancelled, closed or expired")
	}
	return nil
}

// Reamount sets what an order is about. Whether more may be deferred is not asked here.
func (o *Order) Reamount(amount int64, at Micros) *Error {
	if err := o.open(at); err != nil {
		return err
	}
	if amount <= 0 || amount < o.Captured+o.Released {
		return Errorf(Refused, "not_allowed", "order_amount", "Not allowed: the amount must be at least what is captured, %d, and more than 0", o.Captured+o.Released)
	}
	o.Amount = amount
	if o.Remaining() == 0 {
		o.Status = OrderCaptured
	}
	return nil
}

// ExtendTime sets an order's end to 28 days from now, at most 180 days after its making. On the day on which this was done,
// or the order made, it changes nothing.
func (o *Order) ExtendTime(at Micros) *Error {
	if err := o.open(at); err != nil {
		return err
	}
	if Germany.DayAt(o.ExpiresAt-OrderMicros) == Germany.DayAt(at) {
		return nil
	}
	until := min(at+OrderMicros, o.CreatedAt+OrderMicrosMax)
	if until <= o.ExpiresAt {
		return Errorf(Refused, "not_allowed", "", "Not allowed: an order ends at the latest 180 days after it was made")
	}
	o.ExpiresAt = until
	return nil
}

// Redirect says whether the goods of an order may still go to another address.
func (o *Order) Redirect(at Micros) *Error { return o.open(at) }

// Cancel ends an order that has no captures.
func (o *Order) Cancel() *Error {
	switch {
	case o.Captures > 0:
		return Errorf(Refused, "cancel_not_allowed", "", "Order has previous captures. Cancel not possible; release the remaining authorization instead")
	case o.Status == OrderExpired, o.Status == OrderClosed:
		return Errorf(Refused, "cancel_not_allowed", "", "Order is expired or closed. Cancel not possible")
	}
	o.Status = OrderCancelled
	return nil
}

// Release gives up what is not captured yet and returns that amount.
func (o *Order) Release() (int64, *Error) {
	if o.Status == OrderCancelled || o.Captures == 0 {
		return 0, Errorf(Refused, "release_not_allowed", "", "Release not allowed: the order is cancelled or has no captures; cancel it instead")
	}
	rest := o.Remaining()
	o.Released += rest
	if o.Status == OrderPartCaptured {
		o.Status = OrderCaptured
	}
	return rest, nil
}

// Refund books a refund of amount over the captures.
func (o *Order) Refund(amount int64) *Error {
	switch {
	case amount <= 0:
		return Errorf(Invalid, "bad_value", "refunded_amount", "refunded_amount must be at least 1")
	case amount > o.Captured-o.Refunded:
		return Errorf(Refused, "refund_not_allowed", "refunded_amount", "Refund not allowed: %d is more than the captured and not refunded %d", amount, o.Captured-o.Refunded)
	}
	o.Refunded += amount
	return nil
}

// Capture is one delivery of goods of an order; it makes the invoice.
type Capture struct {
	ID         CaptureID
	OrderID    OrderID
	ConsumerID ConsumerID
	MerchantID MerchantID
	InvoiceID  InvoiceID
	Number     int64 // 1, 2, ... within the order
	Amount     int64
	Refunded   int64
	At         Micros
	Sealed     []byte // Parcel
}

// Parcel is what a shop says about one capture or refund.
type Parcel struct {
	Lines       []Line     `json:"lines,omitempty"`
	Description string     `json:"description,omitempty"`
	Reference   string     `json:"reference,omitempty"`
	Shipping    []Shipment `json:"shipping,omitempty"`
	Parts       []Part     `json:"parts,omitempty"` // of a refund: which captures it lowers
}

// Part says how much of a refund lowers one capture.
type Part struct {
	CaptureID CaptureID `json:"capture_id"`
	InvoiceID InvoiceID `json:"invoice_id"`
	Amount    int64     `json:"amount"`
}

// Shipment is the tracking information of a parcel.
type Shipment struct {
	Company        string `json:"shipping_company,omitempty"`
	Method         string `json:"shipping_method,omitempty"`
	TrackingNumber string `json:"tracking_number,omitempty"`
	TrackingURI    string `json:"tracking_uri,omitempty"`
	ReturnCompany  string `json:"return_shipping_company,omitempty"`
	ReturnNumber   string `json:"return_tracking_number,omitempty"`
	ReturnURI      string `json:"return_tracking_uri,omitempty"`
}

// Refund is money back for captured goods.
type Refund struct {
	ID         RefundID
	OrderID    OrderID
	ConsumerID ConsumerID
	MerchantID MerchantID
	Amount     int64
	At         Micros
	Sealed     []byte // Parcel
}
