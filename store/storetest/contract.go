package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"zahlziel/ledger"
	"zahlziel/pay"
	"zahlziel/store"
)

var background = context.Background()

// Contract tries everything that package store promises about units of work on databases that fresh makes.
func Contract(t *testing.T, fresh func(t testing.TB) Database) {
	for name, f := range map[string]func(*testing.T, Database){
		"FailureLeavesNothing":       failureLeavesNothing,
		"UnitsOfAGroupSeeEachOther":  unitsSeeEachOther,
		"DependentsAreLoaded":        dependentsAreLoaded,
		"SameKeySameAnswer":          sameKeySameAnswer,
		"SameKeyInsideOneGroup":      sameKeyInsideOneGroup,
		"KeysExpire":                 keysExpire,
		"PoisonHurtsNobodyElse":      poisonHurtsNobodyElse,
		"GroupsOfAnySize":            groupsOfAnySize,
		"CallersThatLeave":           callersThatLeave,
		"CloseUnderLoad":             closeUnderLoad,
		"BalancesAddUp":              balancesAddUp,
		"ReadersWriteNothing":        readersWriteNothing,
		"SettingsBesideABusyLane":    settingsBesideABusyLane,
		"CallbacksAfterCommitOnly":   callbacksAfterCommitOnly,
		"BucketsDoNotMix":            bucketsDoNotMix,
		"ProcessesSeeEachOther":      processesSeeEachOther,
		"FailuresTeachNothing":       failuresTeachNothing,
		"WithoutSchemaNothingStarts": withoutSchemaNothingStarts,
	} {
		t.Run(name, func(t *testing.T) { f(t, fresh(t)) })
	}
}

// refusal is an answer of the rules.
var refusal = pay.Errorf(pay.Refused, "no", "", "not today")

// claim is a row of the unit's bucket that says n.
func claim(bucket int, id string, n int64) *pay.Claim {
	return &pay.Claim{Bucket: bucket, Digest: id, ConsumerID: "con", At: n}
}

// add counts one up on a row, creating it.
func add(tx *store.Tx, id string) error {
	c, err := store.Get(tx, store.Directory, id)
	if err != nil {
		return err
	}
	if c == nil {
		c = claim(tx.Bucket, id, 0)
	}
	c.At++
	store.Save(tx, store.Directory, c)
	return nil
}

func adder(bucket int, id string) *store.Unit {
	return &store.Unit{Bucket: bucket, Load: []store.Ref{store.Directory.At(bucket, id)},
		Do: func(tx *store.Tx) error { return add(tx, id) }}
}

func value(t testing.TB, db *store.DB, bucket int, id string) int64 {
	t.Helper()
	c, err := store.Load(background, db, store.Directory, bucket, id)
	if err != nil {
		t.Fatal(err)
	}
	if c == nil {
		return 0
	}
	return c.At
}

// together holds a bucket's lane until all units wait, so that they form one group, and returns their errors.
func together(t testing.TB, db *store.DB, units ...*store.Unit) []error {
	t.Helper()
	errs := make([]error, len(units))
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	var wg sync.WaitGroup
	wg.Go(func() {
		err := db.Do(background, &store.Unit{Bucket: units[0].Bucket, Do: func(*store.Tx) error {
			once.Do(func() { close(held) })
			<-release
			return nil
		}})
		if err != nil {
			t.Errorf("holding the lane: %v", err)
		}
	})
	<-held
	for i, u := range units {
		wg.Go(func() { errs[i] = db.Do(background, u) })
	}
	time.Sleep(30 * time.Millisecond)
	close(release)
	wg.Wait()
	return errs
}

func failureLeavesNothing(t *testing.T, d Database) {
	db := d.Open(t)
	err := db.Do(background, &store.Unit{Bucket: 7, Op: op("k", "h", nil, nil), Do: func(tx *store.Tx) error {
		store.Save(tx, store.Directory, claim(7, "x", 1))
		if err := tx.Post(posting(tx, "a", "b", 5)); err != nil {
			return err
		}
		tx.Audit("me", "saw", "it", "")
		return refusal
	}})
	if !errors.Is(err, refusal) {
		t.Fatalf("error %v, want the unit's own", err)
	}
	for _, table := range []string{"directory", "postings", "entries", "balances", "audit", "operations", "links"} {
		if n := Count(t, db, "SELECT COUNT(*) FROM "+table); n != 0 {
			t.Errorf("%d rows left in %s", n, table)
		}
	}
	if seq := Count(t, db, "SELECT SUM(seq) FROM lanes"); seq != 0 {
		t.Errorf("the chain moved to %d", seq)
	}
}

func posting(tx *store.Tx, debit, credit string, amount int64) (ledger.Posting, error) {
	return ledger.New("test", "ref", tx.Day, "EUR", ledger.Debit(ledger.Account(debit), amount), ledger.Credit(ledger.Account(credit), amount))
}

func unitsSeeEachOther(t *testing.T, d Database) {
	db := d.Open(t)
	units := make([]*store.Unit, 100)
	links := map[int64]int{}
	for i := range units {
		units[i] = adder(3, "counter")
		do := units[i].Do
		units[i].Do = func(tx *store.Tx) error {
			_, link, _ := tx.Leaf(nil)
			links[link]++
			if i%10 == 0 {
				store.Save(tx, store.Directory, claim(3, "counter", -1000)) // a unit that fails is not seen
				return refusal
			}
			return do(tx)
		}
	}
	for i, err := range together(t, db, units...) {
		if want := i%10 == 0; errors.Is(err, refusal) != want || !want && err != nil {
			t.Errorf("unit %d: %v", i, err)
		}
	}
	if n := value(t, db, 3, "counter"); n != 90 {
		t.Errorf("counter %d, want 90", n)
	}
	if len(links) > 3 {
		t.Errorf("100 waiting units took %d groups, want about one", len(links))
	}
}

func dependentsAreLoaded(t *testing.T, d Database) {
	db := d.Open(t)
	must(t, db.Do(background, &store.Unit{Bucket: 1, Do: func(tx *store.Tx) error {
		store.Save(tx, store.Directory, &pay.Claim{Bucket: 1, Digest: "root", ConsumerID: "leaf"})
		store.Save(tx, store.Directory, claim(1, "leaf", 41))
		return nil
	}}))
	unit := func() *store.Unit {
		return &store.Unit{
			Bucket: 1, Load: []store.Ref{store.Directory.At(1, "root")},
			Then: func(tx *store.Tx) []store.Ref {
				root, err := store.Get(tx, store.Directory, "root")
				if err != nil || root == nil {
					t.Errorf("root in Then: %v %v", root, err)
					return nil
				}
				return []store.Ref{store.Directory.At(1, string(root.ConsumerID)), store.Directory.At(1, "none")}
			},
			Do: func(tx *store.Tx) error {
				if none, err := store.Get(tx, store.Directory, "none"); none != nil || err != nil {
					t.Errorf("a row that is not there: %v %v", none, err)
				}
				return add(tx, "leaf")
			},
		}
	}
	for _, err := range together(t, db, unit(), unit(), unit()) {
		must(t, err)
	}
	if n := value(t, db, 1, "leaf"); n != 44 {
		t.Errorf("leaf %d, want 44", n)
	}
}

// poisons are units that each spoil their group in another way.
func poisons() map[string]*store.Unit {
	query := func(tx *store.Tx, text string) error {
		rows, err := tx.Query(text)
		if err == nil {
			defer rows.Close()
		}
		return err
	}
	return map[string]*store.Unit{
		"constraint":   {Do: func(tx *store.Tx) error { store.Save(tx, store.Directory, claim(5, "taken", 2)); return nil }},
		"sql error":    {Do: func(tx *store.Tx) error { return query(tx, "SELECT nothing FROM nowhere") }},
		"plain error":  {Do: func(*store.Tx) error { return errors.New("a plain error") }},
		"panic":        {Do: func(*store.Tx) error { panic("oh") }},
		"then panics":  {Then: func(*store.Tx) []store.Ref { panic("oh") }, Do: func(*store.Tx) error { return nil }},
		"other bucket": {Do: func(tx *store.Tx) error { store.Save(tx, store.Directory, claim(6, "y", 2)); return nil }},
		"answer panics": {Op: op("poisoned", "", func() []byte { panic("oh") }, nil),
			Do: func(*store.Tx) error { return nil }},
		"looks like trouble": {Do: func(*store.Tx) error { return errors.New("connection refused") }},
	}
}

func poisonHurtsNobodyElse(t *testing.T, d Database) {
	db := d.Open(t)
	must(t, db.Do(background, adder(5, "taken")))
	var units []*store.Unit
	var names []string
	for name, u := range poisons() {
		u.Bucket = 5
		units, names = append(units, u, adder(5, "x")), append(names, name, "")
	}
	units, names = append(units, &store.Unit{Bucket: 5, Load: []store.Ref{store.Directory.At(5, "x")}, Do: func(tx *store.Tx) error {
		rows, err := tx.Query("SELECT id FROM directory") // left open
		if err != nil || !rows.Next() {
			return errors.Join(errors.New("no rows"), err)
		}
		return add(tx, "x")
	}}), append(names, "")
	for i, err := range together(t, db, units...) {
		if names[i] == "" {
			must(t, err)
		} else if err == nil {
			t.Errorf("%s: no error", names[i])
		} else if strings.Contains(names[i], "panic") && !strings.Contains(err.Error(), "contract.go") {
			t.Errorf("%s: %v does not say where", names[i], err)
		}
	}
	if n := value(t, db, 5, "x"); int(n) != len(poisons())+1 {
		t.Errorf("%d neighbours counted, want %d", n, len(poisons())+1)
	}
	if n := value(t, db, 5, "taken"); n != 1 {
		t.Errorf("a taken row was overwritten: %d", n)
	}
}

func groupsOfAnySize(t *testing.T, d Database) {
	db := d.Open(t)
	const many = 1501
	ids := make([]string, many)
	var refs []store.Ref
	for i := range ids {
		ids[i] = fmt.Sprintf("row %d", i)
		refs = append(refs, store.Directory.At(4, ids[i]))
	}
	all := func(tx *store.Tx) error {
		for _, id := range ids {
			if err := add(tx, id); err != nil {
				return err
			}
		}
		return nil
	}
	must(t, db.Do(background, &store.Unit{Bucket: 4, Load: refs[:7], Do: all})) // the others are loaded one by one
	must(t, db.Do(background, &store.Unit{Bucket: 4, Load: append(refs, refs...), Do: all}))
	if n := Count(t, db, "SELECT COUNT(*) FROM directory WHERE bucket = 4 AND at = 2"); n != many {
		t.Errorf("%d rows at 2, want %d", n, many)
	}
	units := make([]*store.Unit, 300)
	for i := range units {
		units[i] = adder(i%64, fmt.Sprint("unit ", i%150))
	}
	for _, err := range together(t, db, units...) {
		must(t, err)
	}
	if n := Count(t, db, "SELECT SUM(at) FROM directory WHERE id LIKE 'unit%'"); n != 300 {
		t.Errorf("300 units counted %d", n)
	}
}

func balancesAddUp(t *testing.T, d Database) {
	db := d.Open(t)
	units := make([]*store.Unit, 200)
	for i := range units {
		units[i] = &store.Unit{Bucket: i % 4, Do: func(tx *store.Tx) error {
			if err := tx.Post(posting(tx, "a", fmt.Sprint("b", i%3), int64(1+i))); err != nil {
				return err
			}
			return tx.Post(posting(tx, fmt.Sprint("b", i%3), "a", 1))
		}}
	}
	for _, err := range together(t, db, units...) {
		must(t, err)
	}
	debit := Count(t, db, "SELECT SUM(debit) FROM balances WHERE id = 'a'")
	credit := Count(t, db, "SELECT SUM(credit) FROM balances WHERE id = 'a'")
	if debit != 200*201/2 || credit != 200 {
		t.Errorf("account a has %d and %d, want %d and 200", debit, credit, 200*201/2)
	}
	if n := Count(t, db, "SELECT SUM(amount) FROM entries"); n != 0 {
		t.Errorf("entries sum to %d", n)
	}
	if err := db.Do(background, &store.Unit{Do: func(tx *store.Tx) error {
		return tx.Post(ledger.New("test", "", tx.Day, "EUR", ledger.Debit("a", 1), ledger.Credit("b", 2)))
	}}); !errors.Is(err, ledger.ErrUnbalanced) {
		t.Errorf("unbalanced posting: %v", err)
	}
}

func readersWriteNothing(t *testing.T, d Database) {
	db := d.Open(t)
	must(t, db.Do(background, adder(0, "x")))
	before := Count(t, db, "SELECT SUM(seq) FROM lanes")
	must(t, db.Do(background, &store.Unit{Load: []store.Ref{store.Directory.At(0, "x")}, Do: func(tx *store.Tx) error {
		c, err := store.Get(tx, store.Directory, "x")
		if err != nil || c.At != 1 {
			t.Errorf("%v %v", c, err)
		}
		c.At = 99 // its own copy
		return nil
	}}))
	if after := Count(t, db, "SELECT SUM(seq) FROM lanes"); after != before || value(t, db, 0, "x") != 1 {
		t.Errorf("reading moved the chain from %d to %d", before, after)
	}
}

func settingsBesideABusyLane(t *testing.T, d Database) {
	db := d.Open(t)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if err := db.Do(background, adder(w, "x")); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	start := time.Now()
	for i := range 20 {
		must(t, db.PutSetting(background, "s", fmt.Sprint(i)))
		must(t, db.SetDay(background, Day+1))
		if _, err := db.Lease(background, 3, "me", 1, 2); err != nil {
			t.Error(err)
		}
	}
	close(stop)
	wg.Wait()
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("60 small writes beside a busy lane took %v", took)
	}
	if body, ok, err := db.Setting(background, "s"); body != "19" || !ok || err != nil {
		t.Errorf("setting %q %v %v", body, ok, err)
	}
}

func callbacksAfterCommitOnly(t *testing.T, d Database) {
	db := d.Open(t)
	var called atomic.Int64
	after := func(tx *store.Tx) { tx.After(func() { called.Add(value(t, db, 0, "x")) }) }
	must(t, db.Do(background, &store.Unit{Do: func(tx *store.Tx) error { after(tx); return add(tx, "x") }}))
	if called.Load() != 1 {
		t.Errorf("the callback saw %d, want the committed row", called.Load())
	}
	_ = db.Do(background, &store.Unit{Do: func(tx *store.Tx) error { after(tx); return refusal }})
	if called.Load() != 1 {
		t.Error("the callback of a failed unit ran")
	}
}

func bucketsDoNotMix(t *testing.T, d Database) {
	db := d.Open(t)
	for bucket := range pay.Buckets {
		must(t, db.Do(background, adder(bucket, "same id")))
	}
	if n := Count(t, db, "SELECT COUNT(*) FROM directory WHERE at = 1"); n != pay.Buckets {
		t.Errorf("%d rows, want one per bucket", n)
	}
}

func withoutSchemaNothingStarts(t *testing.T, d Database) {
	db, err := store.Open(background, d.DSN, store.Options{Now: Wall})
	must(t, err)
	defer db.Close()
	if err := db.CheckSchema(background); !errors.Is(err, store.ErrUninitialised) {
		t.Errorf("CheckSchema: %v", err)
	}
	if err := db.Do(background, adder(0, "x")); !errors.Is(err, store.ErrUninitialised) {
		t.Errorf("Do: %v", err)
	}
	must(t, db.Migrate(background, Day, 0))
	must(t, db.Migrate(background, Day+5, 0))
	must(t, db.CheckSchema(background))
	if day, err := db.Day(background); day != Day || err != nil {
		t.Errorf("day %v %v, want that of the first migration", day, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}
