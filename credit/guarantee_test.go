package credit

import (
	"testing"

	"zahlziel/cal"
)

// TestGuarantee follows one limit: told, kept through a fall of the score, announced, fallen; and ended by arrears.
func TestGuarantee(t *testing.T) {
	p := newest(t)
	f := verified(genToday)
	f.Identity, f.Address.Level = cal.NoDay, 1
	f.Bank = genToday - 300
	f.Address.Level = 2
	f.History.OnTimeEver, f.History.Largest = true, 100000
	if changed, fall := f.RenewGuarantee(p, genToday); !changed || fall != nil || f.Guarantee.Amount != 50000 || f.Guarantee.Until != genToday+60 {
		t.Fatalf("guarantee %+v, fall %+v", f.Guarantee, fall)
	}
	for i := range 20 { // twenty enquiries cost 150 points, so the band falls
		f.History.Enquire(genToday+1, string(rune('a'+i)))
	}
	later := genToday + 31
	for i := range 20 {
		f.History.Enquire(later, string(rune('a'+i)))
	}
	r := request(later, 50000)
	d := Decide(p, &f, r)
	if d.Limit != 50000 || d.Binding != L10Guaranteed || OwnLimit(p, &f, later) >= 50000 {
		t.Fatalf("limit %d by %s, own %d", d.Limit, d.Binding, OwnLimit(p, &f, later))
	}
	r.MerchantCap = 1000
	if d := Decide(p, &f, r); d.Limit != 1000 || d.Binding != L07CapMerchant {
		t.Errorf("the merchant's cap: %d by %s", d.Limit, d.Binding)
	}
	r.MerchantCap = 0
	own := OwnLimit(p, &f, later)
	changed, fall := f.RenewGuarantee(p, later)
	if !changed || fall == nil || fall.Old != 50000 || fall.New != own || int32(fall.From-later) <= p.Guarantee.NoticeDays {
		t.Fatalf("fall %+v on %s, guarantee %+v", fall, later, f.Guarantee)
	}
	if _, again := f.RenewGuarantee(p, later+1); again != nil {
		t.Error("the same fall is told twice")
	}
	for _, day := range []struct {
		on   cal.Day
		want int64
	}{{fall.From - 1, 50000}, {fall.From, own}} {
		if got, _ := f.Guaranteed(p, day.on); got != day.want {
			t.Errorf("on %s %d is guaranteed, want %d", day.on, got, day.want)
		}
	}
	arrears := f
	arrears.Open = []Item{{No: "R1", Open: 100, Original: 100, Due: later - 10, Returns: cal.NoDay}}
	if d := Decide(p, &arrears, request(later, 50000)); d.Limit >= 50000 || d.Binding == L10Guaranteed {
		t.Errorf("with arrears: %d by %s", d.Limit, d.Binding)
	}
	if changed, _ := arrears.RenewGuarantee(p, later); changed {
		t.Error("somebody in arrears gets a new guarantee")
	}
	f.History.addLate(Late{No: "R1", Settled: later + 2, Days: 8})
	if got, _ := f.Guaranteed(p, later+3); got != 0 {
		t.Errorf("after arrears of its time %d is guaranteed", got)
	}
	if changed, _ := f.RenewGuarantee(p, later+4); !changed || f.Guarantee.Since != later+4 {
		t.Errorf("after arrears were paid there is no new guarantee: %+v", f.Guarantee)
	}
}

// TestOldFactsStayReadable: what version 1 wrote is read, with no guarantee.
func TestOldFactsStayReadable(t *testing.T) {
	f := verified(genToday)
	b := f.MarshalStored()
	c := coder{}
	f.encodePerson(&c)
	old := append([]byte{1}, c.b[:len(c.b)-1]...) // version 1 had no byte for the guarantee
	var tail coder
	f.encodeSources(&tail) // nor anything of sources
	old = append(old, b[1+len(c.b):len(b)-len(tail.b)]...)
	var back Facts
	if err := back.UnmarshalStored(old); err != nil {
		t.Fatal(err)
	}
	if back.Guarantee != noGuarantee || back.Opened != f.Opened || back.Address != f.Address {
		t.Errorf("facts %+v", back)
	}
	old[0] = storedVersion + 1
	if err := back.UnmarshalStored(old); err == nil {
		t.Error("facts of a newer program are read")
	}
}

// TestShadowNeverActs: a challenger's answer lies beside the decision and changes nothing of it.
func TestShadowNeverActs(t *testing.T) {
	p := newest(t)
	challenger := *p.Card
	challenger.ID, challenger.Version = "card-v1", 1
	challenger.bins[A1] = []Bin{{Points: 0}}
	f := verified(genToday)
	r := request(genToday, 5000)
	rec := NewRecord(p, &f, r, Decide(p, &f, r))
	plain, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	rec.Shadow = []Shadow{InShadow(p, &challenger, &f, r)}
	if s := rec.Shadow[0]; s.Card != "card-v1" || s.Score >= rec.Decision.Score || !s.OK.Has(Prepayment) {
		t.Errorf("shadow %+v beside score %d", s, rec.Decision.Score)
	}
	b, err := rec.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	var back, before Record
	if err := back.UnmarshalBinary(b); err != nil || len(back.Shadow) != 1 || back.Shadow[0] != rec.Shadow[0] {
		t.Fatalf("shadow %+v, %v", back.Shadow, err)
	}
	if err := before.UnmarshalBinary(plain); err != nil || before.Shadow != nil {
		t.Errorf("a record without challengers: %+v, %v", before.Shadow, err)
	}
	if err := Replay(Policies{p}, &back); err != nil {
		t.Error(err)
	}
}
