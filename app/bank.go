package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"

	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// ImportReport says what an import of a bank file did. Amounts are minor units.
type ImportReport struct {
	File       string         `json:"file"`
	Kind       string         `json:"kind"` // of the last statement: camt.053 books, camt.052 and camt.054 announce
	Statements int            `json:"statements"`
	Entries    int            `json:"entries"`
	Items      int            `json:"items"`     // bookings, batches taken apart
	Booked     int            `json:"booked"`    // new with this import
	Repeated   int            `json:"repeated"`  // known from an earlier import
	Announced  int            `json:"announced"` // not final, so not booked: the statement of the day will bring them
	Empty      int            `json:"empty"`     // of amount zero: nothing to book
	Assigned   int            `json:"assigned"`  // new and paid on an invoice
	Unassigned int            `json:"unassigned"`
	Other      int            `json:"other"` // new debits, fees and returns
	Sums       []bankfile.Sum `json:"sums"`  // of all booked entries of the file, new or not
	Listed     []ImportLine   `json:"listed"`
	Unlisted   int            `json:"not_listed,omitempty"`
	Warnings   []string       `json:"warnings"`
}

// ImportLine is one new booking that a person should look at.
type ImportLine struct {
	Entry    int            `json:"entry"` // number in the file, from 1
	Payment  pay.PaymentID  `json:"payment"`
	Amount   int64          `json:"amount"` // negative for money that left
	Currency money.Currency `json:"currency"`
	ValueDay cal.Day        `json:"value_day"`
	State    string         `json:"state"`
	Why      string         `json:"why"`
}

// Reasons why a person should look at a booking.
const (
	WhyNoReference = "no_reference"      // the text holds no reference of ours
	WhyUnknown     = "unknown_reference" // it holds one, but no invoice has it
	WhySeveral     = "several_payers"    // the references belong to invoices in different books
	WhyCurrency    = "other_currency"    // the invoice is in another currency
	WhyErased      = "erased"            // the person's data were erased
	WhyExcess      = "excess"            // it is assigned, but more than was open: the rest is the consumer's credit
	WhyReturn      = "return"            // a payment came back; nothing is taken back without a person
	WhyDebit       = "debit"             // money left the account: a fee, a payout, a transfer
)

// importListMax bounds the lines of a report; importChunk is how many bookings are in flight at once.
const (
	importListMax = 500
	importChunk   = 2048
)

// ImportBank books a camt.053 file of any size: each booking exactly once, whatever else the same or an overlapping file
// brings, today or after a crash. The whole file is read and checked first, so a file that is wrong anywhere books nothing.
// A transfer that names an invoice by its RF reference is put on it; everything else waits for a person.
// progress is told how many bookings are done; it may be nil. Only finance and the program itself may import.
func (a *App) ImportBank(ctx context.Context, who Actor, name string, r io.Reader, progress func(done int)) (ImportReport, error) {
	im := &bankImport{a: a, name: name, progress: progress}
	im.report = ImportReport{File: name, Sums: []bankfile.Sum{}, Listed: []ImportLine{}, Warnings: []string{}}
	if !who.System && !who.may(pay.RoleFinance) {
		return im.report, errForbidden
	}
	file, closeFile, err := rereadable(r)
	if err != nil {
		return im.report, err
	}
	defer closeFile()
	if err := im.check(&reading{ctx, file}); err != nil {
		return im.report, err
	}
	if err := file.rewind(); err != nil {
		return im.report, fmt.Errorf("read %s a second time: %w", name, err)
	}
	return im.report, im.book(ctx, file)
}

// source is a file that can be read twice from where it began.
type source struct {
	io.ReadSeeker
	start int64
}

func (s *source) rewind() error {
	_, err := s.Seek(s.start, io.SeekStart)
	return err
}

// rereadable returns r itself where it can be read twice, else a private copy in a temporary file.
func rereadable(r io.Reader) (*source, func(), error) {
	if s, ok := r.(io.ReadSeeker); ok {
		if start, err := s.Seek(0, io.SeekCurrent); err == nil {
			return &source{s, start}, func() {}, nil
		}
	}
	f, err := os.CreateTemp("", "zahlziel-bank-*")
	if err != nil {
		return nil, nil, err
	}
	drop := func() {
		f.Close()
		os.Remove(f.Name())
	}
	if _, err := io.Copy(f, r); err != nil {
		drop()
		return nil, nil, fmt.Errorf("copy the bank file: %w", err)
	}
	s := &source{ReadSeeker: f}
	return s, drop, s.rewind()
}

// reading ends when its caller goes away.
type reading struct {
	ctx context.Context
	r   io.Reader
}

func (r *reading) Read(b []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(b)
}

// badFile is a bank file that cannot be booked: Invalid for doors, the *bankfile.Error for who asks.
type badFile struct {
	face  *pay.Error
	cause error
}

// Error says what is wrong with the file and where.
func (b badFile) Error() string { return b.face.Hint }

// Unwrap gives both faces of the error.
func (b badFile) Unwrap() []error { return []error{b.face, b.cause} }

// bankImport is one run of ImportBank.
type bankImport struct {
	a        *App
	name     string
	progress func(int)
	report   ImportReport
	ours     bool // the statement being read books
	keys     *bankfile.Keys
	chunk    []*booking
	done     int
}

// check reads the whole file and refuses it before anything is booked.
func (im *bankImport) check(r *reading) error {
	sum, err := bankfile.Check(r, im.name)
	if ctxErr := r.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if err != nil {
		return badFile{pay.Errorf(pay.Invalid, "bad_bank_file", "file", "%v", err), err}
	}
	own := accountNumber(im.a.Operator().IBAN)
	if own == "" {
		return pay.Errorf(pay.Refused, "no_account", "", "The operator has no bank account yet; set its IBAN before importing statements")
	}
	for _, st := range sum.Statements {
		if accountNumber(st.Account) != own {
			return pay.Errorf(pay.Invalid, "foreign_account", "file", "%s: statement %s is of account %s, which is not the operator's account %s; nothing was booked. Import the statements of the operator's account, or correct the operator's IBAN",
				im.name, st.ID, st.Account, own)
		}
	}
	im.report.Kind, im.report.Statements, im.report.Entries = string(sum.Kind), len(sum.Statements), sum.Entries
	im.report.Sums, im.report.Warnings = sum.Sums, sum.Warnings
	return nil
}

// accountNumber is the form in which account numbers are compared.
func accountNumber(s string) string {
	return strings.ToUpper(strings.Join(strings.Fields(s), ""))
}

// book reads the file again and books it chunk by chunk.
func (im *bankImport) book(ctx context.Context, r io.Reader) error {
	err := bankfile.Parse(&reading{ctx, r}, im.name, bankfile.Handler{
		Begin: func(st *bankfile.Statement) error {
			im.ours, im.keys = st.Kind.Books(), bankfile.NewKeys(st)
			return nil
		},
		Entry: func(_ *bankfile.Statement, e *bankfile.Entry) error { return im.entry(ctx, e) },
	})
	if err == nil {
		err = im.flush(ctx)
	}
	if ctxErr := ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	var bad *bankfile.Error
	if errors.As(err, &bad) { // the file changed between the two readings
		return badFile{pay.Errorf(pay.Conflict, "bank_file_changed", "file", "%s: entry %d, element %s: %s; the entries before it are booked, import the complete file again", im.name, bad.Entry, bad.Element, bad.Text), err}
	}
	return err
}

// entry collects the bookings of an entry. What is not final is counted and left alone.
func (im *bankImport) entry(ctx context.Context, e *bankfile.Entry) error {
	if !im.ours || e.Status != bankfile.Booked {
		n := max(1, len(e.Details))
		im.report.Items += n
		im.report.Announced += n
		return nil
	}
	for _, it := range im.keys.Items(e) {
		im.report.Items++
		if it.Amount == 0 {
			im.report.Empty++
			continue
		}
		im.chunk = append(im.chunk, newBooking(it, e, im.name))
	}
	if len(im.chunk) < importChunk {
		return nil
	}
	return im.flush(ctx)
}

// flush books what was collected: the bookings of one bucket in one unit of work in the order of the file, buckets side by side.
func (im *bankImport) flush(ctx context.Context) error {
	if len(im.chunk) == 0 {
		return nil
	}
	buckets := map[int][]*booking{}
	for _, b := range im.chunk {
		buckets[b.bucket] = append(buckets[b.bucket], b)
	}
	if err := im.a.findInvoices(ctx, im.chunk); err != nil {
		return err
	}
	err := fan(ctx, pay.Buckets, slices.Sorted(maps.Keys(buckets)), func(n int) error { return im.a.bookAll(ctx, n, buckets[n]) })
	if err != nil {
		return err
	}
	if err := im.a.indexPayers(ctx, im.chunk); err != nil {
		return err
	}
	for _, b := range im.chunk {
		im.count(b)
	}
	im.done += len(im.chunk)
	im.chunk = im.chunk[:0]
	if im.progress != nil {
		im.progress(im.done)
	}
	return nil
}

func (im *bankImport) count(b *booking) {
	r := &im.report
	if b.repeated {
		r.Repeated++
		return
	}
	r.Booked++
	switch b.state {
	case pay.PaymentAssigned:
		r.Assigned++
	case pay.PaymentOther:
		r.Other++
	default:
		r.Unassigned++
	}
	switch {
	case b.why == "":
	case len(r.Listed) == importListMax:
		r.Unlisted++
	default:
		r.Listed = append(r.Listed, ImportLine{Entry: b.item.Entry, Payment: b.id, Amount: b.signed(), Currency: b.item.Currency, ValueDay: b.item.Value, State: b.state, Why: b.why})
	}
}

// booking is one item of a bank file on its way into the books.
type booking struct {
	item   bankfile.Item
	file   string
	id     pay.PaymentID
	bucket int
	refs   []string       // our references in the text, in its order
	found  []*pay.Invoice // the invoices of these, as they were before the unit of work

	// Outcome; set anew by each run of the unit.
	repeated bool
	state    string
	why      string
	payer    pay.ConsumerID // whose invoice it paid
}

// newBooking decides by the content alone where a booking lives: with the invoice that its smallest reference names, else
// by the hash of its identity. The id comes from the identity too, so the same booking is the same row for ever.
func newBooking(it bankfile.Item, e *bankfile.Entry, file string) *booking {
	b := &booking{item: it, file: file}
	h := sha256.Sum256([]byte(it.Key))
	cell := int(h[0])<<4 | int(h[1])>>4
	b.bucket = pay.BucketOf(cell)
	for _, ref := range bankfile.FindReferences(it.Lines()...) {
		if _, ok := bucketOfReference(ref); ok {
			b.refs = append(b.refs, string(ref))
		}
	}
	if len(b.refs) > 0 {
		b.bucket, _ = bucketOfReference(bankfile.Reference(slices.Min(b.refs)))
		cell = b.bucket*(pay.Cells/pay.Buckets) + cell%(pay.Cells/pay.Buckets)
	}
	at := pay.Micros(0)
	if it.Value.IsSet() && !e.Assumed { // a day that the bank did not name may change when it sends the booking again
		at = pay.Germany.Midnight(it.Value)
	}
	b.id = pay.PaymentID(pay.MintID(pay.PrefixPayment, cell, max(at, 0), [8]byte(h[2:10])))
	return b
}

// bucketOfReference reads the bucket that a reference of ours carries; ok is false for others'.
func bucketOfReference(r bankfile.Reference) (bucket int, ok bool) {
	return pay.ReferenceBucket(r.Body())
}

// signed is the amount as the account sees it.
func (b *booking) signed() int64 {
	if b.item.Credit {
		return b.item.Amount
	}
	return -b.item.Amount
}

func (b *booking) text() pay.BankText {
	it := &b.item
	t := pay.BankText{Name: it.Other.Name, IBAN: string(it.Other.IBAN), Remittance: strings.Join(it.Text, "\n"), EndToEnd: it.EndToEndID,
		BankRef: it.BankRef, Code: it.Info, Return: it.ReturnCode, File: b.file}
	if len(it.References) > 0 {
		t.Reference = it.References[0]
	}
	if t.IBAN == "" {
		t.IBAN = it.Other.Account
	}
	return t
}

// fan runs f for each item, a bounded number at once, and returns the first error. After an error or the end of ctx no further one starts.
func fan[T any](ctx context.Context, limit int, items []T, f func(T) error) error {
	var (
		wg    sync.WaitGroup
		mu    sync.Mutex
		first error
	)
	failed := func(err error) bool {
		mu.Lock()
		defer mu.Unlock()
		if first == nil {
			first = err
		}
		return first != nil
	}
	slots := make(chan struct{}, limit)
	for _, item := range items {
		slots <- struct{}{}
		if failed(ctx.Err()) {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := f(item); err != nil {
				failed(err)
			}
		})
	}
	wg.Wait()
	return first
}

// findInvoices looks up which invoices the bookings of a chunk name.
func (a *App) findInvoices(ctx context.Context, chunk []*booking) error {
	wanted := map[int][]string{}
	seen := map[string]bool{}
	for _, b := range chunk {
		for _, ref := range b.refs {
			if n, _ := bucketOfReference(bankfile.Reference(ref)); !seen[ref] {
				seen[ref] = true
				wanted[n] = append(wanted[n], ref)
			}
		}
	}
	known := map[string]*pay.Invoice{}
	for n, refs := range wanted {
		rows, err := a.DB.InvoicesByReference(ctx, n, refs)
		if err != nil {
			return err
		}
		for _, inv := range rows {
			known[inv.Reference] = inv
		}
	}
	for _, b := range chunk {
		for _, ref := range b.refs {
			if inv := known[ref]; inv != nil {
				b.found = append(b.found, inv)
			}
		}
	}
	return nil
}

// indexPayers makes payers findable by the account they paid from. It runs for repeated bookings too, so a crash before it heals.
func (a *App) indexPayers(ctx context.Context, chunk []*booking) error {
	words := map[int]map[string]pay.Word{}
	for _, b := range chunk {
		iban := b.item.Other.IBAN
		if b.payer == "" || !iban.Valid() {
			continue
		}
		digest := a.Vault.Index("iban", string(iban))
		n := digestBucket(digest)
		if words[n] == nil {
			words[n] = map[string]pay.Word{}
		}
		words[n][digest+":"+string(b.payer)] = pay.Word{Bucket: n, Digest: digest, ConsumerID: b.payer}
	}
	return fan(ctx, pay.Buckets, slices.Sorted(maps.Keys(words)), func(n int) error {
		u := store.Unit{Bucket: n}
		for key := range words[n] {
			u.Load = append(u.Load, store.Words.At(n, key))
		}
		_, err := do(ctx, a, System, "index", Key{}, u, func(tx *store.Tx) (struct{}, error) {
			for key, w := range words[n] {
				old, err := store.Get(tx, store.Words, key)
				if err != nil {
					return struct{}{}, err
				}
				if old == nil {
					w.At = tx.At
					store.Save(tx, store.Words, &w)
				}
			}
			return struct{}{}, nil
		})
		return err
	})
}
