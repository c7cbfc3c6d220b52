package pay

import "zahlziel/cal"

// SourceAnswer is the newest answer of one kind of outside source about one consumer.
type SourceAnswer struct {
	ConsumerID ConsumerID
	Kind       string // credit.Source by name: bureau, identity, ...
	Source     string // name of the source as people know it
	Purpose    string // why it was asked: credit_purchase, own_request
	State      string // AnswerClear, ...
	AskedAt    Micros
	AsOf       cal.Day // the day that the answer describes
	Until      cal.Day // last day on which it holds
	Sealed     []byte  // SourceContent
}

// SourceContent is what a source said. Personal data.
type SourceContent struct {
	URL      string   `json:"url,omitempty"` // for access and correction
	Negative []string `json:"negative,omitempty"`
	Score    int32    `json:"score,omitempty"`
	Free     int64    `json:"free,omitempty"` // minor units per month
}

// States of an answer.
const (
	AnswerClear       = "clear"       // confirmed, or nothing negative
	AnswerHit         = "hit"         // something negative
	AnswerFailed      = "failed"      // a check ended without confirming
	AnswerUnavailable = "unavailable" // the source did not answer
)

// AnswerID is the key of a consumer's newest answer of a kind.
func AnswerID(kind string, c ConsumerID) string { return kind + ":" + string(c) }

// VerificationID is ver_.
type VerificationID string

// PrefixVerification is the prefix of a VerificationID.
const PrefixVerification = "ver"

// Verification is a check that a consumer has begun: at a partner, or with a code in a letter.
type Verification struct {
	ID         VerificationID
	ConsumerID ConsumerID
	Kind       string // identity, account, address, affordability
	State      string
	CodeMAC    string // of the code in a letter; empty for other ways
	Tries      int64
	CreatedAt  Micros
	ExpiresAt  Micros
	Sealed     []byte // VerificationContent
}

// VerificationContent is what a verification is about. Personal data.
type VerificationContent struct {
	Ref  string `json:"ref,omitempty"` // the partner's
	IBAN string `json:"iban,omitempty"`
	Way  string `json:"way"`            // partner, letter
	Home string `json:"home,omitempty"` // keyed digest of the address that a letter proves
}

// States of a verification.
const (
	VerificationOpen      = "open"
	VerificationConfirmed = "confirmed"
	VerificationFailed    = "failed"
)

// SanctionHit is an entry of a sanctions list that a consumer may be. A person decides.
type SanctionHit struct {
	ConsumerID ConsumerID
	List       string // eu, un, own
	Entry      string // the list's reference
	Digest     string // of the entry: what was cleared stays cleared while it says the same
	Score      int64  // agreement of the names, 0 to 1000
	State      string // HitOpen, ...
	FoundAt    Micros
	DecidedBy  StaffID
	DecidedAt  Micros
	Sealed     []byte // HitContent
}

// HitContent is what was compared and why somebody decided as they did. Personal data.
type HitContent struct {
	Listed    string   `json:"listed"` // the spelling that agrees best
	Spellings []string `json:"spellings,omitempty"`
	Born      []string `json:"born,omitempty"` // as the list says
	Birth     string   `json:"birth"`          // agrees, unknown
	Programme string   `json:"programme,omitempty"`
	Note      string   `json:"note,omitempty"`
}

// States of a hit.
const (
	HitOpen      = "open"
	HitCleared   = "cleared"   // another person
	HitConfirmed = "confirmed" // the listed person
)

// HitID is the key of a hit.
func HitID(c ConsumerID, list, entry string) string { return string(c) + ":" + list + ":" + entry }
