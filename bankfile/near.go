package bankfile

import "slices"

// nearLengthMin is the shortest reference for which one wrong character still says something.
const nearLengthMin = 6

// nearTextMax bounds the text that is searched; a payment's own has a few hundred characters.
const nearTextMax = 20_000

// Near is a known reference that a text almost holds.
type Near struct {
	Reference string // as given in known
	Edits     int    // 0: it stands in the text exactly; 1: one character is wrong, missing, too many, or two are swapped
}

// Candidates returns the known references that stand in the texts with at most one edit, exact ones
// first. Blanks, punctuation and case do not count. A candidate with one edit is a suggestion: it needs
// the amount or the payer to agree. Work grows with len(text) times the length of all known references,
// so known should be the open items of a few payers, not of all.
func Candidates(lines []string, known []string) []Near {
	text, _ := stream(lines)
	text = text[:min(len(text), nearTextMax)]
	var near []Near
	for _, k := range known {
		want := alnum(k)
		if len(want) < nearLengthMin {
			continue
		}
		if d := distanceWithin(text, want); d <= 1 {
			near = append(near, Near{Reference: k, Edits: d})
		}
	}
	slices.SortStableFunc(near, func(a, b Near) int { return a.Edits - b.Edits })
	return near
}

// Distance counts the edits between two references: characters replaced, inserted, left out, or two
// neighbours swapped (optimal string alignment). Blanks, punctuation and case do not count.
func Distance(a, b string) int {
	x, y := alnum(a), alnum(b)
	return align(x, y, false)
}

// distanceWithin returns the smallest distance between want and any part of text.
func distanceWithin(text, want string) int { return align(text, want, true) }

// align is the classic table, three rows of it. If anywhere, the alignment may begin and end anywhere
// in text (Sellers), else it covers all of it.
func align(text, want string, anywhere bool) int {
	width := len(want) + 1
	before, prev, row := make([]int, width), make([]int, width), make([]int, width)
	for j := range prev {
		prev[j] = j
	}
	best := prev[len(want)]
	for i := 1; i <= len(text); i++ {
		row[0] = i
		if anywhere {
			row[0] = 0
		}
		for j := 1; j < width; j++ {
			cost := 1
			if text[i-1] == want[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && text[i-1] == want[j-2] && text[i-2] == want[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		best = min(best, row[len(want)])
		before, prev, row = prev, row, before
	}
	if anywhere {
		return best
	}
	return prev[len(want)]
}
