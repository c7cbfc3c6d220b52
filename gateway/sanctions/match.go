package sanctions

import (
	"cmp"
	"maps"
	"math/bits"
	"slices"
	"strings"
	"unicode"

	"github.com/xrash/smetrics"
	"golang.org/x/text/unicode/norm"

	"zahlziel/cal"
)

// Subject is who is held against the lists.
type Subject struct {
	Name         string
	Born         cal.Day // NoDay: unknown
	Organisation bool
}

// Hit is an entry that the subject may be.
type Hit struct {
	List  string
	Entry *Entry
	Name  string // the listed spelling that agrees best
	Score int    // agreement of the names, 0 to 1000
	Birth string // agrees, unknown; what contradicts is no hit
}

// How alike names must be, in 1/1000 of Jaro-Winkler similarity. Each word of the shorter name needs a partner; without
// a birth date that agrees the names must be closer.
const (
	wordAlike    = 880
	nameAlike    = 920
	nameAloneMin = 960
	hitsMax      = 20
)

// Index finds hits in several lists. Building it takes a moment, a search well under a millisecond: words are compared
// only with listed words that begin with a similar sound and have about the same length and letters.
type Index struct {
	names  []listedName
	words  []listedWord
	sounds map[shape][]int32 // words by the sound class of their first letter and their length
}

// shape is what words must share to be compared at all.
type shape struct {
	sound  byte
	length int
}

type listedName struct {
	list  string
	entry *Entry
	text  string
	words []int32
	weak  bool
}

type listedWord struct {
	text    string
	letters uint32 // one bit for each letter that occurs
	names   []int32
}

// NewIndex indexes lists. The lists must not be changed any more.
func NewIndex(lists ...*List) *Index {
	x := &Index{sounds: map[shape][]int32{}}
	known := map[string]int32{}
	for _, l := range lists {
		for i := range l.Entries {
			e := &l.Entries[i]
			for _, n := range e.Names {
				x.add(known, l.Source, e, n, false)
			}
			for _, n := range e.Weak {
				x.add(known, l.Source, e, n, true)
			}
		}
	}
	return x
}

func (x *Index) add(known map[string]int32, list string, e *Entry, text string, weak bool) {
	n := listedName{list: list, entry: e, text: text, weak: weak}
	for _, w := range Words(text) {
		id, ok := known[w]
		if !ok {
			id = int32(len(x.words))
			known[w] = id
			x.words = append(x.words, listedWord{text: w, letters: lettersOf(w)})
			s := shape{sound(w), len(w)}
			x.sounds[s] = append(x.sounds[s], id)
		}
		n.words = append(n.words, id)
		if list := x.words[id].names; len(list) == 0 || list[len(list)-1] != int32(len(x.names)) {
			x.words[id].names = append(list, int32(len(x.names)))
		}
	}
	if len(n.words) > 0 {
		x.names = append(x.names, n)
	}
}

// Find returns the hits of a subject, the most alike first, at most one for each entry.
func (x *Index) Find(s Subject) []Hit {
	if len(x.names) == 0 {
		return nil
	}
	words := Words(s.Name)
	if len(words) == 0 {
		return nil
	}
	if len(words) > wordsMax {
		words = words[:wordsMax]
	}
	alike := make([]map[int32]int, len(words)) // for each word of ours: similar listed words
	near := map[int32]int{}                    // how many of our words a listed name has
	for i, w := range words {
		alike[i] = x.similar(w)
		seen := map[int32]bool{}
		for id := range alike[i] {
			for _, n := range x.words[id].names {
				if !seen[n] {
					seen[n] = true
					near[n]++
				}
			}
		}
	}
	best := map[*Entry]Hit{}
	for _, n := range slices.Sorted(maps.Keys(near)) {
		name, count := &x.names[n], near[n]
		if count < min(2, len(words), len(name.words)) || s.Organisation == name.entry.Person {
			continue
		}
		if h, ok := x.judge(s, words, alike, name); ok && h.Score > best[name.entry].Score {
			best[name.entry] = h
		}
	}
	hits := make([]Hit, 0, len(best))
	for _, h := range best {
		hits = append(hits, h)
	}
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(b.Score-a.Score, strings.Compare(a.Entry.Ref, b.Entry.Ref)) })
	return hits[:min(len(hits), hitsMax)]
}

// wordsMax bounds the words of a name that are looked at.
const wordsMax = 12

// Spellings of one word differ by at most so many letters in length and in which letters occur.
const (
	lengthApart  = 2
	lettersApart = 3
)

// similar finds the listed words that may be a spelling of w.
func (x *Index) similar(w string) map[int32]int {
	out := map[int32]int{}
	letters := lettersOf(w)
	for n := len(w) - lengthApart; n <= len(w)+lengthApart; n++ {
		for _, id := range x.sounds[shape{sound(w), n}] {
			l := &x.words[id]
			if bits.OnesCount32(letters^l.letters) > lettersApart {
				continue
			}
			if score := likeness(w, l.text); score >= wordAlike {
				out[id] = score
			}
		}
	}
	return out
}

func likeness(a, b string) int {
	if a == b {
		return 1000
	}
	return int(smetrics.JaroWinkler(a, b, 0.7, 4) * 1000)
}

// judge pairs the words of both names, best pairs first, and weighs names and birth dates.
func (x *Index) judge(s Subject, words []string, alike []map[int32]int, n *listedName) (Hit, bool) {
	score, pairs := pair(alike, n.words)
	short := min(len(words), len(n.words))
	switch {
	case pairs < short:
		return Hit{}, false
	case short == 1 && (len(words) != len(n.words) || score < 1000):
		return Hit{}, false // one word alone says something only if it is the whole name, to the letter
	case n.weak && score < 1000:
		return Hit{}, false
	}
	h := Hit{List: n.list, Entry: n.entry, Name: n.text, Score: score, Birth: birth(s.Born, n.entry)}
	least := nameAlike
	if h.Birth == "unknown" && n.entry.Person {
		least = nameAloneMin
	}
	return h, h.Birth != "differs" && score >= least
}

// pair gives every word of the shorter name its own partner, greedily, and returns the mean likeness of the pairs.
func pair(alike []map[int32]int, listed []int32) (score, pairs int) {
	type match struct{ ours, theirs, score int }
	var all []match
	for i, m := range alike {
		for j, id := range listed {
			if v := m[id]; v > 0 {
				all = append(all, match{i, j, v})
			}
		}
	}
	slices.SortFunc(all, func(a, b match) int { return cmp.Or(b.score-a.score, a.ours-b.ours, a.theirs-b.theirs) })
	var usedOurs, usedTheirs uint64
	sum := 0
	for _, m := range all {
		if usedOurs>>m.ours&1 == 1 || m.theirs > 63 || usedTheirs>>m.theirs&1 == 1 {
			continue
		}
		usedOurs, usedTheirs = usedOurs|1<<m.ours, usedTheirs|1<<m.theirs
		sum, pairs = sum+m.score, pairs+1
	}
	if pairs == 0 {
		return 0, 0
	}
	return sum / pairs, pairs
}

// birth compares a birth date with everything that a list says; years may be off by one, because lists convert calendars.
func birth(day cal.Day, e *Entry) string {
	if !day.IsSet() || len(e.Born) == 0 {
		return "unknown"
	}
	year, _, _ := day.YMD()
	for _, b := range e.Born {
		if b.Day.IsSet() && b.Day == day || !b.Day.IsSet() && year >= b.From-1 && year <= b.To+1 {
			return "agrees"
		}
	}
	return "differs"
}

// small are words that many names have or lack by custom; they decide nothing.
var small = map[string]bool{"al": true, "el": true, "ul": true, "bin": true, "ibn": true, "bint": true, "abu": true, "von": true, "van": true, "de": true,
	"der": true, "den": true, "di": true, "da": true, "la": true, "le": true, "und": true, "and": true, "the": true, "of": true, "dr": true, "prof": true, "mr": true, "mrs": true,
	"gmbh": true, "ag": true, "kg": true, "ohg": true, "ug": true, "ltd": true, "limited": true, "llc": true, "inc": true, "co": true, "company": true, "sa": true, "oao": true, "ooo": true, "pjsc": true, "jsc": true}

// folded are letters that decomposition leaves whole, and the ways in which different alphabets and languages write one
// sound: Wladimir and Vladimir, Jusuf and Yousuf, Schamil and Shamil.
var folded = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "æ", "a", "œ", "o", "ı", "i", "ʻ", "", "ʼ", "", "'", "", "’", "", "`", "",
	"ae", "a", "oe", "o", "ue", "u", "ee", "i", "oo", "u", "ou", "u", "ph", "f", "ck", "k",
	"sch", "s", "sh", "s", "kh", "h", "gh", "g", "dh", "d", "th", "t", "w", "v", "j", "i", "y", "i", "q", "k", "z", "s")

// Words are the words of a name in the one spelling that is compared: lower case, without accents, with the usual ways of
// writing one sound folded together. Small words and single letters are left out unless nothing else is there.
func Words(name string) []string {
	var b strings.Builder
	for _, c := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case unicode.Is(unicode.Mn, c):
		case unicode.IsLetter(c) || unicode.IsDigit(c) || c == '\'' || c == '’' || c == '`' || c == 'ʻ' || c == 'ʼ':
			b.WriteRune(c)
		default:
			b.WriteByte(' ')
		}
	}
	all := strings.Fields(folded.Replace(b.String()))
	words := slices.DeleteFunc(slices.Clone(all), func(w string) bool { return small[w] || len(w) < 2 })
	if len(words) == 0 {
		return all
	}
	return words
}

func lettersOf(w string) (set uint32) {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c >= 'a' && c <= 'z' {
			set |= 1 << (c - 'a')
		} else {
			set |= 1 << (26 + c%6)
		}
	}
	return set
}

// sound is the class of the first letter: letters that transliterations exchange are one class.
func sound(w string) byte {
	switch c := w[0]; c {
	case 'a', 'e', 'i', 'o', 'u', 'y', 'j':
		return 'a'
	case 'c', 'k', 'q', 'g', 'x', 'h':
		return 'k'
	case 's', 'z':
		return 's'
	case 'b', 'p':
		return 'b'
	case 'd', 't':
		return 'd'
	case 'v', 'w', 'f':
		return 'v'
	default:
		return c
	}
}
