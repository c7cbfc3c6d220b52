package app

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// person is a consumer's row with its sealed parts opened inside a unit of work.
type person struct {
	row   *pay.Consumer
	key   *vault.Key
	facts credit.Facts

	valued cal.Day // the value day of the money that moved in this unit; NoDay: the unit's own day
}

// openPerson opens what Decide needs; the profile stays sealed until someone asks for it.
func (a *App) openPerson(row *pay.Consumer) (*person, error) {
	key, err := a.Vault.Key(row.WrappedKey)
	if errors.Is(err, vault.ErrErased) {
		return nil, pay.Errorf(pay.Missing, "erased", "", "This person's data were erased")
	} else if err != nil {
		return nil, err
	}
	p := &person{row: row, key: key, valued: cal.NoDay}
	b, err := key.Open(string(row.ID)+"/facts", row.Facts)
	if err != nil {
		return nil, err
	}
	return p, p.facts.UnmarshalBinary(b)
}

// person loads and opens a consumer inside a unit of work.
func (a *App) person(tx *store.Tx, id pay.ConsumerID) (*person, error) {
	row, err := store.Get(tx, store.Consumers, string(id))
	if err != nil {
		return nil, err
	}
	if row == nil {
		return nil, pay.Errorf(pay.Missing, "no_such_consumer", "", "There is no such consumer")
	}
	return a.openPerson(row)
}

// save seals the facts again and buffers the row.
func (p *person) save(tx *store.Tx) error {
	p.facts.History.BalanceChanged(tx.Day, p.facts.Balance())
	if err := p.keepPromises(tx); err != nil {
		return err
	}
	b, err := p.facts.MarshalBinary()
	if err != nil {
		return err
	}
	p.row.Facts = p.key.Seal(string(p.row.ID)+"/facts", b)
	store.Save(tx, store.Consumers, p.row)
	return nil
}

func (p *person) profile() (pay.Profile, error) {
	var out pay.Profile
	b, err := p.key.Open(string(p.row.ID)+"/profile", p.row.Profile)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(b, &out)
}

func (p *person) setProfile(v pay.Profile) {
	p.row.Profile = p.key.Seal(string(p.row.ID)+"/profile", mustJSON(v))
}

// seal and open bind a text to the row it belongs to.
func (p *person) seal(id string, v any) []byte { return p.key.Seal(id, mustJSON(v)) }

func open[T any](key *vault.Key, id string, sealed []byte) (v T, err error) {
	b, err := key.Open(id, sealed)
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(b, &v)
}

// NormalEmail is the form of an e-mail address that identifies a person: trimmed, lower case.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// claim finds the consumer of an e-mail address, or claims the address for a consumer to be.
// Two guests with one address at once become one consumer: whoever commits first wins, the other reads the winner.
func (a *App) claim(ctx context.Context, email string) (pay.ConsumerID, error) {
	digest := a.Vault.Index("email", NormalEmail(email))
	bucket := digestBucket(digest)
	found, err := store.Load(ctx, a.DB, store.Directory, bucket, digest)
	if err != nil {
		return "", err
	}
	if found != nil {
		return found.ConsumerID, nil
	}
	fresh := pay.ConsumerID(a.newID(pay.PrefixConsumer))
	return do(ctx, a, System, "claim", Key{}, store.Unit{Bucket: bucket, Load: []store.Ref{store.Directory.At(bucket, digest)}},
		func(tx *store.Tx) (pay.ConsumerID, error) {
			c, err := store.Get(tx, store.Directory, digest)
			if err != nil || c != nil {
				if c != nil {
					return c.ConsumerID, nil
				}
				return "", err
			}
			store.Save(tx, store.Directory, &pay.Claim{Bucket: bucket, Digest: digest, ConsumerID: fresh, At: tx.At})
			return fresh, nil
		})
}

// aliasesMax bounds how many merges are followed.
const aliasesMax = 8

// survivor follows the aliases that merged consumers leave.
func (a *App) survivor(ctx context.Context, id pay.ConsumerID) (pay.ConsumerID, error) {
	for range aliasesMax {
		row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
		if err != nil || row == nil || row.MergedInto == "" {
			return id, err
		}
		id = row.MergedInto
	}
	return id, nil
}

// ConsumerByEmail returns the consumer of an address, or nothing; it claims nothing.
func (a *App) ConsumerByEmail(ctx context.Context, email string) (pay.ConsumerID, error) {
	found, err := a.claimOf(ctx, email)
	if err != nil || found == nil {
		return "", err
	}
	return a.survivor(ctx, found.ConsumerID)
}

// claimOf is the directory's entry of an e-mail address, or nil.
func (a *App) claimOf(ctx context.Context, email string) (*pay.Claim, error) {
	digest := a.Vault.Index("email", NormalEmail(email))
	return store.Load(ctx, a.DB, store.Directory, digestBucket(digest), digest)
}

// digestBucket spreads look-up keys by their own hash: the two hexadecimal digits behind the kind.
func digestBucket(digest string) int {
	_, hash, _ := strings.Cut(digest, ".")
	n := 0
	for _, c := range []byte(hash[:2]) {
		n = n<<4 | strings.IndexByte("0123456789abcdef", c)
	}
	return n % pay.Buckets
}

// setBorn notes a birth date that was not known.
func (p *person) setBorn(day cal.Day) error {
	v, err := p.profile()
	if err != nil {
		return err
	}
	v.Born, p.facts.Born = day, day
	p.setProfile(v)
	return nil
}

// declare notes what a person says to have left every month; known obligations stay known.
func (p *person) declare(day cal.Day, free int64) {
	p.facts.Assessment.Day, p.facts.Assessment.FreeMonthly = day, free
}

// newPerson makes the row of a consumer whose e-mail address was just proved. Its index for the desk is made by a job once it is saved.
func (a *App) newPerson(tx *store.Tx, id pay.ConsumerID, m pay.Market, profile pay.Profile, language string) (*person, error) {
	key, wrapped, err := a.Vault.NewKey()
	if err != nil {
		return nil, err
	}
	f := credit.NewFacts(strings.ToLower(m.Code), m.Currency)
	f.Born, f.Opened, f.Email = profile.Born, tx.Day, tx.Day
	f.Sanctions, f.Screened = a.screen(profile), tx.Day
	if a.plausible(profile) {
		f.Address = credit.Address{Level: 1, Day: tx.Day}
	}
	p := &person{row: &pay.Consumer{ID: id, Market: m.Code, Language: language, Status: pay.ConsumerActive, CreatedAt: tx.At, WrappedKey: wrapped}, key: key, facts: f, valued: cal.NoDay}
	p.setProfile(profile)
	return p, nil
}

// indexPerson is the job that makes a new person findable at the desk.
func (h poster) indexPerson(ctx context.Context, j *pay.Job) error {
	p, err := h.readPerson(ctx, pay.ConsumerID(j.Subject))
	if err != nil {
		return err
	}
	profile, err := p.profile()
	if err != nil {
		return err
	}
	if err := h.index(ctx, p.row.ID, profile); err != nil {
		return err
	}
	if p.facts.Sanctions == credit.Hit {
		if err := h.fileHits(ctx, p.row.ID); err != nil {
			return err
		}
	}
	return h.cluster(ctx, p.row.ID, profile)
}

// index makes a person findable at the desk; it may run again.
func (a *App) index(ctx context.Context, id pay.ConsumerID, p pay.Profile) error {
	values := map[string]bool{}
	for _, w := range nameWords(p.Billing.FullName()) {
		values[a.Vault.Index("name", w)] = true
	}
	if phone := digits(p.Phone); phone != "" {
		values[a.Vault.Index("phone", phone)] = true
	}
	for _, iban := range p.PayerIBAN {
		values[a.Vault.Index("iban", iban)] = true
	}
	for digest := range values {
		bucket := digestBucket(digest)
		w := &pay.Word{Bucket: bucket, Digest: digest, ConsumerID: id, At: a.Clock.Now()}
		if err := a.putWord(ctx, w); err != nil {
			return err
		}
	}
	return nil
}

// nameWords splits a name into the words that a search may use: lower case, umlauts as people also type them.
func nameWords(name string) []string {
	return strings.FieldsFunc(umlauts.Replace(strings.ToLower(name)), func(c rune) bool {
		return c == ' ' || c == '-' || c == '.' || c == ',' || c == '\''
	})
}

var umlauts = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss")

func digits(s string) string {
	return strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, s)
}

// item builds the fact of an open claim.
func item(inv *pay.Invoice) credit.Item {
	return credit.Item{Invoice: string(inv.ID), No: inv.No, Merchant: string(inv.MerchantID), Open: inv.Open,
		Original: inv.Amount - inv.Refunded, Due: inv.DueDay, Returns: cal.NoDay, Dunning: uint8(inv.Level)}
}

// setItem brings the facts in line with a changed invoice; when it reached zero its evidence is noted.
func (p *person) setItem(pol *credit.Policy, inv *pay.Invoice, settled, today cal.Day) {
	f := &p.facts
	at := -1
	for i := range f.Open {
		if f.Open[i].Invoice == string(inv.ID) {
			at = i
		}
	}
	if inv.Open > 0 {
		next := item(inv)
		if at >= 0 {
			next.Returns, next.Flags, next.Disputed, next.Stops = f.Open[at].Returns, f.Open[at].Flags, min(f.Open[at].Disputed, next.Open), f.Open[at].Stops
			f.Open[at] = next
			return
		}
		next.Returns = inv.IssuedDay + returnDays
		at = 0
		for at < len(f.Open) && (f.Open[at].Due < next.Due || f.Open[at].Due == next.Due && f.Open[at].No < next.No) {
			at++
		}
		f.Open = append(f.Open[:at], append([]credit.Item{next}, f.Open[at:]...)...)
		return
	}
	if at < 0 {
		return
	}
	old := f.Open[at]
	f.Open = append(f.Open[:at], f.Open[at+1:]...)
	f.History.InvoiceSettled(pol, credit.Settlement{No: inv.No, Merchant: string(inv.MerchantID), Paid: inv.Paid, Due: inv.DueDay,
		Settled: settled, Returns: old.Returns, Stops: old.Stops, Today: today})
}

// returnDays is how long goods may be returned: the withdrawal period of § 355 BGB and a week for the parcel.
const returnDays = 21

// hold and unhold keep what binds the limit without being an invoice.
func (p *person) hold(h credit.Hold) {
	p.unhold(h.Ref)
	p.facts.Holds = append(p.facts.Holds, h)
}

func (p *person) unhold(ref string) {
	out := p.facts.Holds[:0]
	for _, h := range p.facts.Holds {
		if h.Ref != ref {
			out = append(out, h)
		}
	}
	p.facts.Holds = out
}

// dropHolds forgets holds that ended by time.
func (p *person) dropHolds(now pay.Micros) {
	out := p.facts.Holds[:0]
	for _, h := range p.facts.Holds {
		if h.UntilMicros > now {
			out = append(out, h)
		}
	}
	p.facts.Holds = out
}

// currencyOf is the currency of a consumer's market.
func currencyOf(market string) money.Currency {
	m, _ := pay.MarketOf(market)
	return m.Currency
}
