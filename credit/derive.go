package credit

import "slices"

// Derive returns a changed copy of the policy and its card, checked like a file that is loaded: what breaks the schema or
// monotonicity is an error. Previews, trials and tests use it; the copy carries no hash, because it is no file.
func (p *Policy) Derive(change func(*Policy, *Card)) (*Policy, error) {
	out, card := *p, *p.Card
	out.Bands, out.Methods = slices.Clone(p.Bands), slices.Clone(p.Methods)
	card.Bins = make(map[string][]Bin, len(p.Card.Bins))
	for name, bins := range p.Card.Bins {
		card.Bins[name] = slices.Clone(bins)
	}
	out.Card, out.SHA256, card.SHA256 = &card, "", ""
	change(&out, &card)
	if err := card.compile(); err != nil {
		return nil, err
	}
	return &out, out.compile()
}
