package bankfile

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// namesLimit bounds the words of a name that are compared.
const namesLimit = 16

// notNames are titles and joining words, in the form Words gives them.
var notNames = map[string]bool{"herr": true, "herrn": true, "fru": true, "frau": true, "fraulein": true, "familie": true,
	"eheleute": true, "dr": true, "med": true, "prof": true, "dipl": true, "ing": true, "mag": true, "msc": true,
	"bsc": true, "mba": true, "phd": true, "ma": true, "ba": true, "jur": true, "rer": true, "nat": true, "phil": true,
	"mr": true, "mrs": true, "ms": true, "miss": true, "und": true, "u": true, "and": true, "oder": true, "or": true, "od": true,
	"o": true, "geb": true, "firma": true, "fa": true, "jun": true, "jr": true, "sen": true, "sr": true}

// particles are parts of family names that one system writes and the next leaves out.
var particles = map[string]bool{"von": true, "van": true, "de": true, "der": true, "den": true, "zu": true, "zum": true,
	"vom": true, "da": true, "di": true, "la": true, "le": true, "del": true, "af": true}

// Words splits a text into lower-case words of letters and digits. Accents are taken away, and umlauts
// become the same whether they are written ü, ue or u, because banks write all three.
func Words(s string) []string {
	return strings.FieldsFunc(plain(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// apart are letters that Unicode does not take apart into a base and an accent.
var apart = strings.NewReplacer("ß", "ss", "æ", "a", "œ", "o", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th",
	"ı", "i", "'", "", "’", "", "`", "", "´", "")

// umlauts comes after the accents are gone, so that both Müller and Mueller become muller.
var umlauts = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u", "aa", "a")

func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(s))
	return umlauts.Replace(apart.Replace(strings.ToLower(s)))
}

// NormalName returns a name for comparing: its words without titles and particles, sorted, so that
// "Dr. Jörg von Müller" and "MUELLER JOERG" are the same.
func NormalName(s string) string {
	words := nameWords(s)
	slices.Sort(words)
	return strings.Join(words, " ")
}

func nameWords(s string) []string {
	var names []string
	for _, w := range Words(s) {
		if !notNames[w] && !particles[w] && len(names) < namesLimit {
			names = append(names, w)
		}
	}
	return names
}

// SameName reports whether two names can be the same person: each word of the shorter name stands in the
// longer one, in any order, where an initial stands for a word that begins with it. At least one whole word
// must agree, and two words if both names have two. Joint accounts ("Max und Erika Mustermann") therefore
// match either holder. It is a hint for matching payments, no identification.
func SameName(a, b string) bool {
	short, long := nameWords(a), nameWords(b)
	if len(short) > len(long) {
		short, long = long, short
	}
	if len(short) == 0 || (len(short) == 1 && len(long) > 1) {
		return false
	}
	used := make([]bool, len(long))
	whole := 0
	for _, pass := range []func(x, y string) bool{equal, initial} {
		for i, w := range short {
			for j := range long {
				if w != "" && !used[j] && pass(w, long[j]) {
					used[j] = true
					short[i] = ""
					if len([]rune(w)) > 1 && w == long[j] {
						whole++
					}
					break
				}
			}
		}
	}
	return whole > 0 && strings.Join(short, "") == ""
}

func equal(x, y string) bool { return x == y }

// initial reports whether one word is the first letter of the other.
func initial(x, y string) bool {
	return (len([]rune(x)) == 1 && strings.HasPrefix(y, x)) || (len([]rune(y)) == 1 && strings.HasPrefix(x, y))
}
