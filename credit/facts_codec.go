package credit

import (
	"zahlziel/cal"
	"zahlziel/money"
)

// MarshalStored encodes the facts that live on the consumer's row: all but Open and Holds.
func (f *Facts) MarshalStored() []byte { return f.AppendStored(make([]byte, 0, 256)) }

// AppendStored is MarshalStored into a buffer of the caller.
func (f *Facts) AppendStored(b []byte) []byte {
	c := coder{b}
	c.byte(storedVersion)
	f.encodePerson(&c)
	f.History.encode(&c)
	f.encodeSources(&c)
	return c.b
}

// UnmarshalStored is the inverse of MarshalStored; Open and Holds are left as they are. On an error f is not changed.
func (f *Facts) UnmarshalStored(b []byte) error {
	d := decoder{s: string(b)}
	version := d.version(storedVersion)
	var g Facts
	g.decodePerson(&d, version)
	g.History.decode(&d)
	g.decodeSources(&d, version)
	if err := d.end(); err != nil {
		return err
	}
	g.Open, g.Holds = f.Open, f.Holds
	*f = g
	return nil
}

// MarshalBinary encodes all facts, deterministic and versioned; it never fails.
func (f *Facts) MarshalBinary() ([]byte, error) {
	c := coder{make([]byte, 0, 512)}
	f.encode(&c)
	f.encodePromises(&c)
	return c.b, nil
}

// UnmarshalBinary is the inverse of MarshalBinary. On an error f is not changed.
func (f *Facts) UnmarshalBinary(b []byte) error {
	d := decoder{s: string(b)}
	var g Facts
	g.decode(&d)
	g.decodePromises(&d)
	if err := d.end(); err != nil {
		return err
	}
	*f = g
	return nil
}

func (f *Facts) encode(c *coder) {
	c.byte(storedVersion)
	f.encodePerson(c)
	f.History.encode(c)
	c.count(len(f.Open))
	for i := range f.Open {
		f.Open[i].encode(c)
	}
	c.count(len(f.Holds))
	for i := range f.Holds {
		h := &f.Holds[i]
		c.text(h.Ref)
		c.byte(uint8(h.Kind))
		c.int(h.Amount)
		c.int(h.UntilMicros)
	}
	f.encodeSources(c)
}

func (f *Facts) decode(d *decoder) {
	version := d.version(storedVersion)
	f.decodePerson(d, version)
	f.History.decode(d)
	f.Open = list[Item](d)
	for i := range f.Open {
		f.Open[i].decode(d)
	}
	f.Holds = list[Hold](d)
	for i := range f.Holds {
		f.Holds[i] = Hold{Ref: d.text(), Kind: HoldKind(d.byte()), Amount: d.int(), UntilMicros: d.int()}
	}
	f.decodeSources(d, version)
}

// encodeSources writes what version 3 added.
func (f *Facts) encodeSources(c *coder) {
	c.day(f.Bureau.Until)
	c.int(int64(f.Bureau.Score))
	c.text(f.Bureau.URL)
	c.byte(uint8(f.Proof.State))
	c.text(f.Proof.Source)
	c.day(f.Proof.AsOf)
	c.day(f.Proof.Until)
	c.int(f.Proof.Free)
	c.day(f.Screened)
}

func (f *Facts) decodeSources(d *decoder, version uint8) {
	if version < 3 {
		f.Bureau.Until, f.Proof.AsOf, f.Proof.Until, f.Screened = cal.NoDay, cal.NoDay, cal.NoDay, cal.NoDay
		return
	}
	f.Bureau.Until, f.Bureau.Score, f.Bureau.URL = d.day(), d.int32(), d.text()
	f.Proof = Proof{State: SourceState(d.below(uint8(Unavailable) + 1)), Source: d.text(), AsOf: d.day(), Until: d.day(), Free: d.int()}
	f.Screened = d.day()
}

func (f *Facts) encodePerson(c *coder) {
	c.text(f.Market)
	c.text(string(f.Currency))
	for _, day := range [...]cal.Day{f.Born, f.Opened, f.Email, f.Bank, f.Identity, f.DirectDebit, f.Address.Day, f.ContactChanged, f.PauseUntil} {
		c.day(day)
	}
	c.byte(f.Address.Level)
	c.flag(f.Deceased)
	c.byte(uint8(f.Security))
	c.byte(uint8(f.Sanctions))
	c.flag(f.Insolvency.Running)
	c.day(f.Insolvency.Ended)
	c.day(f.WriteOff.Day)
	c.day(f.WriteOff.Settled)
	c.int(f.WriteOff.Open)
	c.text(f.WriteOff.No)
	c.flag(f.WriteOff.Barred)
	c.day(f.Assessment.Day)
	c.int(f.Assessment.FreeMonthly)
	c.int(f.Assessment.Obligations)
	c.byte(uint8(f.Bureau.State))
	c.text(f.Bureau.Source)
	c.text(f.Bureau.Feature)
	c.day(f.Bureau.AsOf)
	f.Guarantee.encode(c)
}

// encode takes one byte where there never was a guarantee.
func (g *Guarantee) encode(c *coder) {
	c.day(g.Until)
	if !g.Until.IsSet() {
		return
	}
	c.int(g.Amount)
	c.day(g.Since)
	c.int(g.Next)
	c.day(g.NextUntil)
}

func (g *Guarantee) decode(d *decoder) {
	*g = noGuarantee
	if g.Until = d.day(); g.Until.IsSet() {
		g.Amount, g.Since, g.Next, g.NextUntil = d.int(), d.day(), d.int(), d.day()
	}
}

func (f *Facts) decodePerson(d *decoder, version uint8) {
	f.Market = d.text()
	f.Currency = money.Currency(d.text())
	for _, day := range [...]*cal.Day{&f.Born, &f.Opened, &f.Email, &f.Bank, &f.Identity, &f.DirectDebit, &f.Address.Day, &f.ContactChanged, &f.PauseUntil} {
		*day = d.day()
	}
	f.Address.Level = d.byte()
	f.Deceased = d.flag()
	f.Security = SecurityHold(d.below(uint8(HoldAll) + 1))
	f.Sanctions = SourceState(d.below(uint8(Unavailable) + 1))
	f.Insolvency.Running = d.flag()
	f.Insolvency.Ended = d.day()
	f.WriteOff.Day = d.day()
	f.WriteOff.Settled = d.day()
	f.WriteOff.Open = d.int()
	f.WriteOff.No = d.text()
	f.WriteOff.Barred = d.flag()
	f.Assessment.Day = d.day()
	f.Assessment.FreeMonthly = d.int()
	f.Assessment.Obligations = d.int()
	f.Bureau.State = SourceState(d.below(uint8(Unavailable) + 1))
	f.Bureau.Source = d.text()
	f.Bureau.Feature = d.text()
	f.Bureau.AsOf = d.day()
	f.Guarantee = noGuarantee
	if version >= 2 {
		f.Guarantee.decode(d)
	}
}

func (it *Item) encode(c *coder) {
	c.text(it.Invoice)
	c.text(it.No)
	c.text(it.Merchant)
	c.int(it.Open)
	c.int(it.Original)
	c.day(it.Due)
	c.day(it.Returns)
	c.byte(it.Dunning)
	c.byte(uint8(it.Flags))
	c.int(it.Disputed)
	c.count(len(it.Stops))
	for _, s := range it.Stops {
		c.day(s.From)
		c.day(s.To)
	}
}

func (it *Item) decode(d *decoder) {
	*it = Item{Invoice: d.text(), No: d.text(), Merchant: d.text(), Open: d.int(), Original: d.int(), Due: d.day(), Returns: d.day(),
		Dunning: d.byte(), Flags: ItemFlags(d.byte()), Disputed: d.int(), Stops: list[Span](d)}
	for i := range it.Stops {
		it.Stops[i] = Span{d.day(), d.day()}
	}
}

func (h *History) encode(c *coder) {
	var last cal.Day
	c.count(len(h.Enquiries))
	for _, e := range h.Enquiries {
		c.near(e.Day, last)
		c.uint(uint64(e.Merchant))
		last = e.Day
	}
	c.count(len(h.Late))
	for _, l := range h.Late {
		c.text(l.No)
		c.near(l.Settled, last)
		c.int(int64(l.Days))
		last = l.Settled
	}
	last = encodeOnTime(c, h.OnTime, last)
	last = encodeOnTime(c, h.PaidNow, last)
	c.count(len(h.Balances))
	for _, b := range h.Balances {
		c.near(b.Day, last)
		c.int(b.Amount)
		last = b.Day
	}
	c.count(len(h.Purchases))
	for _, day := range h.Purchases {
		c.near(day, last)
		last = day
	}
	c.flag(h.OnTimeEver)
	c.int(h.Largest)
	c.flag(h.Dropped)
	c.flag(h.Stale)
}

func encodeOnTime(c *coder, entries []OnTime, last cal.Day) cal.Day {
	c.count(len(entries))
	for _, x := range entries {
		c.text(x.No)
		c.uint(uint64(x.Merchant))
		c.near(x.Due, last)
		c.near(x.From, x.Due)
		c.int(x.Amount)
		last = x.Due
	}
	return last
}

func (h *History) decode(d *decoder) {
	var last cal.Day
	h.Enquiries = list[Enquiry](d)
	for i := range h.Enquiries {
		h.Enquiries[i] = Enquiry{d.near(last), d.uint32()}
		last = h.Enquiries[i].Day
	}
	h.Late = list[Late](d)
	for i := range h.Late {
		h.Late[i] = Late{d.text(), d.near(last), d.int32()}
		last = h.Late[i].Settled
	}
	h.OnTime, last = decodeOnTime(d, last)
	h.PaidNow, last = decodeOnTime(d, last)
	h.Balances = list[BalanceDay](d)
	for i := range h.Balances {
		h.Balances[i] = BalanceDay{d.near(last), d.int()}
		last = h.Balances[i].Day
	}
	h.Purchases = list[cal.Day](d)
	for i := range h.Purchases {
		h.Purchases[i] = d.near(last)
		last = h.Purchases[i]
	}
	h.OnTimeEver = d.flag()
	h.Largest = d.int()
	h.Dropped = d.flag()
	h.Stale = d.flag()
}

func decodeOnTime(d *decoder, last cal.Day) ([]OnTime, cal.Day) {
	entries := list[OnTime](d)
	for i := range entries {
		x := &entries[i]
		x.No, x.Merchant, x.Due = d.text(), d.uint32(), d.near(last)
		x.From, x.Amount = d.near(x.Due), d.int()
		last = x.Due
	}
	return entries, last
}
