package fraud

import (
	"slices"
	"strings"
)

// Convenience reports whether an address is one of convenience: its words, lower case and in their order, hold one of the
// rules' phrases. A phrase of several words must stand together.
func (r *Rules) Convenience(words []string) bool {
	return slices.ContainsFunc(r.Places, func(phrase string) bool { return stands(words, strings.Fields(phrase)) })
}

func stands(words, phrase []string) bool {
	for i := 0; i+len(phrase) <= len(words); i++ {
		if slices.Equal(words[i:i+len(phrase)], phrase) {
			return len(phrase) > 0
		}
	}
	return false
}
