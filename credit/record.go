package credit

// Record is everything needed to explain and to replay one decision.
type Record struct {
	Policy       string // policy id
	PolicyNo     int
	PolicySHA256 string
	Card         string
	CardNo       int
	CardSHA256   string
	Request      Request
	Facts        Facts
	Decision     Decision
}

// NewRecord binds facts, request and answer to the policy that gave it. It keeps references to facts and decision.
func NewRecord(p *Policy, f *Facts, r Request, d Decision) Record {
	return Record{Policy: p.ID, PolicyNo: p.Version, PolicySHA256: p.SHA256,
		Card: p.Card.ID, CardNo: p.Card.Version, CardSHA256: p.Card.SHA256, Request: r, Facts: *f, Decision: d}
}

// PolicySet finds a policy by id and version.
type PolicySet interface {
	Policy(id string, version int) (*Policy, bool)
}
