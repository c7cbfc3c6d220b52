package app

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/gateway/sanctions"
	"zahlziel/pay"
	"zahlziel/store"
)

// Jobs that hold what is there against lists that changed: the people of one bucket, and all merchants.
const (
	JobRescreen      = "rescreen"
	JobRescreenShops = "rescreen_shops"
)

// Settings of the lists. The summary is small and read every few seconds; a list itself only when its digest is new.
const (
	settingScreening  = "screening"
	settingList       = "sanctions:" // and the list's digest
	rescreenPage      = 200          // people of one job; the next job takes the next
	sanctionsFileMax  = 512 << 20
	ownList           = "own"
	hitsPage          = 50
	screeningAnswered = "screening_decided"
)

// ListInfo says which edition of a list is in use.
type ListInfo struct {
	Source    string     `json:"source"` // eu, un
	Published cal.Day    `json:"published"`
	Entries   int        `json:"entries"`
	SHA256    string     `json:"sha256"` // of the stored list
	LoadedAt  pay.Micros `json:"loaded_at"`
}

// screening is the index over all lists in use.
type screening struct {
	lists []ListInfo
	own   string // digest of the operator's own names
	index *sanctions.Index
	known []*sanctions.List
}

// readScreening builds the index again only if a list changed.
func (a *App) readScreening(ctx context.Context, own Lists) (screening, error) {
	a.mu.RLock()
	now := a.screening
	a.mu.RUnlock()
	next := screening{own: sha(mustJSON(own.Sanctioned))}
	body, ok, err := a.DB.Setting(ctx, settingScreening)
	if err != nil {
		return now, err
	}
	if ok {
		if err := json.Unmarshal([]byte(body), &next.lists); err != nil {
			return now, err
		}
	}
	if now.index != nil && next.own == now.own && slices.Equal(next.lists, now.lists) {
		return now, nil
	}
	for _, info := range next.lists {
		l, err := a.storedList(ctx, info)
		if err != nil {
			return now, err
		}
		next.known = append(next.known, l)
	}
	if l := own.list(); len(l.Entries) > 0 {
		next.known = append(next.known, l)
	}
	next.index = sanctions.NewIndex(next.known...)
	return next, nil
}

// list is the operator's own names in the form of a list.
func (l Lists) list() *sanctions.List {
	out := &sanctions.List{Source: ownList, Published: cal.NoDay}
	for _, s := range l.Sanctioned {
		for _, person := range []bool{true, false} {
			e := sanctions.Entry{Person: person, Names: []string{s.Name}}
			if s.Born.IsSet() {
				e.Born = []sanctions.Birth{{Day: s.Born}}
			}
			e.Ref = e.Digest()
			out.Entries = append(out.Entries, e)
		}
	}
	return out
}

func (a *App) storedList(ctx context.Context, info ListInfo) (*sanctions.List, error) {
	body, ok, err := a.DB.Setting(ctx, settingList+info.SHA256)
	if err != nil {
		return nil, err
	}
	packed, err := base64.StdEncoding.DecodeString(body)
	if err != nil || !ok || sha(packed) != info.SHA256 {
		return nil, fmt.Errorf("the stored %s sanctions list is not the one that was imported; import it again", info.Source)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var l sanctions.List
	return &l, json.NewDecoder(r).Decode(&l)
}

// ImportSanctions replaces a list by a newer edition from a file of the EU or the UN and has everybody held against it,
// bucket by bucket, by jobs. The same edition again changes nothing; an older one is Refused.
func (a *App) ImportSanctions(ctx context.Context, who Actor, file io.Reader) (ListInfo, error) {
	if !who.System && !who.Can(DeedScreening) {
		return ListInfo{}, errForbidden
	}
	l, err := sanctions.Read(io.LimitReader(file, sanctionsFileMax))
	if err != nil {
		return ListInfo{}, pay.Errorf(pay.Invalid, "bad_list", "file", "%s", err.Error())
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if err := json.NewEncoder(w).Encode(l); err != nil {
		return ListInfo{}, err
	}
	if err := w.Close(); err != nil {
		return ListInfo{}, err
	}
	sum := sha256.Sum256(packed.Bytes())
	info := ListInfo{Source: l.Source, Published: l.Published, Entries: len(l.Entries), SHA256: hex.EncodeToString(sum[:]), LoadedAt: a.Clock.Now()}
	lists, old, err := a.replaceList(info)
	if err != nil || lists == nil {
		return info, err
	}
	if err := a.DB.PutSetting(ctx, settingList+info.SHA256, base64.StdEncoding.EncodeToString(packed.Bytes())); err != nil {
		return info, err
	}
	if err := a.DB.PutSetting(ctx, settingScreening, string(mustJSON(lists))); err != nil {
		return info, err
	}
	if old != "" { // nobody reads the old edition any more
		if err := a.DB.PutSetting(ctx, settingList+old, ""); err != nil {
			return info, err
		}
	}
	if err := a.audit(ctx, who, "sanctions_list", 0, l.Source, fmt.Sprintf("%s, %d entries, %s", l.Published, info.Entries, info.SHA256[:16])); err != nil {
		return info, err
	}
	if err := a.Reload(ctx); err != nil {
		return info, err
	}
	return info, a.rescreenAll(ctx)
}

// replaceList is the summary with a new edition, and the digest of the one it replaces; nil when it is in use already.
func (a *App) replaceList(info ListInfo) (lists []ListInfo, replaced string, err error) {
	lists = a.SanctionsLists()
	for i, old := range lists {
		if old.Source != info.Source {
			continue
		}
		if old.SHA256 == info.SHA256 {
			return nil, "", nil
		}
		if info.Published < old.Published {
			return nil, "", pay.Errorf(pay.Refused, "older_list", "file", "This list is of %s; the one in use is of %s", info.Published, old.Published)
		}
		lists[i] = info
		return lists, old.SHA256, nil
	}
	return append(lists, info), "", nil
}

// SanctionsLists are the editions in use.
func (a *App) SanctionsLists() []ListInfo {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return slices.Clone(a.screening.lists)
}

// rescreenAll queues one job for each bucket, and one for the merchants.
func (a *App) rescreenAll(ctx context.Context) error {
	_, err := do(ctx, a, System, "rescreen", Key{}, store.Unit{}, func(tx *store.Tx) (struct{}, error) {
		a.queue(tx, JobRescreenShops, "", nil)
		return struct{}{}, nil
	})
	if err != nil {
		return err
	}
	for b := range pay.Buckets {
		_, err := do(ctx, a, System, "rescreen", Key{}, store.Unit{Bucket: b}, func(tx *store.Tx) (struct{}, error) {
			a.queue(tx, JobRescreen, "", nil)
			return struct{}{}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rescreen is the job for one page of one bucket; it queues the next page itself, so that no job is long.
func (h poster) rescreen(ctx context.Context, j *pay.Job) error {
	if err := h.Reload(ctx); err != nil { // another process may have imported the list
		return err
	}
	b := bucketOf(j.ID)
	people, err := h.DB.ConsumersAfter(ctx, b, pay.ConsumerID(j.Subject), rescreenPage)
	if err != nil || len(people) == 0 {
		return err
	}
	for _, row := range people {
		if row.Status != pay.ConsumerActive {
			continue
		}
		p, err := h.openPerson(row)
		if gone(err) {
			continue
		} else if err != nil {
			return err
		}
		profile, err := p.profile()
		if err != nil {
			return err
		}
		if h.screen(profile) != credit.Hit {
			continue
		}
		if err := h.fileHits(ctx, row.ID); err != nil {
			return err
		}
	}
	_, err = do(ctx, h.App, System, "rescreen", Key{}, store.Unit{Bucket: b}, func(tx *store.Tx) (struct{}, error) {
		h.queue(tx, JobRescreen, string(people[len(people)-1].ID), nil)
		return struct{}{}, nil
	})
	return err
}

// screen holds a person against all lists. A hit stops everything until a human has looked at it; without a list nothing
// is a hit.
func (a *App) screen(p pay.Profile) credit.SourceState {
	if len(a.hits(p)) > 0 {
		return credit.Hit
	}
	return credit.Clear
}

// hits finds the entries that a person, their company or whoever gets the parcel may be.
func (a *App) hits(p pay.Profile) []sanctions.Hit {
	a.mu.RLock()
	index := a.screening.index
	a.mu.RUnlock()
	if index == nil {
		return nil
	}
	subjects := []sanctions.Subject{{Name: p.Billing.FullName(), Born: p.Born}}
	if p.Billing.Organization != "" {
		subjects = append(subjects, sanctions.Subject{Name: p.Billing.Organization, Born: cal.NoDay, Organisation: true})
	}
	if other := shippingName(p.Shipping); other != "" && other != p.Billing.FullName() {
		subjects = append(subjects, sanctions.Subject{Name: other, Born: cal.NoDay})
	}
	var out []sanctions.Hit
	for _, s := range subjects {
		for _, h := range index.Find(s) {
			if !slices.ContainsFunc(out, func(x sanctions.Hit) bool { return x.List == h.List && x.Entry.Ref == h.Entry.Ref }) {
				out = append(out, h)
			}
		}
	}
	return out
}

// fileHits lays a person's hits before the desk and stops everything for the person until somebody has decided. What was
// cleared stays cleared as long as the list says the same; then the person is free.
func (a *App) fileHits(ctx context.Context, id pay.ConsumerID) error {
	b := bucketOf(id)
	_, err := do(ctx, a, System, "screen", Key{}, store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}, func(tx *store.Tx) (struct{}, error) {
		p, err := a.person(tx, id)
		if gone(err) {
			return struct{}{}, nil
		} else if err != nil {
			return struct{}{}, err
		}
		profile, err := p.profile()
		if err != nil {
			return struct{}{}, err
		}
		stopped := false
		for _, h := range a.hits(profile) {
			open, err := p.fileHit(tx, h)
			if err != nil {
				return struct{}{}, err
			}
			stopped = stopped || open
		}
		state := credit.Clear
		if stopped {
			state = credit.Hit
		}
		if p.facts.Sanctions == state {
			return struct{}{}, nil
		}
		p.facts.Sanctions, p.facts.Screened = state, tx.Day
		tx.Audit(System.String(), "screened", string(id), state.String())
		return struct{}{}, p.save(tx)
	})
	return err
}

// fileHit stores one hit; open reports whether it stands in the person's way.
func (p *person) fileHit(tx *store.Tx, h sanctions.Hit) (open bool, err error) {
	id, digest := pay.HitID(p.row.ID, h.List, h.Entry.Ref), h.Entry.Digest()
	old, err := store.Get(tx, store.SanctionHits, id)
	if err != nil {
		return false, err
	}
	if old != nil && (old.Digest == digest || old.State == pay.HitConfirmed) {
		return old.State != pay.HitCleared, nil
	}
	said := pay.HitContent{Listed: h.Name, Spellings: append(slices.Clone(h.Entry.Names), h.Entry.Weak...), Birth: h.Birth, Programme: h.Entry.Programme}
	for _, b := range h.Entry.Born {
		text := b.Day.String()
		if !b.Day.IsSet() {
			text = fmt.Sprintf("%d–%d", b.From, b.To)
		}
		said.Born = append(said.Born, text)
	}
	store.Save(tx, store.SanctionHits, &pay.SanctionHit{ConsumerID: p.row.ID, List: h.List, Entry: h.Entry.Ref, Digest: digest, Score: int64(h.Score),
		State: pay.HitOpen, FoundAt: tx.At, Sealed: p.seal(id, said)})
	return true, nil
}

// HitLine is a hit beside the person it may be about.
type HitLine struct {
	Hit     pay.SanctionHit
	Listed  pay.HitContent
	Profile pay.Profile
}

// SanctionHits lists the hits that wait for a decision, oldest first. Each person on it is looked at, so each of them gets
// a line in the audit trail before the list is shown.
func (a *App) SanctionHits(ctx context.Context, who Actor) ([]HitLine, error) {
	if !who.Can(DeedScreening) {
		return nil, errForbidden
	}
	rows, err := a.DB.OpenSanctionHits(ctx, hitsPage)
	if err != nil {
		return nil, err
	}
	var out []HitLine
	for _, row := range rows {
		if err := a.audit(ctx, who, "looked_at", bucketOf(row.ConsumerID), string(row.ConsumerID), "screening"); err != nil {
			return nil, err
		}
		p, err := a.readPerson(ctx, row.ConsumerID)
		if gone(err) {
			continue
		} else if err != nil {
			return nil, err
		}
		line := HitLine{Hit: *row}
		if line.Listed, err = open[pay.HitContent](p.key, pay.HitID(row.ConsumerID, row.List, row.Entry), row.Sealed); err != nil {
			return nil, err
		}
		if line.Profile, err = p.profile(); err != nil {
			return nil, err
		}
		line.Hit.Sealed = nil
		out = append(out, line)
	}
	return out, nil
}

// DecideHit is what a person at the desk found out: same says that the consumer is the listed one, and everything stays
// stopped. A reason is required. Cleared of the last hit, the consumer can buy again at once.
func (a *App) DecideHit(ctx context.Context, who Actor, id pay.ConsumerID, list, entry string, same bool, note string) error {
	if !who.Can(DeedScreening) {
		return errForbidden
	}
	if note == "" || len(note) > 1000 {
		return pay.Errorf(pay.Invalid, "note_missing", "note", "Say in a few words what you compared")
	}
	others, err := a.DB.SanctionHitsOf(ctx, id)
	if err != nil {
		return err
	}
	b := bucketOf(id)
	u := store.Unit{Bucket: b, Load: []store.Ref{store.Consumers.At(b, string(id))}}
	for _, o := range others {
		u.Load = append(u.Load, store.SanctionHits.At(b, pay.HitID(id, o.List, o.Entry)))
	}
	_, err = do(ctx, a, who, "screening", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		return struct{}{}, a.decideHit(tx, who, id, pay.HitID(id, list, entry), same, note, others)
	})
	return err
}

func (a *App) decideHit(tx *store.Tx, who Actor, id pay.ConsumerID, key string, same bool, note string, others []*pay.SanctionHit) error {
	row, err := store.Get(tx, store.SanctionHits, key)
	if err != nil {
		return err
	}
	if row == nil || row.State != pay.HitOpen {
		return pay.Errorf(pay.Conflict, "hit_decided", "", "This was decided already")
	}
	p, err := a.person(tx, id)
	if err != nil {
		return err
	}
	said, err := open[pay.HitContent](p.key, key, row.Sealed)
	if err != nil {
		return err
	}
	said.Note = note
	row.State, row.DecidedBy, row.DecidedAt, row.Sealed = pay.HitCleared, who.Staff, tx.At, p.seal(key, said)
	if same {
		row.State = pay.HitConfirmed
	}
	store.Save(tx, store.SanctionHits, row)
	tx.Audit(who.String(), screeningAnswered, string(id), row.List+" "+row.Entry+" "+row.State)
	state := credit.Clear
	if same {
		state = credit.Hit
	}
	for _, o := range others {
		now, err := store.Get(tx, store.SanctionHits, pay.HitID(id, o.List, o.Entry))
		if err != nil {
			return err
		}
		if now != nil && now.State != pay.HitCleared {
			state = credit.Hit
		}
	}
	p.facts.Sanctions, p.facts.Screened = state, tx.Day
	return p.save(tx)
}
