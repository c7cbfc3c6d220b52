package fit

import (
	"math"
	"slices"
)

// pointsMax is the most that the best bins may add up to.
const pointsMax = 1000

// points turns a model into a card: per characteristic the worst bin has 0 points, and the best ones add up to at most 1000.
// Bins that end with the same points are one bin. It returns the log-odds that one point is worth and those at 0 points.
func (m *model) points(id string, version int) (c *Card, perPoint, atZero float64) {
	reach := 0.0
	atZero = m.intercept
	for _, effect := range m.effect {
		reach += slices.Max(effect) - slices.Min(effect)
		atZero += slices.Max(effect)
	}
	scale := pointsMax / max(reach, 1e-9)
	table := m.rounded(scale)
	for sumBest(table) > pointsMax {
		scale *= 0.9995
		table = m.rounded(scale)
	}
	c = &Card{ID: id, Version: version, Status: "fitted", Bins: map[string][]Bin{},
		Fit: &Evidence{IV: map[string]float64{}, Counts: map[string][]Count{}, Directions: map[string]direction{}}}
	order := make([]int, len(table))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(slices.Max(table[b]) - slices.Max(table[a])) })
	for _, j := range order {
		if slices.Max(table[j]) == 0 {
			continue // no value of it earns a point
		}
		m.lay(c, j, table[j])
	}
	return c, 1 / scale, atZero
}

func (m *model) rounded(scale float64) [][]int32 {
	var out [][]int32
	for _, effect := range m.effect {
		worst := slices.Max(effect)
		points := make([]int32, len(effect))
		for k, e := range effect {
			points[k] = int32(math.Round((worst - e) * scale))
		}
		out = append(out, points)
	}
	return out
}

func sumBest(table [][]int32) int32 {
	sum := int32(0)
	for _, points := range table {
		sum += slices.Max(points)
	}
	return sum
}

// lay writes one characteristic on the card, with what the training rows say about each bin.
func (m *model) lay(c *Card, j int, points []int32) {
	coding := m.parts[j].coding
	var bins []Bin
	var rows, bads []float64
	add := func(b Bin, k int) {
		n := len(bins)
		same := n > 0 && bins[n-1].Points == b.Points
		switch {
		case same && bins[n-1].UpTo != nil && b.Code == nil && !b.Missing:
			bins[n-1].UpTo = b.UpTo
		case same && bins[n-1].Values != nil && b.Values != nil:
			bins[n-1].Values = append(bins[n-1].Values, b.Values...)
		default:
			bins = append(bins, b)
			rows, bads = append(rows, 0), append(bads, 0)
		}
		rows[len(bins)-1] += m.rows[j][k]
		bads[len(bins)-1] += m.bads[j][k]
	}
	for k, p := range points {
		ordered, codes := coding.ordered(), len(coding.codes)
		switch {
		case k < ordered-1:
			add(Bin{UpTo: &coding.cuts[k], Points: p}, k)
		case k < ordered:
			add(Bin{Points: p}, k)
		case k < ordered+codes:
			add(Bin{Code: &coding.codes[k-ordered], Points: p}, k)
		case k < len(points)-1:
			add(Bin{Values: slices.Clone(coding.groups[k-ordered-codes]), Points: p}, k)
		case coding.kind == categories:
			add(Bin{Other: true, Points: p}, k)
		default:
			add(Bin{Missing: true, Points: p}, k)
		}
	}
	c.Order = append(c.Order, coding.name)
	c.Bins[coding.name] = bins
	c.Fit.Counts[coding.name], c.Fit.IV[coding.name] = evidence(rows, bads)
	if coding.ordered() > 1 {
		c.Fit.Directions[coding.name] = m.parts[j].direction
	}
}

// woeBreath is added to every count, so that a bin without bads has a finite weight of evidence.
const woeBreath = 0.5

// evidence returns weight of evidence per bin and the information value.
func evidence(rows, bads []float64) (counts []Count, iv float64) {
	var allBad, allGood float64
	for k := range rows {
		allBad += bads[k] + woeBreath
		allGood += rows[k] - bads[k] + woeBreath
	}
	for k := range rows {
		good, bad := (rows[k]-bads[k]+woeBreath)/allGood, (bads[k]+woeBreath)/allBad
		woe := math.Log(good / bad)
		counts = append(counts, Count{int(rows[k]), int(bads[k]), round(woe, 4)})
		iv += (good - bad) * woe
	}
	return counts, round(iv, 4)
}

// round rounds to digits after the point, for reading.
func round(x float64, digits int) float64 {
	scale := math.Pow(10, float64(digits))
	return math.Round(x*scale) / scale
}
