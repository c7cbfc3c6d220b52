package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"zahlziel/cal"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// fraudState is what the fraud rules look at in memory.
type fraudState struct {
	rules   fraud.Set
	lists   atomic.Pointer[fraudLists]
	traffic traffic
	settled sync.Map // merchants whose first payouts are over
}

// fraudLists are the reference tables of one version.
type fraudLists struct {
	version string
	domains map[string]struct{}
	blocks  map[string]map[string]cal.Day // kind, digest: the last day
	stopped map[pay.MerchantID]bool       // shops whose customers owe more than their bound
}

func (l *fraudLists) empty() bool { return len(l.blocks) == 0 }

func (l *fraudLists) blocked(kind, digest string, day cal.Day) bool {
	until, ok := l.blocks[kind][digest]
	return ok && day <= until
}

// disposable reports whether an address lies in a listed domain or below one.
func (l *fraudLists) disposable(email string) bool {
	_, domain, _ := strings.Cut(NormalEmail(email), "@")
	for len(l.domains) > 0 && strings.Contains(domain, ".") {
		if _, ok := l.domains[domain]; ok {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// settingFraudLists changes whenever a list changes, so that other processes know to read them again.
const settingFraudLists = "fraud_lists"

// reloadFraud reads the lists again where they changed.
func (a *App) reloadFraud(ctx context.Context) error {
	version, _, err := a.DB.Setting(ctx, settingFraudLists)
	if err != nil {
		return err
	}
	if old := a.fraud.lists.Load(); old != nil && old.version == version {
		return nil
	}
	l := &fraudLists{version: version, domains: map[string]struct{}{}, blocks: map[string]map[string]cal.Day{}}
	domains, err := a.DB.Domains(ctx)
	if err != nil {
		return err
	}
	for _, d := range domains {
		l.domains[d] = struct{}{}
	}
	blocks, err := a.DB.Blocks(ctx, 0)
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if l.blocks[b.Kind] == nil {
			l.blocks[b.Kind] = map[string]cal.Day{}
		}
		l.blocks[b.Kind][b.Digest] = b.Until
	}
	if l.stopped, err = a.readStops(ctx); err != nil {
		return err
	}
	a.fraud.lists.Store(l)
	return nil
}

// listsChanged makes every process read the lists again.
func (a *App) listsChanged(ctx context.Context) error {
	if err := a.DB.PutSetting(ctx, settingFraudLists, a.newID("lst")); err != nil {
		return err
	}
	return a.reloadFraud(ctx)
}

// domainsMax bounds a list of domains.
const domainsMax = 500_000

// SetDomains replaces the domains of throw-away e-mail addresses by those of a text: one in a line, # begins a comment.
// It returns how many they are. A line that is no domain is an error that names it.
func (a *App) SetDomains(ctx context.Context, who Actor, text io.Reader) (int, error) {
	if !who.System && !who.Can(DeedFraud) {
		return 0, errForbidden
	}
	seen := map[string]struct{}{}
	lines := bufio.NewScanner(text)
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		d := strings.ToLower(strings.TrimSpace(line))
		if d == "" {
			continue
		}
		if !looksLikeEmail("x@"+d) || len(seen) >= domainsMax {
			return 0, pay.Errorf(pay.Invalid, "bad_domain", "", "Line %d is no domain such as example.org, or there are more than %d", n, domainsMax)
		}
		seen[d] = struct{}{}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	list := make([]string, 0, len(seen))
	for d := range seen {
		list = append(list, d)
	}
	slices.Sort(list)
	if err := a.DB.PutDomains(ctx, list); err != nil {
		return 0, err
	}
	if err := a.audit(ctx, who, "fraud_domains_set", 0, "fraud_domains", sha([]byte(strings.Join(list, "\n")))); err != nil {
		return 0, err
	}
	return len(list), a.listsChanged(ctx)
}

// BlockRequest asks for an entry of the block list.
type BlockRequest struct {
	Kind   string
	Value  string // as people write it; of a device its blind index
	Code   string
	Reason string
	Until  cal.Day // the last day
}

// blockDaysMax is how long an entry may run: three years; it can be renewed with a reason.
const blockDaysMax = 1096

// Blocks lists what is blocked, the newest first. The values are not there: only their keyed hashes are kept.
func (a *App) Blocks(ctx context.Context, who Actor) ([]pay.Block, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	return a.DB.Blocks(ctx, day)
}

// AddBlock puts a value on the block list. It always ends; nobody is blocked without a code, an owner and a reason.
func (a *App) AddBlock(ctx context.Context, who Actor, r BlockRequest) (pay.Block, error) {
	if !who.Can(DeedFraud) {
		return pay.Block{}, errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return pay.Block{}, err
	}
	r.Value, r.Reason = strings.TrimSpace(r.Value), strings.TrimSpace(r.Reason)
	switch {
	case !slices.Contains(pay.BlockKinds, r.Kind):
		return pay.Block{}, pay.Errorf(pay.Invalid, "bad_kind", "kind", "Choose one of %s", strings.Join(pay.BlockKinds, ", "))
	case r.Value == "" || len(r.Value) > 200 || r.Kind == "email" && !looksLikeEmail(r.Value) || r.Kind == "phone" && len(digits(r.Value)) < 6:
		return pay.Block{}, pay.Errorf(pay.Invalid, "bad_value", "value", "Enter what is to be blocked, complete")
	case !slices.Contains(pay.BlockCodes, r.Code):
		return pay.Block{}, pay.Errorf(pay.Invalid, "bad_code", "code", "Choose one of %s", strings.Join(pay.BlockCodes, ", "))
	case len(r.Reason) < reasonMin || len(r.Reason) > reasonMax:
		return pay.Block{}, errReason
	case !r.Until.IsSet() || r.Until < day || r.Until > day+blockDaysMax:
		return pay.Block{}, pay.Errorf(pay.Invalid, "bad_until", "until", "Choose a last day from today on, at most %d days ahead", blockDaysMax)
	}
	digest := a.blockDigest(r.Kind, r.Value)
	b := pay.Block{ID: store.BlockID(r.Kind, digest), Kind: r.Kind, Digest: digest, Code: r.Code, Owner: who.Staff, Reason: r.Reason, CreatedAt: a.Clock.Now(), Until: r.Until}
	if err := a.audit(ctx, who, "blocked", 0, b.ID, b.Code+" until "+b.Until.String()); err != nil {
		return b, err
	}
	if err := a.DB.PutBlock(ctx, b); err != nil {
		return b, err
	}
	return b, a.listsChanged(ctx)
}

// EndBlock takes an entry off the block list.
func (a *App) EndBlock(ctx context.Context, who Actor, id string) error {
	if !who.Can(DeedFraud) {
		return errForbidden
	}
	day, err := a.Day(ctx)
	if err != nil {
		return err
	}
	if err := a.audit(ctx, who, "unblocked", 0, id, ""); err != nil {
		return err
	}
	ended, err := a.DB.EndBlock(ctx, id, day)
	if err != nil {
		return err
	}
	if !ended {
		return pay.Errorf(pay.Missing, "no_such_block", "", "There is no such entry")
	}
	return a.listsChanged(ctx)
}

// traffic remembers for a day which people had goods sent to which place. It is bounded: two halves of placesMax places,
// of which the older one is forgotten, and of each place at most peopleMax people.
type traffic struct {
	mu       sync.Mutex
	halves   [2]map[uint64][]uint64
	begunAt  pay.Micros
	overflow int64 // how often a half was forgotten because it was full
}

const (
	placesMax = 40_000
	peopleMax = 16
	halfSpan  = dayMicros / 2
)

// others counts the other people of a place within half a day to a day, and adds this one where count says so.
func (t *traffic) others(place, person string, now pay.Micros, count bool) int64 {
	where, who := fold(place), fold(person)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.halves[0] == nil || now-t.begunAt >= halfSpan || len(t.halves[0]) >= placesMax {
		if now-t.begunAt >= 2*halfSpan {
			t.halves[0] = nil
		}
		if len(t.halves[0]) >= placesMax {
			t.overflow++
		}
		t.halves[1], t.halves[0], t.begunAt = t.halves[0], map[uint64][]uint64{}, now
	}
	seen := map[uint64]bool{}
	for _, half := range t.halves {
		for _, other := range half[where] {
			if other != who {
				seen[other] = true
			}
		}
	}
	if here := t.halves[0][where]; count && len(here) < peopleMax && !slices.Contains(here, who) {
		t.halves[0][where] = append(here, who)
	}
	return int64(len(seen))
}

// fold shortens a text to a number that does not tell it.
func fold(s string) uint64 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint64(sum[:8])
}
