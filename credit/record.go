package credit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"zahlziel/money"
)

// Record is everything needed to explain and to replay one decision.
type Record struct {
	Policy       string   `json:"policy"`
	PolicyNo     int      `json:"policy_version"`
	PolicySHA256 string   `json:"policy_sha256"`
	Card         string   `json:"card"`
	CardNo       int      `json:"card_version"`
	CardSHA256   string   `json:"card_sha256"`
	Request      Request  `json:"request"`
	Facts        Facts    `json:"facts"`
	Decision     Decision `json:"decision"`
	Shadow       []Shadow `json:"shadow,omitempty"` // what challengers would have said; it never acts
	Kept         *Kept    `json:"kept,omitempty"`   // the promise that had a say about a refusal, and the answer with it
	Beside       []byte   `json:"-"`                // what other rules recorded beside the decision, opaque here; nil: nothing
}

// Shadow is the answer of a challenger card to the same question, beside the one that acts.
type Shadow struct {
	Card   string    `json:"card"`
	CardNo int       `json:"card_version"`
	SHA256 string    `json:"card_sha256"`
	Score  int32     `json:"score"`
	Limit  int64     `json:"limit"`
	OK     MethodSet `json:"-"` // methods it would have allowed
}

// InShadow asks a challenger card the question that policy p has answered. It is the policy with another card.
func InShadow(p *Policy, c *Card, f *Facts, r Request) Shadow {
	q := *p
	q.Card = c
	d := Decide(&q, f, r)
	s := Shadow{Card: c.ID, CardNo: c.Version, SHA256: c.SHA256, Score: d.Score, Limit: d.Limit}
	for m, o := range d.Outcomes {
		if o.OK {
			s.OK = s.OK.With(Method(m))
		}
	}
	return s
}

// MarshalJSON names the methods.
func (s Shadow) MarshalJSON() ([]byte, error) {
	type plain Shadow
	return json.Marshal(struct {
		plain
		OK []Method `json:"ok"`
	}{plain(s), s.OK.List()})
}

// NewRecord binds facts, request and answer to the policy that gave it. It shares the lists of facts and decision.
func NewRecord(p *Policy, f *Facts, r Request, d Decision) Record {
	return Record{Policy: p.ID, PolicyNo: p.Version, PolicySHA256: p.SHA256,
		Card: p.Card.ID, CardNo: p.Card.Version, CardSHA256: p.Card.SHA256, Request: r, Facts: *f, Decision: d}
}

// PolicySet finds a policy by id and version.
type PolicySet interface {
	Policy(id string, version int) (*Policy, bool)
}

// Replay decides again on the record's facts and compares the answer byte by byte. A nil error means: the same policy,
// the same card and the same answer.
func Replay(set PolicySet, r *Record) error {
	p, ok := set.Policy(r.Policy, r.PolicyNo)
	if !ok {
		return fmt.Errorf("credit: policy %s v%d is not loaded; load the version that the record names", r.Policy, r.PolicyNo)
	}
	if p.SHA256 != r.PolicySHA256 || p.Card.SHA256 != r.CardSHA256 {
		return fmt.Errorf("credit: policy %s v%d or its card %s v%d is not the file that decided; restore the original", r.Policy, r.PolicyNo, r.Card, r.CardNo)
	}
	var then, now coder
	r.Decision.encode(&then)
	again := Decide(p, &r.Facts, r.Request)
	again.encode(&now)
	if !bytes.Equal(then.b, now.b) {
		return fmt.Errorf("credit: the decision differs on replay: recorded score %d, limit %d; now %d, %d", r.Decision.Score, r.Decision.Limit, again.Score, again.Limit)
	}
	if r.Kept != nil {
		return r.Kept.again(p, r, again)
	}
	return nil
}

// MarshalBinary encodes the record, deterministic and versioned.
func (r *Record) MarshalBinary() ([]byte, error) {
	c := coder{make([]byte, 0, 1024)}
	var extra coder
	sections := 0
	if len(r.Shadow) > 0 {
		if err := r.encodeShadow(&extra); err != nil {
			return nil, err
		}
		sections++
	}
	if len(r.Beside) > 0 {
		extra.byte(sectionBeside)
		extra.text(string(r.Beside))
		sections++
	}
	if r.Kept != nil {
		extra.byte(sectionKept)
		r.Kept.encode(&extra)
		sections++
	}
	c.byte(recordVersion)
	if sections > 0 {
		c.b[0] = sectionedVersion
	}
	c.text(r.Policy)
	c.uint(uint64(r.PolicyNo))
	c.text(r.Card)
	c.uint(uint64(r.CardNo))
	if err := c.sums(r.PolicySHA256, r.CardSHA256); err != nil {
		return nil, err
	}
	r.Request.encode(&c)
	r.Facts.encode(&c)
	r.Decision.encode(&c)
	if sections > 0 {
		c.count(sections)
		c.b = append(c.b, extra.b...)
	}
	return c.b, nil
}

// The sections that a record may have behind the decision, each with its mark: what was recorded beside the decision.
const (
	sectionShadow = 1
	sectionBeside = 2
	sectionKept   = 3
)

func (r *Record) encodeShadow(c *coder) error {
	c.byte(sectionShadow)
	c.count(len(r.Shadow))
	for _, s := range r.Shadow {
		c.text(s.Card)
		c.uint(uint64(s.CardNo))
		if err := c.sums(s.SHA256); err != nil {
			return err
		}
		c.int(int64(s.Score))
		c.int(s.Limit)
		c.byte(uint8(s.OK))
	}
	return nil
}

// decodeSections reads what lies behind the decision.
func (r *Record) decodeSections(d *decoder) {
	for range list[struct{}](d) {
		switch d.byte() {
		case sectionShadow:
			r.Shadow = list[Shadow](d)
			for i := range r.Shadow {
				r.Shadow[i] = Shadow{Card: d.text(), CardNo: int(d.uint32()), SHA256: d.sum(), Score: d.int32(), Limit: d.int(), OK: MethodSet(d.byte())}
			}
		case sectionKept:
			r.Kept = &Kept{}
			r.Kept.decode(d)
		case sectionBeside:
			r.Beside = []byte(d.text())
		default:
			d.fail()
		}
	}
}

// sums writes checksums given in hexadecimal.
func (c *coder) sums(list ...string) error {
	for _, sum := range list {
		raw, err := hex.DecodeString(sum)
		if err != nil {
			return fmt.Errorf("credit: checksum %q is not hexadecimal", sum)
		}
		c.text(string(raw))
	}
	return nil
}

// sum reads a checksum.
func (d *decoder) sum() string { return hex.EncodeToString([]byte(d.text())) }

// UnmarshalBinary is the inverse of MarshalBinary. On an error r is not changed.
func (r *Record) UnmarshalBinary(b []byte) error {
	d := decoder{s: string(b)}
	version := d.version(sectionedVersion)
	var n Record
	n.Policy, n.PolicyNo = d.text(), int(d.uint32())
	n.Card, n.CardNo = d.text(), int(d.uint32())
	n.PolicySHA256, n.CardSHA256 = d.sum(), d.sum()
	n.Request.decode(&d)
	n.Facts.decode(&d)
	n.Decision.decode(&d)
	if version >= sectionedVersion {
		n.decodeSections(&d)
	}
	if err := d.end(); err != nil {
		return err
	}
	*r = n
	return nil
}

func (r *Request) encode(c *coder) {
	c.day(r.Day)
	c.int(r.NowMicros)
	c.int(r.Amount)
	c.text(string(r.Currency))
	for _, o := range r.Offers {
		c.flag(o.Enabled)
		c.byte(uint8(o.Regime))
	}
	c.int(r.MerchantCap)
	c.int(r.MarketCap)
	c.int(r.ClusterCap)
	c.flag(r.IdentityFirst)
	c.flag(r.CreditStop)
	c.flag(r.NotServed)
	c.int(int64(r.Margin))
}

func (r *Request) decode(d *decoder) {
	r.Day, r.NowMicros, r.Amount, r.Currency = d.day(), d.int(), d.int(), money.Currency(d.text())
	for i := range r.Offers {
		r.Offers[i] = Offer{d.flag(), Regime(d.below(uint8(Out) + 1))}
	}
	r.MerchantCap, r.MarketCap, r.ClusterCap, r.IdentityFirst = d.int(), d.int(), d.int(), d.flag()
	r.CreditStop, r.NotServed, r.Margin = d.flag(), d.flag(), d.int32()
}

func (v *Decision) encode(c *coder) {
	for i := range v.Features {
		c.int(int64(v.Features[i]))
		c.int(int64(v.Points[i]))
	}
	c.int(int64(v.Score))
	for _, n := range [...]int64{v.BandLimit, v.Limit, v.Exposure, v.Available} {
		c.int(n)
	}
	c.byte(uint8(v.Binding))
	for _, o := range v.Outcomes {
		c.flag(o.OK)
		c.int(o.Max)
	}
	c.count(len(v.Reasons))
	for i := range v.Reasons {
		v.Reasons[i].encode(c)
	}
}

func (v *Decision) decode(d *decoder) {
	for i := range v.Features {
		v.Features[i], v.Points[i] = d.int32(), d.int32()
	}
	v.Score = d.int32()
	v.BandLimit, v.Limit, v.Exposure, v.Available = d.int(), d.int(), d.int(), d.int()
	v.Binding = d.code()
	for i := range v.Outcomes {
		v.Outcomes[i] = Outcome{Method(i), d.flag(), d.int()}
	}
	v.Reasons = list[Reason](d)
	for i := range v.Reasons {
		v.Reasons[i].decode(d)
	}
}

func (r *Reason) encode(c *coder) {
	c.byte(uint8(r.Code))
	c.byte(uint8(r.Methods))
	c.byte(uint8(r.Subject))
	c.text(r.No)
	c.text(r.Text)
	c.text(string(r.Currency))
	c.day(r.Day)
	c.day(r.Since)
	for _, n := range [...]int64{r.Amount, r.Of, r.Rest} {
		c.int(n)
	}
	for _, n := range [...]int32{r.N, r.M, r.Days, r.Points, r.Best} {
		c.int(int64(n))
	}
	if r.Code.IsExtra() { // its sentences belong to the record: a person may ask years later
		words := r.Words
		if words == nil {
			words = &Words{}
		}
		c.text(words.German)
		c.text(words.English)
	}
}

// code reads a code of the closed list or of a policy file.
func (d *decoder) code() Code {
	c := Code(d.byte())
	if c >= codeEnd && !c.IsExtra() {
		d.fail()
		return 0
	}
	return c
}

func (r *Reason) decode(d *decoder) {
	*r = Reason{Code: d.code(), Methods: MethodSet(d.byte()), Subject: Subject(d.below(uint8(len(subjectNames)))),
		No: d.text(), Text: d.text(), Currency: money.Currency(d.text()), Day: d.day(), Since: d.day(),
		Amount: d.int(), Of: d.int(), Rest: d.int(), N: d.int32(), M: d.int32(), Days: d.int32(), Points: d.int32(), Best: d.int32()}
	if r.Code.IsExtra() {
		r.Words = &Words{d.text(), d.text()}
	}
}

// JSON writes the record for people and authorities (GDPR art. 15): sorted keys, integers only, reasons with their
// sentences in both languages.
func (r *Record) JSON() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v) // maps print with sorted keys
}

// MarshalJSON names characteristics and methods instead of numbering them.
func (v Decision) MarshalJSON() ([]byte, error) {
	features, points := map[string]int32{}, map[string]int32{"sum": v.Score}
	for f := range Feature(FeatureCount) {
		features[f.String()], points[f.String()] = v.Features[f], v.Points[f]
	}
	type outcome struct {
		Method  Method   `json:"method"`
		OK      bool     `json:"ok"`
		Max     int64    `json:"max"`
		Reasons []string `json:"reasons,omitempty"`
	}
	var outcomes []outcome
	for _, o := range v.Outcomes {
		outcomes = append(outcomes, outcome{o.Method, o.OK, o.Max, Codes(v.Why(o.Method))})
	}
	return json.Marshal(map[string]any{"features": features, "points": points, "outcomes": outcomes, "reasons": v.Reasons,
		"limit": map[string]any{"band": v.BandLimit, "limit": v.Limit, "exposure": v.Exposure, "available": v.Available, "binding": v.Binding}})
}
