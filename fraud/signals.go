// Package fraud judges whether a purchase on credit is what it seems to be. It is kept apart from credit: nothing here
// scores, and nothing of the score is read.
//
// A bounded snapshot of signals goes in, an outcome with the codes of the rules that were hit comes out. Everything is
// pure and integer; rules are versioned data, and what was assessed is recorded so that it can be assessed again.
package fraud

import "fmt"

// Signal names one number that rules may look at.
type Signal uint8

// The signals. The set only grows at its end, so that recorded snapshots keep their meaning.
const (
	Amount          Signal = iota // of the purchase, minor units
	AccountDays                   // since the account was opened
	OnTime                        // purchases repaid on time
	DeviceHours                   // since the credential of this purchase was made; 0 when the address was just proved by a code
	DeviceOther                   // 1: the browser holds the token of another person
	Identity                      // 1: the identity is confirmed
	ContactDays                   // since e-mail, phone or address changed; Never where none did
	Reservations                  // other purchases of this person that wait for their order right now
	PurchasesDay                  // purchases on credit today
	DisposableEmail               // 1: the address lies in a domain for throw-away addresses
	BlockedEmail                  // 1: on the block list, likewise below
	BlockedPhone                  //
	BlockedAddress                //
	BlockedIBAN                   // an account that the person paid from
	BlockedDevice                 //
	ConvenienceAddr               // 1: a parcel locker, a hotel, a forwarding service, a name "care of" somebody
	AddressNew                    // 1: known person, delivery to an address that is not known of them
	AddressOthers                 // other people who bought to the same address within a day
	AmountPercent                 // of the largest amount repaid so far; 0 where there is none
	ClusterMembers                // people who share identity data, an account, a device or an address, this one included
	TwinOverdue                   // overdue amount on another account of the same person, identity confirmed on both
	SignalCount     = iota
)

// Never stands for a day that did not come.
const Never = 1 << 20

var signalNames = [SignalCount]string{"amount", "account_days", "on_time", "device_hours", "device_other", "identity", "contact_days",
	"reservations", "purchases_day", "disposable_email", "blocked_email", "blocked_phone", "blocked_address", "blocked_iban", "blocked_device",
	"convenience_address", "address_new", "address_others", "amount_percent", "cluster_members", "twin_overdue"}

// String returns the stable name, for example "account_days".
func (s Signal) String() string {
	if int(s) < len(signalNames) {
		return signalNames[s]
	}
	return fmt.Sprintf("unknown(%d)", s)
}

// ParseSignal is the inverse of String.
func ParseSignal(name string) (Signal, error) {
	for i, n := range signalNames {
		if n == name {
			return Signal(i), nil
		}
	}
	return 0, fmt.Errorf("unknown signal %q; known are %v", name, signalNames)
}

// MarshalText writes the stable name.
func (s Signal) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads the stable name.
func (s *Signal) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSignal(string(b))
	return err
}

// Signals is the snapshot that an assessment reads.
type Signals [SignalCount]int64

// Outcome says what happens to a purchase. Larger is stricter.
type Outcome uint8

// The outcomes.
const (
	Accept        Outcome = iota
	EmailCode             // a fresh code first
	IdentityFirst         // no credit before the identity is confirmed
	Person                // the order waits until a person has looked at it
)

var outcomeNames = [...]string{"accept", "email_code", "identity", "person"}

// String returns the stable name.
func (o Outcome) String() string {
	if int(o) < len(outcomeNames) {
		return outcomeNames[o]
	}
	return fmt.Sprintf("unknown(%d)", o)
}

// MarshalText writes the stable name.
func (o Outcome) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// UnmarshalText reads the stable name.
func (o *Outcome) UnmarshalText(b []byte) error {
	for i, n := range outcomeNames {
		if n == string(b) {
			*o = Outcome(i)
			return nil
		}
	}
	return fmt.Errorf("unknown outcome %q; known are %v", b, outcomeNames)
}
