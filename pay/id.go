// Package pay holds the nouns of the platform and how each may change.
//
// Everything here is pure: no clock, no storage, no network. Instants are UTC
// microseconds since 1970 (Micros), due dates are civil days, amounts are minor units.
package pay

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
)

// Micros is an instant: UTC microseconds since 1970-01-01.
type Micros = int64

// Cells is how many cells consumers are spread over; a cell is chosen at random at a consumer's birth.
const Cells = 4096

// Buckets is how many buckets the cells form. A bucket is the distribution key and the unit of lanes and leases.
const Buckets = 64

// BucketOf returns the bucket (0..63) of a cell (0..4095).
func BucketOf(cell int) int { return cell / (Cells / Buckets) }

// The typed ids. Each prints as a three-letter prefix, an underscore and a UUIDv7 whose
// 12 bits after the version are the cell, so that any id alone says where its rows live.
type (
	ConsumerID      string // con_
	MerchantID      string // mer_
	OperatorID      string // opr_
	SessionID       string // ses_
	PageID          string // hpp_, a hosted payment page
	AuthorizationID string // aut_, also the authorization token on the wire
	OrderID         string // ord_
	CaptureID       string // cap_
	RefundID        string // ref_
	InvoiceID       string // inv_
	PaymentID       string // pmt_
	DecisionID      string // dec_
	DocumentID      string // doc_
	MailID          string // mai_
	JobID           string // job_
	PostingID       string // pos_
	PayoutID        string // pay_
	StaffID         string // stf_
	LookID          string // aud_, one line of the audit trail
	PromiseID       string // prm_, an accepted way back
	FraudCheckID    string // frc_
	ReviewID        string // rev_, a person's look at a contested decision or fact
	ReviewFileID    string // rvf_
	EventID         string // evt_, something that a merchant is told of
	ShopCallID      string // scl_, one call of a merchant's address
)

// Prefixes of the ids above.
const (
	PrefixConsumer      = "con"
	PrefixMerchant      = "mer"
	PrefixOperator      = "opr"
	PrefixSession       = "ses"
	PrefixPage          = "hpp"
	PrefixAuthorization = "aut"
	PrefixOrder         = "ord"
	PrefixCapture       = "cap"
	PrefixRefund        = "ref"
	PrefixInvoice       = "inv"
	PrefixPayment       = "pmt"
	PrefixDecision      = "dec"
	PrefixDocument      = "doc"
	PrefixMail          = "mai"
	PrefixJob           = "job"
	PrefixPosting       = "pos"
	PrefixPayout        = "pay"
	PrefixStaff         = "stf"
	PrefixAudit         = "aud"
	PrefixPromise       = "prm"
	PrefixFraudCheck    = "frc"
	PrefixReview        = "rev"
	PrefixReviewFile    = "rvf"
	PrefixEvent         = "evt"
	PrefixShopCall      = "scl"
)

// MintID builds an id from its prefix, its cell, the instant and eight random bytes (RFC 9562 UUIDv7, rand_a = cell).
func MintID(prefix string, cell int, at Micros, random [8]byte) string {
	var u [16]byte
	binary.BigEndian.PutUint64(u[:8], uint64(at/1000)<<16)
	u[6] = 0x70 | byte(cell>>8)
	u[7] = byte(cell)
	copy(u[8:], random[:])
	u[8] = 0x80 | u[8]&0x3f
	b := make([]byte, 0, 40)
	b = append(b, prefix...)
	b = append(b, '_')
	for i, c := range u {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return string(b)
}

const hexDigits = "0123456789abcdef"

// CellOf returns the cell that an id carries, or -1 when the text is no id of ours.
func CellOf(id string) int {
	u := id
	if len(u) > 4 && u[3] == '_' {
		u = u[4:]
	}
	if len(u) != 36 || u[14] != '7' {
		return -1
	}
	cell := 0
	for _, c := range []byte(u[15:18]) {
		d := strings.IndexByte(hexDigits, c)
		if d < 0 {
			return -1
		}
		cell = cell<<4 | d
	}
	return cell
}

// InstantOf returns the instant that an id was minted for, in whole milliseconds, or 0 when the text is no id of ours.
func InstantOf[T ~string](id T) Micros {
	bare := Bare(id)
	if CellOf(string(id)) < 0 {
		return 0
	}
	ms, err := strconv.ParseInt(bare[:8]+bare[9:13], 16, 64)
	if err != nil {
		return 0
	}
	return ms * 1000
}

// Bare returns the UUID of an id without its prefix: the form of the compatible wire.
func Bare[T ~string](id T) string {
	if len(id) > 4 && id[3] == '_' {
		return string(id[4:])
	}
	return string(id)
}

// ParseID reads an id with or without its prefix and returns it with the prefix.
// ok is false when the text is not a UUIDv7 or carries another prefix.
func ParseID[T ~string](prefix, s string) (id T, ok bool) {
	if len(s) == 40 && s[3] == '_' {
		if s[:3] != prefix {
			return "", false
		}
		s = s[4:]
	}
	if len(s) != 36 || CellOf(s) < 0 {
		return "", false
	}
	s = strings.ToLower(s)
	for i := 0; i < len(s); i++ {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (s[i] == '-') || !dash && strings.IndexByte(hexDigits, s[i]) < 0 {
			return "", false
		}
	}
	return T(prefix + "_" + s), true
}

// ShortReference is the human reference of an order or capture: eight characters that read aloud well, from the random half of the id.
func ShortReference[T ~string](id T) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
	raw, err := hex.DecodeString(strings.ReplaceAll(Bare(id), "-", ""))
	if err != nil || len(raw) != 16 {
		return ""
	}
	v := binary.BigEndian.Uint64(raw[8:])
	out := make([]byte, 8)
	for i := range out {
		out[i] = letters[v&31]
		v >>= 5
	}
	return string(out)
}
