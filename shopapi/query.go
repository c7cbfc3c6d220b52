package shopapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"zahlziel/cal"
)

// query reads the parameters behind a path, each at most once, and notes what is wrong with them like object does.
type query struct {
	values url.Values
	bad    *problems
}

// readQuery parses the parameters of a request.
func readQuery(c *call) (query, error) {
	values, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return query{}, newError(http.StatusBadRequest, "BAD_VALUE", "The query of the address is not well formed")
	}
	return query{values, &problems{}}, nil
}

// text returns a parameter; given twice it is a mistake.
func (q query) text(name string, charactersMax int) string {
	all := q.values[name]
	switch {
	case len(all) == 0:
		return ""
	case len(all) > 1:
		q.bad.add(name, "is given %d times", len(all))
		return ""
	case !utf8.ValidString(all[0]) || utf8.RuneCountInString(all[0]) > charactersMax || strings.IndexByte(all[0], 0) >= 0:
		q.bad.add(name, "must be a text of at most %d characters", charactersMax)
		return ""
	}
	return all[0]
}

// require complains about parameters that are absent or empty.
func (q query) require(names ...string) {
	for _, name := range names {
		if q.values.Get(name) == "" {
			q.bad.add(name, "is required")
		}
	}
}

// integer reads a whole number between low and high; absent is the fallback.
func (q query) integer(name string, low, high, fallback int64) int64 {
	s := q.text(name, 20)
	if s == "" {
		return fallback
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < low || n > high {
		q.bad.add(name, "must be a whole number from %d to %d", low, high)
		return fallback
	}
	return n
}

// list reads allowed texts, given several times or joined by commas.
func (q query) list(name string, allowed ...string) []string {
	var out []string
	for _, all := range q.values[name] {
		for _, s := range strings.Split(all, ",") {
			switch s = strings.TrimSpace(s); {
			case s == "":
			case !slices.Contains(allowed, s):
				q.bad.add(name, "must be one of %s", strings.Join(allowed, ", "))
			case !slices.Contains(out, s):
				out = append(out, s)
			}
		}
	}
	return out
}

// dayForms are how clients write a day: with and without its time.
var dayForms = []string{"2006-01-02", time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05"}

// day reads a day; a time of day says only which day it is, in UTC. Absent is the fallback.
func (q query) day(name string, fallback cal.Day) cal.Day {
	s := q.text(name, 40)
	if s == "" {
		return fallback
	}
	if at := strings.LastIndexByte(s, ' '); at > len("2006-01-02T15:04") {
		s = s[:at] + "+" + s[at+1:] // a plus sign that nobody escaped arrives as a blank
	}
	for _, form := range dayForms {
		if t, err := time.Parse(form, s); err == nil && t.Year() >= 1970 && t.Year() < 9999 {
			return cal.DayOf(t.UTC(), time.UTC)
		}
	}
	q.bad.add(name, "must be a date such as 2026-11-23 or 2026-11-23T00:00:00Z")
	return fallback
}
