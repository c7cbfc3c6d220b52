package credit

import (
	"bytes"
	"fmt"

	"zahlziel/money"
)

// What is promised stands behind everything else and takes no byte where there is nothing, so facts of people without a
// promise look as they always did.

func (f *Facts) encodePromises(c *coder) {
	if len(f.Promises) == 0 {
		return
	}
	c.count(len(f.Promises))
	for i := range f.Promises {
		f.Promises[i].encode(c)
	}
}

func (f *Facts) decodePromises(d *decoder) {
	if d.err != nil || d.s == "" {
		return
	}
	f.Promises = list[LiveContract](d)
	for i := range f.Promises {
		f.Promises[i].decode(d)
	}
}

func (p *LiveContract) encode(c *coder) {
	c.text(p.ID)
	c.text(p.Held)
	p.Contract.encode(c)
	c.count(len(p.Duties))
	for i := range p.Duties {
		t := &p.Duties[i]
		c.byte(uint8(t.Kind))
		c.text(t.Invoice)
		c.text(t.No)
		c.int(t.Rest)
		c.day(t.By)
		c.day(t.Counts)
		c.day(t.Done)
	}
}

func (p *LiveContract) decode(d *decoder) {
	*p = LiveContract{ID: d.text(), Held: d.text()}
	p.Contract.decode(d)
	p.Duties = list[Duty](d)
	for i := range p.Duties {
		p.Duties[i] = Duty{Kind: StepKind(d.below(uint8(len(stepNames)))), Invoice: d.text(), No: d.text(), Rest: d.int(), By: d.day(), Counts: d.day(), Done: d.day()}
	}
}

func (k *Contract) encode(c *coder) {
	c.byte(uint8(k.Method))
	c.int(k.Amount)
	c.text(string(k.Currency))
	c.day(k.Made)
	c.day(k.From)
	c.day(k.ValidUntil)
	c.count(len(k.Known))
	for _, no := range k.Known {
		c.text(no)
	}
	c.int(int64(k.Enquiries))
	c.int(int64(k.Purchases))
	c.flag(k.Missed)
	c.flag(k.Reversed)
	c.flag(k.Used)
}

func (k *Contract) decode(d *decoder) {
	*k = Contract{Method: Method(d.below(MethodCount)), Amount: d.int(), Currency: money.Currency(d.text()), Made: d.day(), From: d.day(), ValidUntil: d.day()}
	k.Known = list[string](d)
	for i := range k.Known {
		k.Known[i] = d.text()
	}
	k.Enquiries, k.Purchases = d.int32(), d.int32()
	k.Missed, k.Reversed, k.Used = d.flag(), d.flag(), d.flag()
}

func (k *Kept) encode(c *coder) {
	c.byte(uint8(k.Method))
	k.Promise.encode(c)
	encodeVoids(c, k.Voids)
	k.Decision.encode(c)
}

func (k *Kept) decode(d *decoder) {
	k.Method = Method(d.below(MethodCount))
	k.Promise.decode(d)
	k.Voids = list[Void](d)
	for i := range k.Voids {
		k.Voids[i] = Void(d.below(uint8(voidEnd)))
	}
	k.Decision.decode(d)
}

func encodeVoids(c *coder, voids []Void) {
	c.count(len(voids))
	for _, v := range voids {
		c.byte(uint8(v))
	}
}

// again honours the recorded promise once more and compares voids and answer byte by byte.
func (k *Kept) again(p *Policy, r *Record, refusal Decision) error {
	var then, now coder
	encodeVoids(&then, k.Voids)
	k.Decision.encode(&then)
	with, voids := k.Promise.Contract.Honour(p, &r.Facts, k.Method, r.Request, refusal)
	encodeVoids(&now, voids)
	with.encode(&now)
	if !bytes.Equal(then.b, now.b) {
		return fmt.Errorf("credit: promise %s differs on replay: recorded %v, now %v", k.Promise.ID, k.Voids, voids)
	}
	return nil
}

// MarshalText writes the stable name.
func (v Void) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the stable name.
func (v *Void) UnmarshalText(b []byte) error {
	i, err := indexOf(voidNames[:], string(b), "void")
	*v = Void(i)
	return err
}

// Voids is the whole closed list, in its order.
func Voids() []Void {
	var out []Void
	for v := V1NewLateInvoice; v < voidEnd; v++ {
		out = append(out, v)
	}
	return out
}

// Names lists the checks by their stable names.
func (c CheckSet) Names() []string {
	var out []string
	for i, name := range [...]string{"assessment", "sanctions", "bureau"} {
		if c>>i&1 == 1 {
			out = append(out, name)
		}
	}
	return out
}

// Names lists what a plan is best at by stable names.
func (k PlanKind) Names() []string {
	var out []string
	for i, name := range [...]string{"earliest", "cheapest", "fewest"} {
		if k>>i&1 == 1 {
			out = append(out, name)
		}
	}
	return out
}
