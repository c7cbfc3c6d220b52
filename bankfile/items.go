package bankfile

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"strconv"
	"strings"
	"unicode"

	"zahlziel/cal"
	"zahlziel/money"
)

// Item is what is booked: an entry, or one transaction of an entry that holds several.
type Item struct {
	Key      string // unique and the same each time the bank sends this booking again
	EntryKey string // key of the entry; items of one entry share it
	Entry    int    // number of the entry in the file
	Part     int    // number of the transaction in the entry, from 1; 0 if the entry is kept whole
	Parts    int    // items of this entry

	Account  string // our account
	Amount   int64  // minor units, never negative
	Currency money.Currency
	Credit   bool
	Reversal bool
	Status   Status
	Booked   cal.Day
	Value    cal.Day // day that counts for the payer: value day, else booking day

	BankRef    string // empty if the bank gave none that identifies
	EndToEndID string // empty if "NOTPROVIDED"
	MandateID  string
	Text       []string // all remittance texts, in order
	References []string // structured creditor references
	Other      Party    // the other side: payer of a credit, payee of a debit
	ReturnCode string   // reason of a return, empty if this is none or the bank names none
	IsReturn   bool     // a payment came back, or this undoes one
	Info       string   // the bank's text of the entry, such as "SEPA-Gutschrift"
	Charges    Amount   // the bank's fee inside a return
	Original   Amount   // what was instructed before charges; zero if not said
}

// Keys gives the bookings of one statement their identities. Use one Keys for each statement, from its
// first entry to its last, because equal bookings are told apart by their count.
//
// The identity is our account, the bank's reference, day, amount and direction; the day and amount
// stand beside the reference since some banks repeat a reference. Without a reference that identifies
// (NONREF, zeros, nothing), the texts and the parties take its place. The n-th booking with the same
// identity in a statement has n in its key: so a file read twice, or one that overlaps another, adds
// nothing, while two equal transfers stay two.
type Keys struct {
	account string
	id      string // of the statement
	page    int
	seen    map[uint64]uint32 // about 20 bytes for each booking of the statement
}

// NewKeys starts the keys of a statement. Pages of one statement hold different entries by definition,
// so equal bookings on two pages stay two.
func NewKeys(s *Statement) *Keys {
	k := &Keys{account: fold(s.Account()), id: s.ID, seen: map[uint64]uint32{}}
	if s.Page > 1 {
		k.page = s.Page
	}
	return k
}

// Items returns the bookings of an entry with their keys. An entry with several transactions is split
// only if their amounts, in the entry's currency, add up to it exactly; otherwise it is kept whole.
func (k *Keys) Items(e *Entry) []Item {
	whole := k.whole(e)
	amounts := split(e)
	if amounts == nil {
		return []Item{whole}
	}
	items := make([]Item, len(e.Details))
	for i := range e.Details {
		it := whole
		it.Part, it.Parts = i+1, len(e.Details)
		it.Key = whole.EntryKey + "." + strconv.Itoa(i+1)
		it.Credit = amounts[i] >= 0
		it.Amount = max(amounts[i], -amounts[i])
		it.BankRef = identifying(e.Details[i].BankRef)
		it.fill(e, &e.Details[i])
		items[i] = it
	}
	return items
}

// whole makes the item of an entry that is not split.
func (k *Keys) whole(e *Entry) Item {
	it := Item{EntryKey: k.key(e), Entry: e.Index, Parts: 1, Account: k.account, Amount: e.Amount,
		Currency: e.Currency, Credit: e.Credit, Reversal: e.Reversal, Status: e.Status, Booked: e.Booked,
		Value: e.Day(), BankRef: bankRef(e)}
	it.Key = it.EntryKey
	switch len(e.Details) {
	case 0:
		it.fill(e, &Detail{})
	case 1:
		it.fill(e, &e.Details[0])
	default:
		d := Detail{}
		for i := range e.Details {
			d.Text = append(d.Text, e.Details[i].Text...)
			d.References = append(d.References, e.Details[i].References...)
			d.Structured = append(d.Structured, e.Details[i].Structured...)
		}
		it.fill(e, &d)
	}
	return it
}

// fill copies what a transaction says into the item.
func (it *Item) fill(e *Entry, d *Detail) {
	it.EndToEndID = identifying(d.EndToEndID)
	it.MandateID = identifying(d.MandateID)
	it.References = d.References
	it.Text, it.Info = texts(d), e.Info
	it.ReturnCode = d.ReturnCode
	it.IsReturn = d.ReturnCode != "" || e.Reversal || e.Code.IsReturn() || d.Code.IsReturn()
	// In a return the parties keep the roles of the payment that came back: the debtor of a direct debit
	// is then the other side of a debit, the creditor of a transfer that of a credit.
	payer, payee := d.Payer(), d.Creditor
	if it.Credit == it.IsReturn {
		payer, payee = payee, payer
	}
	if it.Other = payer; it.Other == (Party{}) && it.IsReturn {
		it.Other = payee
	}
	it.Charges, it.Original = d.Charges, d.Instructed
}

// Lines returns all texts in which a reference may stand, the most reliable first.
func (it *Item) Lines() []string {
	lines := append(append([]string{}, it.References...), it.Text...)
	for _, more := range []string{it.EndToEndID, it.Info} {
		if more != "" {
			lines = append(lines, more)
		}
	}
	return lines
}

func texts(d *Detail) []string {
	all := append(append([]string{}, d.Text...), d.Structured...)
	if d.Info != "" {
		all = append(all, d.Info)
	}
	return all
}

// split returns the signed amounts of an entry's transactions, or nil if the entry must be kept whole.
func split(e *Entry) []int64 {
	if len(e.Details) < 2 {
		return nil
	}
	for _, of := range []func(*Detail) Amount{
		func(d *Detail) Amount { return d.Amount },
		func(d *Detail) Amount { return d.TxAmount },
		func(d *Detail) Amount { return d.Instructed },
	} {
		if amounts := addUp(e, of); amounts != nil {
			return amounts
		}
	}
	return nil
}

func addUp(e *Entry, of func(*Detail) Amount) []int64 {
	amounts := make([]int64, len(e.Details))
	var sum int64
	for i := range e.Details {
		a := of(&e.Details[i])
		if a.Currency != e.Currency {
			return nil
		}
		dir := e.Details[i].Direction
		if dir == DebitSide || (dir == Unset && !e.Credit) {
			a.Minor = -a.Minor
		}
		if !addTo(&sum, a.Minor) {
			return nil
		}
		amounts[i] = a.Minor
	}
	if sum != e.Signed() {
		return nil
	}
	return amounts
}

// key returns the identity of an entry with its count.
func (k *Keys) key(e *Entry) string {
	parts := []string{k.account, string(e.Currency), strconv.FormatInt(e.Signed(), 10)}
	days := []string{e.Day().String(), e.Booked.String()}
	if e.Assumed { // the statement's day may differ when the bank sends it again
		days = []string{"", k.id}
	}
	if ref := bankRef(e); ref != "" {
		parts = append(parts, days[0], "ref", ref)
	} else {
		parts = append(parts, days[0], "text", strconv.Itoa(k.page), days[1])
		parts = append(parts, marks(e)...)
	}
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	sum := h.Sum(nil)
	n := k.seen[binary.BigEndian.Uint64(sum)] + 1
	k.seen[binary.BigEndian.Uint64(sum)] = n
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20])) + "-" + strconv.Itoa(int(n))
}

// marks lists what tells two entries apart that have no reference. Blanks and case are left out,
// because the same booking may come with other line breaks.
func marks(e *Entry) []string {
	all := []string{fold(e.Info)}
	for i := range e.Details {
		d := &e.Details[i]
		all = append(all, fold(d.EndToEndID), fold(d.TxID), fold(d.MandateID), fold(strings.Join(d.Text, "")),
			fold(strings.Join(d.References, "")), fold(strings.Join(d.Structured, "")),
			fold(d.Debtor.Name), fold(d.Creditor.Name), string(d.Debtor.IBAN), string(d.Creditor.IBAN),
			fold(d.Debtor.Account), fold(d.Creditor.Account), d.ReturnCode)
	}
	return all
}

func fold(s string) string { return strings.ToUpper(compact(s)) }

// compact takes out all white space and control characters.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}

// bankRef returns the bank's reference of an entry if it identifies the entry.
func bankRef(e *Entry) string {
	if ref := identifying(e.BankRef); ref != "" || len(e.Details) != 1 {
		return ref
	}
	return identifying(e.Details[0].BankRef)
}

// placeholders are what systems write where a reference is demanded and none exists.
var placeholders = map[string]bool{"NONREF": true, "NOREF": true, "NOTPROVIDED": true, "NONE": true, "NULL": true,
	"NA": true, "NV": true, "UNKNOWN": true, "UNBEKANNT": true, "KEINE": true, "KEINEREF": true, "NOTAVAILABLE": true,
	"REF": true, "BANKREF": true}

// identifying returns the reference without outer blanks, or nothing if it is a placeholder.
func identifying(ref string) string {
	bare := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(ref))
	if placeholders[bare] || strings.Trim(bare, "0") == "" || len(bare) > 2 && strings.Trim(bare, "9") == "" || len(bare) > 2 && strings.Trim(bare, "X") == "" {
		return ""
	}
	return strings.TrimSpace(ref)
}
