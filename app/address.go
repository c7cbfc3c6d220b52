package app

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"io"
	"slices"
	"sort"
	"strings"
	"sync"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Lists are what the operator keeps by hand: addresses that are not trusted, and names of a sanctions list.
type Lists struct {
	Blocked    []string     `json:"blocked,omitempty"` // "50667 Lindenweg 3": a postcode alone blocks all of it
	Sanctioned []Sanctioned `json:"sanctioned,omitempty"`
}

// Sanctioned is one person of a sanctions list.
type Sanctioned struct {
	Name string  `json:"name"`
	Born cal.Day `json:"born"` // NoDay: unknown, then the name alone is a hit
}

const settingLists = "lists"

// SetLists replaces the lists. New people are held against them at once, the others by jobs.
func (a *App) SetLists(ctx context.Context, who Actor, l Lists) error {
	if !who.System && !who.may(pay.RoleRisk) {
		return errForbidden
	}
	if err := a.DB.PutSetting(ctx, settingLists, string(mustJSON(l))); err != nil {
		return err
	}
	if err := a.Reload(ctx); err != nil {
		return err
	}
	return a.rescreenAll(ctx)
}

func (a *App) readLists(ctx context.Context) (l Lists, err error) {
	body, ok, err := a.DB.Setting(ctx, settingLists)
	if err != nil || !ok {
		return l, err
	}
	return l, json.Unmarshal([]byte(body), &l)
}

func shippingName(ad *pay.Address) string {
	if ad == nil {
		return ""
	}
	return ad.FullName()
}

func containsAll(words, wanted []string) bool {
	for _, w := range wanted {
		if !slices.Contains(words, w) {
			return false
		}
	}
	return len(wanted) > 0
}

// plausible is the built-in first check of a person's addresses (confirmation level 1): complete, in Germany, postcode and
// city exist together, no parcel shop, not on the operator's block list.
func (a *App) plausible(p pay.Profile) bool {
	if p.Shipping != nil && !a.plausibleAddress(*p.Shipping) {
		return false
	}
	return a.plausibleAddress(p.Billing)
}

func (a *App) plausibleAddress(ad pay.Address) bool {
	if ad.Street == "" || ad.FamilyName == "" || ad.Country != "" && !strings.EqualFold(ad.Country, pay.Germany.Code) {
		return false
	}
	street := strings.ToLower(ad.Street + " " + ad.Street2)
	for _, parcel := range []string{"packstation", "paketshop", "postfiliale", "paketbox"} {
		if strings.Contains(street, parcel) {
			return false
		}
	}
	return cityHas(ad.PostalCode, ad.City) && !a.blocked(ad)
}

func (a *App) blocked(ad pay.Address) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	here := nameWords(ad.PostalCode + " " + ad.Street + " " + ad.Street2)
	return slices.ContainsFunc(a.lists.Blocked, func(s string) bool {
		words := nameWords(s)
		return len(words) > 0 && words[0] == here[0] && containsAll(here, words)
	})
}

// postcodes.txt.gz holds one line for each German postcode: the code and the words of the places that have it, sorted by
// code. It is made from postcode facts of GeoNames (www.geonames.org, CC BY 4.0), see NOTICE.
//
//go:embed postcodes.txt.gz
var postcodesPacked []byte

// postcodes are the lines of postcodes.txt.gz, unpacked when first asked for.
var postcodes = sync.OnceValue(func() []string {
	r, err := gzip.NewReader(bytes.NewReader(postcodesPacked))
	if err != nil {
		panic(err) // the file is compiled in
	}
	b, err := io.ReadAll(r)
	if err != nil {
		panic(err)
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
})

// cityHas reports whether a place with this name has this postcode. One word of the place's name is enough, because
// people write "Frankfurt", "Frankfurt/Main" and "Frankfurt am Main".
func cityHas(code, city string) bool {
	code = strings.TrimSpace(code)
	lines := postcodes()
	i := sort.SearchStrings(lines, code)
	if len(code) != 5 || i == len(lines) || !strings.HasPrefix(lines[i], code+" ") {
		return false
	}
	places := strings.Fields(lines[i])[1:]
	return slices.ContainsFunc(placeWords(city), func(w string) bool { return slices.Contains(places, w) })
}

// placeWords are the words of a place's name that tell it from others.
func placeWords(city string) []string {
	words := strings.FieldsFunc(strings.Join(nameWords(city), " "), func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
	return slices.DeleteFunc(words, func(w string) bool { return len(w) < 3 || slices.Contains(commonWords, w) })
}

// commonWords stand in many names of places.
var commonWords = []string{"bad", "sankt", "stadt", "der", "die", "den", "dem", "das", "bei", "auf", "und", "ober", "unter", "gross", "klein", "neu", "alt", "post", "vor"}
