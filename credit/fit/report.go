package fit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/money"
)

// OwnInput is what an operator's own data say, collected by the application.
type OwnInput struct {
	Day        cal.Day
	Months     int   // of the outcome window
	Rows       []Own // approved decisions with an outcome
	Young      int   // approved decisions whose window is not over
	Repeated   int   // further approved decisions of a person in a month
	Unused     int   // approved decisions after which nothing was bought
	Erased     int   // decisions about people whose data are destroyed
	Applicants []Applicant

	Method    string // of the audit of ways back; "" when no shop offers credit
	Amount    int64
	Currency  money.Currency
	Consumers int
	Blocked   []Recourse
}

// Applicant is one decision, approved or not.
type Applicant struct {
	Features [credit.FeatureCount]int32
	Score    int32
	Approved bool
	Recent   bool   // of the last 90 days
	Group    string // age band, for the audit alone
}

// Recourse is one blocked person's way back.
type Recourse struct {
	Group     string
	Days      int32 // to the earliest plan
	Amount    int64 // to pay for it, minor units
	Smaller   bool  // only a smaller amount becomes possible
	Precluded bool  // nothing becomes possible inside the horizon
	ByScore   bool  // and score or caps alone are the cause
	Causes    []string
	Lost      int // plans that the decision did not confirm
}

// OwnReport is the report on the card in use.
type OwnReport struct {
	Day        cal.Day              `json:"day"`
	Months     int                  `json:"months"`
	Decisions  Decisions            `json:"decisions"`
	Performing *Validation          `json:"performance,omitempty"` // nil: no decision has both outcomes yet
	Stability  map[string]Stability `json:"stability"`             // last 90 days against before, by characteristic, and "score"
	Approvals  []GroupApproval      `json:"approvals"`             // by age band, for the audit alone
	Preclusion Preclusion           `json:"preclusion"`
	Disparity  []RecourseBy         `json:"recourse"`
	Gates      []Gate               `json:"gates"`
	Warnings   []string             `json:"warnings"`
}

// Decisions counts what happened to applications.
type Decisions struct {
	All      int     `json:"all"`
	Approved int     `json:"approved"`
	Share    float64 `json:"approved_share"`
	Outcomes int     `json:"outcomes"`
	Bads     int     `json:"bads"`
	Young    int     `json:"too_young"`
	Repeated int     `json:"repeated"`
	Unused   int     `json:"nothing_bought"`
	Erased   int     `json:"erased"`
}

// GroupApproval is the approvals of one age band.
type GroupApproval struct {
	Group    string  `json:"group"`
	All      int     `json:"all"`
	Approved int     `json:"approved"`
	Share    float64 `json:"approved_share"`
}

// Preclusion counts people who are refused with no way back, the ladder of smaller amounts counted as a way.
type Preclusion struct {
	Method    string         `json:"method"`
	Amount    int64          `json:"amount"`
	Currency  money.Currency `json:"currency"`
	Consumers int            `json:"consumers"`
	Blocked   int            `json:"blocked"`
	Smaller   int            `json:"smaller_amount_only"`
	Precluded int            `json:"precluded"`
	ByScore   int            `json:"by_score_or_caps"`
	Share     float64        `json:"share"` // of the blocked
	Causes    map[string]int `json:"causes"`
	Lost      int            `json:"planner_mismatches"`
}

// Report judges the card in use on the operator's own data.
func Report(card *Card, in *OwnInput, seed uint64) (*OwnReport, error) {
	r := &OwnReport{Day: in.Day, Months: in.Months, Stability: map[string]Stability{}, Disparity: []RecourseBy{}, Warnings: []string{}}
	r.decisions(in)
	bad := make([]bool, len(in.Rows))
	for i := range in.Rows {
		bad[i] = in.Rows[i].Bad
	}
	bads, goods := count(bad)
	r.Decisions.Outcomes, r.Decisions.Bads = len(in.Rows), bads
	if bads > 0 && goods > 0 {
		s, err := card.Apply(ownTable(in.Rows))
		if err != nil {
			return nil, err
		}
		r.Performing = judge(card, s, bad, seed)
	} else {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d decisions have an outcome, %d of them bad: nothing can be said about how well the card separates.", len(in.Rows), bads))
	}
	r.stability(card, in)
	r.preclusion(in)
	r.disparity(in)
	r.gates(bads, goods)
	r.Warnings = append(r.Warnings, "Outcomes exist for approved decisions alone; nothing is invented for the refused.")
	return r, nil
}

func (r *OwnReport) decisions(in *OwnInput) {
	d := &r.Decisions
	d.Young, d.Repeated, d.Unused, d.Erased = in.Young, in.Repeated, in.Unused, in.Erased
	groups := map[string]*GroupApproval{}
	for i := range in.Applicants {
		a := &in.Applicants[i]
		g := groups[a.Group]
		if g == nil {
			g = &GroupApproval{Group: a.Group}
			groups[a.Group] = g
		}
		d.All++
		g.All++
		if a.Approved {
			d.Approved++
			g.Approved++
		}
	}
	d.Share = share(d.Approved, d.All)
	for _, g := range groups {
		g.Share = share(g.Approved, g.All)
		r.Approvals = append(r.Approvals, *g)
	}
	slices.SortFunc(r.Approvals, func(a, b GroupApproval) int { return strings.Compare(a.Group, b.Group) })
}

// stability compares the applications of the last 90 days with those before.
func (r *OwnReport) stability(card *Card, in *OwnInput) {
	var then, now []int32
	for i := range in.Applicants {
		if in.Applicants[i].Recent {
			now = append(now, in.Applicants[i].Score)
		} else {
			then = append(then, in.Applicants[i].Score)
		}
	}
	if len(then) == 0 || len(now) == 0 {
		r.Warnings = append(r.Warnings, "Stability needs applications of the last 90 days and of before.")
		return
	}
	ends, shares := bandsOf(then)
	r.Stability["score"] = PSI(shares, len(then), bandCounts(ends, now))
	for f := range credit.Feature(credit.FeatureCount) {
		bins := card.Bins[f.String()]
		before, after := make([]float64, len(bins)), make([]int, len(bins))
		for i := range in.Applicants {
			a := &in.Applicants[i]
			if k := place(bins, float64(a.Features[f]), ""); a.Recent {
				after[k]++
			} else {
				before[k] += 1 / float64(len(then))
			}
		}
		r.Stability[f.String()] = PSI(before, len(then), after)
	}
}

func (r *OwnReport) preclusion(in *OwnInput) {
	p := &r.Preclusion
	*p = Preclusion{Method: in.Method, Amount: in.Amount, Currency: in.Currency, Consumers: in.Consumers, Blocked: len(in.Blocked), Causes: map[string]int{}}
	for i := range in.Blocked {
		b := &in.Blocked[i]
		p.Lost += b.Lost
		if b.Smaller {
			p.Smaller++
		}
		if !b.Precluded {
			continue
		}
		p.Precluded++
		if b.ByScore {
			p.ByScore++
		}
		p.Causes[strings.Join(b.Causes, " + ")]++
	}
	p.Share = share(p.Precluded, p.Blocked)
}

// disparity is how far the way back is per age band, at the median.
func (r *OwnReport) disparity(in *OwnInput) {
	days, amounts := map[string][]float64{}, map[string][]float64{}
	blocked := map[string]int{}
	for i := range in.Blocked {
		b := &in.Blocked[i]
		blocked[b.Group]++
		if !b.Precluded {
			days[b.Group] = append(days[b.Group], float64(b.Days))
			amounts[b.Group] = append(amounts[b.Group], float64(b.Amount))
		}
	}
	for group, n := range blocked {
		r.Disparity = append(r.Disparity, RecourseBy{group, n, median(days[group]), int64(median(amounts[group]))})
	}
	slices.SortFunc(r.Disparity, func(a, b RecourseBy) int { return strings.Compare(a.Group, b.Group) })
}

func (r *OwnReport) gates(bads, goods int) {
	outcomes := gate("outcomes", bads >= BadsMin && goods >= GoodsMin, outcomesLimit, "%d bad, %d good", bads, goods)
	r.Gates = []Gate{outcomes}
	if v := r.Performing; v != nil && v.Calibrated {
		r.Gates = append(r.Gates, gate("calibration", v.CalibrationError <= calibrationMost, calibrationLimit, "%.2f percentage points", 100*v.CalibrationError))
	}
	r.Gates = append(r.Gates, r.approvalGate())
	p := &r.Preclusion
	if p.Method == "" {
		r.Gates = append(r.Gates, unknown("preclusion", preclusionLimit, "no shop offers a method on credit"))
	} else {
		r.Gates = append(r.Gates,
			gate("preclusion", p.Share <= preclusionMost, preclusionLimit, "%d of %d blocked", p.Precluded, p.Blocked),
			gate("preclusion by score or caps", p.ByScore == 0, "nobody", "%d", p.ByScore),
			gate("planner", p.Lost == 0, "every plan is confirmed by the decision", "%d plans not confirmed", p.Lost))
		if last := &r.Gates[len(r.Gates)-3]; last.State == GateFailed && p.ByScore == 0 {
			last.SignOff = "Every precluded person is precluded by a rule that protects them or that the law asks for (see the causes); we have looked at each cause."
			last.State = GateSignOff
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Stability)) {
		s := r.Stability[name]
		r.Gates = append(r.Gates, gate("stability", !s.Alarm, stabilityLimit, "%.4f, threshold %.4f", s.PSI, s.Threshold).of(name))
	}
}

// approvalGate applies the four-fifths line to approvals by age band.
func (r *OwnReport) approvalGate() Gate {
	low, high := 1.0, 0.0
	for _, g := range r.Approvals {
		if g.All >= groupRowsMin && g.Group != "unknown" {
			low, high = min(low, g.Share), max(high, g.Share)
		}
	}
	if high == 0 {
		return unknown("fairness", fairnessLimit, "no group has 30 decisions").of("age band")
	}
	g := gate("fairness", low/high >= fourFifths, fairnessLimit, "lowest over highest approval %.2f", low/high).of("age band")
	if g.State == GateFailed {
		g.State = GateSignOff
		g.SignOff = "We have seen that approvals by age band differ by more than the four-fifths line, know the reason, and let the card pass until the next report."
	}
	return g
}

// Text prints the report for a terminal.
func (r *OwnReport) Text() string {
	var out strings.Builder
	d := &r.Decisions
	fmt.Fprintf(&out, "%s: %d decisions, %d approved (%.1f %%); %d with an outcome of %d months, %d of them bad\n", r.Day, d.All, d.Approved, 100*d.Share, d.Outcomes, r.Months, d.Bads)
	fmt.Fprintf(&out, "left aside: %d too young, %d repeated in a month, %d without purchase, %d of erased people\n", d.Young, d.Repeated, d.Unused, d.Erased)
	if v := r.Performing; v != nil {
		fmt.Fprintf(&out, "AUC %.4f (95 %%: %.4f to %.4f), KS %.4f\n", v.AUC, v.AUCLow, v.AUCHigh, v.KS)
	}
	p := &r.Preclusion
	if p.Method != "" {
		fmt.Fprintf(&out, "%s for %s: %d of %d people blocked, %d of them without any way back, %d with one to a smaller amount\n",
			p.Method, money.Format(p.Amount, p.Currency, "en"), p.Blocked, p.Consumers, p.Precluded, p.Smaller)
	}
	for _, g := range r.Disparity {
		fmt.Fprintf(&out, "  way back, age %s: %d blocked, median %.0f days and %s\n", g.Group, g.Blocked, g.Days, money.Format(g.Amount, p.Currency, "en"))
	}
	for _, g := range r.Gates {
		fmt.Fprintf(&out, "%-8s %s: %s (%s)\n", g.State, g.Name, g.Finding, g.Limit)
	}
	for _, w := range r.Warnings {
		out.WriteString("note: " + w + "\n")
	}
	return out.String()
}
