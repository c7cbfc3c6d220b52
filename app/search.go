package app

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"zahlziel/bankfile"
	"zahlziel/pay"
	"zahlziel/store"
)

// hitsMax bounds what a search shows; wordsMax how many people of one word it looks through.
const (
	hitsMax  = 20
	wordsMax = 500
)

// Hit is a person that a search found.
type Hit struct {
	Consumer pay.ConsumerID
	Name     string
	City     string
	Email    string
	Erased   bool
	By       string // what matched: id, order, invoice, reference, iban, email, phone, name
}

// invoiceNo is the form of an invoice's printed number; it carries the bucket.
var invoiceNo = regexp.MustCompile(`^R-(\d\d)-\d{6,}$`)

// nouns are the ids that lead to a consumer.
var nouns = []struct {
	prefix string
	owner  func(context.Context, *store.DB, string) (pay.ConsumerID, error)
}{
	{pay.PrefixConsumer, ownerIn(store.Consumers, func(r *pay.Consumer) pay.ConsumerID { return r.ID })},
	{pay.PrefixOrder, ownerIn(store.Orders, func(r *pay.Order) pay.ConsumerID { return r.ConsumerID })},
	{pay.PrefixInvoice, ownerIn(store.Invoices, func(r *pay.Invoice) pay.ConsumerID { return r.ConsumerID })},
	{pay.PrefixCapture, ownerIn(store.Captures, func(r *pay.Capture) pay.ConsumerID { return r.ConsumerID })},
	{pay.PrefixRefund, ownerIn(store.Refunds, func(r *pay.Refund) pay.ConsumerID { return r.ConsumerID })},
	{pay.PrefixDecision, ownerIn(store.Decisions, func(r *pay.DecisionRow) pay.ConsumerID { return r.ConsumerID })},
	{pay.PrefixAuthorization, ownerIn(store.Authorizations, func(r *pay.Authorization) pay.ConsumerID { return r.ConsumerID })},
}

func ownerIn[T any](t *store.Table[T], owner func(*T) pay.ConsumerID) func(context.Context, *store.DB, string) (pay.ConsumerID, error) {
	return func(ctx context.Context, d *store.DB, id string) (pay.ConsumerID, error) {
		row, err := store.LoadID(ctx, d, t, id)
		if err != nil || row == nil {
			return "", err
		}
		return owner(row), nil
	}
}

// Search finds people by what a caller can read out: an id, an invoice number, a payment reference, an IBAN, an e-mail
// address, a phone number, or words of a name, of which all must match. Everything but names must match exactly.
// Each person shown is noted in the audit trail before the answer.
func (a *App) Search(ctx context.Context, who Actor, query string) ([]Hit, error) {
	if !who.Can(DeedLook) {
		return nil, errForbidden
	}
	query = strings.TrimSpace(query)
	if query == "" || len(query) > 200 {
		return nil, nil
	}
	by, ids, err := a.find(ctx, query)
	if err != nil {
		return nil, err
	}
	if err := a.audit(ctx, who, "searched", bucketOf(who.Staff), string(who.Staff), by+" "+strconv.Itoa(len(ids))); err != nil {
		return nil, err
	}
	var hits []Hit
	for _, id := range ids[:min(len(ids), hitsMax)] {
		h, err := a.hit(ctx, who, id, by)
		if err != nil {
			return nil, err
		}
		if h != nil {
			hits = append(hits, *h)
		}
	}
	return hits, nil
}

// find reads what kind of thing was typed and looks it up.
func (a *App) find(ctx context.Context, q string) (by string, ids []pay.ConsumerID, err error) {
	upper := strings.ToUpper(strings.ReplaceAll(q, " ", ""))
	switch {
	case strings.Contains(q, "@"):
		by = "email"
		ids, err = single(a.ConsumerByEmail(ctx, q))
	case pay.CellOf(q) >= 0:
		by = "id"
		ids, err = single(a.ownerOf(ctx, strings.ToLower(q)))
	case invoiceNo.MatchString(upper):
		by = "invoice"
		ids, err = invoiceOwner(a.invoiceNumbered(ctx, upper))
	case bankfile.Reference(upper).Validate() == nil:
		by = "reference"
		ids, err = invoiceOwner(a.invoiceReferenced(ctx, upper))
	case bankfile.NormalIBAN(q).Valid():
		by = "iban"
		ids, err = a.withIndex(ctx, "iban", string(bankfile.NormalIBAN(q)))
	case phoneLike(q):
		by = "phone"
		ids, err = a.withPhone(ctx, q)
	default:
		by = "name"
		ids, err = a.withName(ctx, q)
	}
	return by, ids, err
}

func single(id pay.ConsumerID, err error) ([]pay.ConsumerID, error) {
	if err != nil || id == "" {
		return nil, err
	}
	return []pay.ConsumerID{id}, nil
}

// invoiceNumbered finds an invoice by its printed number, which carries the bucket.
func (a *App) invoiceNumbered(ctx context.Context, no string) (*pay.Invoice, error) {
	bucket, err := strconv.Atoi(no[2:4])
	if err != nil || bucket >= pay.Buckets {
		return nil, nil
	}
	return a.DB.InvoiceByNo(ctx, bucket, no)
}

// invoiceReferenced finds an invoice by its RF reference.
func (a *App) invoiceReferenced(ctx context.Context, text string) (*pay.Invoice, error) {
	ref, err := bankfile.ParseReference(text)
	if err != nil {
		return nil, nil
	}
	bucket, ok := pay.ReferenceBucket(ref.Body())
	if !ok {
		return nil, nil
	}
	return a.DB.InvoiceByReference(ctx, bucket, string(ref))
}

func invoiceOwner(inv *pay.Invoice, err error) ([]pay.ConsumerID, error) {
	if err != nil || inv == nil {
		return nil, err
	}
	return []pay.ConsumerID{inv.ConsumerID}, nil
}

// ownerOf finds the consumer of an id; an id without a prefix is tried as every noun.
func (a *App) ownerOf(ctx context.Context, id string) (pay.ConsumerID, error) {
	for _, n := range nouns {
		full, ok := pay.ParseID[string](n.prefix, id)
		if !ok {
			continue
		}
		if owner, err := n.owner(ctx, a.DB, full); err != nil || owner != "" {
			return owner, err
		}
	}
	return "", nil
}

// withIndex returns the people that carry a blind index.
func (a *App) withIndex(ctx context.Context, kind, value string) ([]pay.ConsumerID, error) {
	digest := a.Vault.Index(kind, value)
	rows, err := a.DB.WithWord(ctx, digestBucket(digest), digest, wordsMax)
	var out []pay.ConsumerID
	for _, w := range rows {
		out = append(out, w.ConsumerID)
	}
	return out, err
}

// phoneLike: at least six digits and nothing that is not written in a phone number.
func phoneLike(q string) bool {
	return len(digits(q)) >= 6 && strings.Trim(q, "0123456789 +-/()") == ""
}

// withPhone tries the national and the international way to write a number.
func (a *App) withPhone(ctx context.Context, q string) ([]pay.ConsumerID, error) {
	national := digits(q)
	for _, lead := range []string{"0049", "49", "0"} {
		if rest, ok := strings.CutPrefix(national, lead); ok {
			national = rest
			break
		}
	}
	var out []pay.ConsumerID
	for _, lead := range []string{"0", "49", "0049", "490", ""} {
		ids, err := a.withIndex(ctx, "phone", lead+national)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			if !slices.Contains(out, id) {
				out = append(out, id)
			}
		}
	}
	return out, nil
}

// withName returns the people whose name has all the words.
func (a *App) withName(ctx context.Context, q string) ([]pay.ConsumerID, error) {
	var out []pay.ConsumerID
	for i, w := range nameWords(q) {
		ids, err := a.withIndex(ctx, "name", w)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out = ids
			continue
		}
		out = slices.DeleteFunc(out, func(id pay.ConsumerID) bool { return !slices.Contains(ids, id) })
	}
	return out, nil
}

// hit opens one person for the list of results and notes the look. Merged people lead to the one who remains.
func (a *App) hit(ctx context.Context, who Actor, id pay.ConsumerID, by string) (*Hit, error) {
	id, err := a.survivor(ctx, id)
	if err != nil {
		return nil, err
	}
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil || row == nil {
		return nil, err
	}
	if err := a.audit(ctx, who, "looked_at", bucketOf(id), string(id), "search"); err != nil {
		return nil, err
	}
	p, err := a.openPerson(row)
	if isMissing(err) {
		return &Hit{Consumer: id, Erased: true, By: by}, nil
	} else if err != nil {
		return nil, err
	}
	profile, err := p.profile()
	return &Hit{Consumer: id, Name: profile.Billing.FullName(), City: profile.Billing.City, Email: profile.Email, By: by}, err
}
