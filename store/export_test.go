package store

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"

	"zahlziel/pay"
)

// Probe tries one table: it writes random rows, reads them, changes them and reads them again.
type Probe struct {
	Table string
	Run   func(d *DB, r *rand.Rand) error
}

// Probes lists every table; TableNames what the engine knows.
var Probes = []Probe{
	probe(postings), probe(entries), probe(operations), probe(Consumers), probe(Directory), probe(Words), probe(Devices),
	probe(Visits), probe(SourceAnswers), probe(Verifications), probe(SanctionHits), probe(Consents), probe(Decisions), probe(Sessions), probe(Pages), probe(Authorizations), probe(Orders),
	probe(Captures), probe(Refunds), probe(RefundLines), probe(Contracts), probe(Invoices), probe(Series), probe(Pauses),
	probe(Payments), probe(Allocations), probe(Outbox), probe(Inbox), probe(Payouts), probe(PayoutItems), probe(Jobs),
	probe(Documents), probe(Mails), probe(Looks), probe(Promises), probe(PromiseSteps), probe(FraudChecks), probe(MerchantSignals), probe(Reviews), probe(ReviewFiles), probe(CustomerTokens), probe(Extensions),
	probe(Disputes), probe(DisputeRequests), probe(DisputeResponses), probe(DisputeFiles), probe(Reserves), probe(Reports),
	probe(MerchantEvents), probe(ShopCalls),
}

// TableNames are the names of all tables that units of work write.
func TableNames() (names []string) {
	for _, t := range tables {
		names = append(names, t.name)
	}
	slices.Sort(names)
	return names
}

func probe[T any](t *Table[T]) Probe {
	return Probe{t.name, func(d *DB, r *rand.Rand) error {
		rows := map[Key]*T{}
		for range 30 {
			v := new(T)
			fill(r, v, []int{0, 1, 63}[r.IntN(3)])
			rows[t.key(v)] = v
		}
		if err := putAll(d, t, rows); err != nil {
			return fmt.Errorf("insert: %w", err)
		}
		if err := compareAll(d, t, rows); err != nil {
			return fmt.Errorf("after insert: %w", err)
		}
		for k, v := range rows {
			if r.IntN(3) > 0 {
				changed := new(T)
				fill(r, changed, k.Bucket)
				keepKey(changed, v)
				rows[t.key(changed)] = changed
			}
		}
		if err := putAll(d, t, rows); err != nil {
			return fmt.Errorf("update: %w", err)
		}
		return compareAll(d, t, rows)
	}}
}

// putAll saves the rows, each bucket's in one unit; rows that are stored already are loaded first.
func putAll[T any](d *DB, t *Table[T], rows map[Key]*T) error {
	byBucket := map[int][]*T{}
	for k, v := range rows {
		byBucket[k.Bucket] = append(byBucket[k.Bucket], v)
	}
	for bucket, own := range byBucket {
		u := &Unit{Bucket: bucket, Do: func(tx *Tx) error {
			for _, v := range own {
				Save(tx, t, v)
			}
			return nil
		}}
		for _, v := range own {
			u.Load = append(u.Load, t.At(bucket, t.key(v).ID))
		}
		if err := d.Do(context.Background(), u); err != nil {
			return err
		}
	}
	return nil
}

func compareAll[T any](d *DB, t *Table[T], rows map[Key]*T) error {
	for k, want := range rows {
		got, err := Load(context.Background(), d, t, k.Bucket, k.ID)
		if err != nil {
			return err
		}
		if got == nil {
			return fmt.Errorf("row %v is not there", k)
		}
		blank(got)
		if !reflect.DeepEqual(keyless(t, got), keyless(t, want)) {
			return fmt.Errorf("row %v\nread  %+v\nwrote %+v", k, got, want)
		}
	}
	return nil
}

// keyless is what the columns behind the key hold.
func keyless[T any](t *Table[T], v *T) []any {
	var out []any
	for _, f := range t.fields(v) {
		out = append(out, fieldValue(f))
	}
	return append(out, t.key(v))
}

// blank makes empty bytes equal however a driver returns them.
func blank(v any) {
	s := reflect.ValueOf(v).Elem()
	for i := range s.NumField() {
		if f := s.Field(i); f.Kind() == reflect.Slice && f.Len() == 0 {
			f.SetBytes([]byte{})
		}
	}
}

const alphabet = "abcXYZ019 '\"\\%_;-$1\n\täöüßéÅ漢字🙂\u200d\u00a0"

// fill sets every field to something random that its column must keep. Ids carry the bucket.
func fill(r *rand.Rand, v any, bucket int) { fillStruct(r, reflect.ValueOf(v).Elem(), bucket) }

func fillStruct(r *rand.Rand, s reflect.Value, bucket int) {
	for i := range s.NumField() {
		f, name := s.Field(i), s.Type().Field(i).Name
		switch {
		case name == "Bucket":
			f.SetInt(int64(bucket))
		case f.Kind() == reflect.Struct:
			fillStruct(r, f, bucket)
		case f.Kind() == reflect.String && (name == "ID" || name == "InvoiceID" || name == "PromiseID"):
			f.SetString(pay.MintID("tst", bucket*64+r.IntN(64), r.Int64N(1<<50), [8]byte{byte(r.Uint32()), byte(r.Uint32()), byte(r.Uint32())}))
		case f.Kind() == reflect.String:
			f.SetString(text(r))
		case f.Kind() == reflect.Bool:
			f.SetBool(r.IntN(2) == 1)
		case f.Kind() == reflect.Slice:
			f.SetBytes(noise(r))
		case f.Kind() == reflect.Int32:
			f.SetInt(int64(int32(r.Uint32())))
		case f.Kind() == reflect.Int:
			f.SetInt(int64(r.IntN(1000)))
		default:
			f.SetInt([]int64{0, 1, -1, math.MaxInt64, math.MinInt64, r.Int64()}[r.IntN(6)])
		}
	}
}

// keepKey copies the fields that keys are made of.
func keepKey(to, from any) {
	t, f := reflect.ValueOf(to).Elem(), reflect.ValueOf(from).Elem()
	for _, name := range []string{"Bucket", "ID", "InvoiceID", "PaymentID", "PostingID", "PromiseID", "N", "Digest", "ConsumerID", "Kind"} {
		if field := t.FieldByName(name); field.IsValid() {
			field.Set(f.FieldByName(name))
		}
	}
}

func text(r *rand.Rand) string {
	letters := []rune(alphabet)
	var b strings.Builder
	for range 8 + r.IntN(30) {
		b.WriteRune(letters[r.IntN(len(letters))])
	}
	return b.String()
}

func noise(r *rand.Rand) []byte {
	b := make([]byte, []int{0, 1, 16, 5000}[r.IntN(4)])
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Filled are the tables and columns that a test fills by SQL, and PointRead is the text that reads one row of each.
func Filled() (out map[string][]string) {
	out = map[string][]string{}
	for _, t := range tables {
		columns := make([]string, len(t.columns))
		for i, name := range t.columns {
			columns[i] = name + " " + string(t.types[i])
		}
		out[t.name] = columns
	}
	return out
}

// PointRead is the text that reads one row of a table by its key, and its arguments.
func PointRead(d *DB, table string) (text string, args []any) {
	for _, t := range tables {
		if t.name == table {
			k, args := keyArgs(d.postgres, textKey{t: t, kind: selectRows}, []Key{{1, "t65"}})
			return newPipe(d).text(k), args
		}
	}
	panic("no table " + table)
}
