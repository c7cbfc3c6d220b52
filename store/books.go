package store

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/pay"
)

// postingRow is one balanced set of entries, with its commitment's salt and its link in the lane's chain.
type postingRow struct {
	Bucket   int
	ID       string
	Event    string
	Ref      string
	Day      cal.Day
	Currency string
	At       pay.Micros
	Lane     int
	Link     int64
	Salt     []byte
}

var postings = newTable("postings", "event ref day currency at lane link salt",
	func(r *postingRow) Key { return Key{r.Bucket, r.ID} },
	func(r *postingRow) []any {
		return []any{&r.Event, &r.Ref, &r.Day, &r.Currency, &r.At, &r.Lane, &r.Link, &r.Salt}
	}).withKey(func(r *postingRow, k Key) { r.Bucket, r.ID = k.Bucket, k.ID })

// entryRow is one line of a posting.
type entryRow struct {
	Bucket    int
	PostingID string
	N         int
	Account   string
	Amount    int64
	Currency  string
	Event     string
	Day       cal.Day
	TaxCode   string
	Pending   bool
	At        pay.Micros
}

var entries = newTable("entries", "posting_id n account amount currency event day tax_code pending at",
	func(r *entryRow) Key { return Key{r.Bucket, fmt.Sprintf("%s-%d", r.PostingID, r.N)} },
	func(r *entryRow) []any {
		return []any{&r.PostingID, &r.N, &r.Account, &r.Amount, &r.Currency, &r.Event, &r.Day, &r.TaxCode, &r.Pending, &r.At}
	}).withKey(func(r *entryRow, k Key) { r.Bucket = k.Bucket })

type balanceKey struct {
	bucket   int
	account  string
	currency string
}

type delta struct{ debit, credit int64 }

// balances has the currency in its key; it is never loaded, only added to.
var balances = &tableInfo{name: "balances", columns: []string{"bucket", "id", "currency", "debit", "credit"},
	types: []columnType{bigintColumn, textColumn, textColumn, bigintColumn, bigintColumn}, keys: 3}

// writeBalances adds the group's movements to the kept balances, accounts in sorted order.
func (g *group) writeBalances() error {
	keys := make([]balanceKey, 0, len(g.deltas))
	for k := range g.deltas {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b balanceKey) int {
		if a.bucket != b.bucket {
			return a.bucket - b.bucket
		}
		return strings.Compare(a.account+a.currency, b.account+b.currency)
	})
	if len(keys) == 0 {
		return nil
	}
	return g.pipe.values(g.ctx, balances, addRows, len(keys), func(i int, dst []any) []any {
		k, d := keys[i], g.deltas[keys[i]]
		return append(dst, k.bucket, k.account, k.currency, d.debit, d.credit)
	})
}

// writeLink appends the group to the lane's hash chain: head = SHA-256(previous head, sequence, instant, leaves).
func (g *group) writeLink() error {
	var leaves []byte
	for _, l := range g.leaves {
		leaves = append(leaves, l...)
	}
	if leaves == nil {
		leaves = []byte{}
	}
	g.head = ChainHead(g.prev, g.seq, g.at, leaves)
	if err := g.pipe.exec(g.ctx, "write link", "INSERT INTO links (bucket, seq, at, leaves, head) VALUES ($1, $2, $3, $4, $5)", g.lane.n, g.seq, g.at, leaves, g.head); err != nil {
		return err
	}
	return g.pipe.exec(g.ctx, "write head", "UPDATE lanes SET head = $1 WHERE bucket = $2", g.head, g.lane.n)
}

// ChainHead is the head of a lane's chain behind a link.
func ChainHead(prev []byte, seq, at int64, leaves []byte) []byte {
	h := sha256.New()
	h.Write(prev)
	fmt.Fprintf(h, "\n%d\n%d\n", seq, at)
	h.Write(leaves)
	return h.Sum(nil)
}

// Commitment hides content behind a salt: with the salt destroyed nobody can test a guess against it.
func Commitment(salt, content []byte) []byte {
	h := sha256.New()
	h.Write(salt)
	h.Write(content)
	return h.Sum(nil)
}

// Random16 and Random8 are fresh random bytes.
func Random16() []byte {
	b := make([]byte, 16)
	rand.Read(b)
	return b
}

// Random8 is the random part of an id.
func Random8() (b [8]byte) {
	rand.Read(b[:])
	return b
}
