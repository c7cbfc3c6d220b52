package api

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"zahlziel/cal"
	"zahlziel/pay"
)

// A page of a list has at most pageMax entries, and pageUsual where the caller says nothing.
const (
	pageMax   = 100
	pageUsual = 20
)

// page is a part of a list. next_cursor is for the part behind it, and null on the last.
type page[T any] struct {
	Data []T     `json:"data"`
	Next *string `json:"next_cursor"`
}

// pageOf makes a page of at most limit rows out of one more than that; mark is the place of a row in the list.
func pageOf[R, T any](rows []R, limit int, encode func(R) T, mark func(R) string) page[T] {
	out := page[T]{Data: []T{}}
	for i, r := range rows {
		if i == limit {
			next := mark(rows[limit-1])
			out.Next = &next
			break
		}
		out.Data = append(out.Data, encode(r))
	}
	return out
}

// query reads the parameters behind a path and keeps the first fault.
type query struct {
	values url.Values
	err    error
}

func (a *ask) query() *query { return &query{values: a.r.URL.Query()} }

func (q *query) fail(name, format string, args ...any) {
	if q.err == nil {
		q.err = pay.Errorf(pay.Invalid, "bad_value", name, "%s", name+" "+fmt.Sprintf(format, args...))
	}
}

// limit is how many entries a page has.
func (q *query) limit() int {
	if !q.values.Has("limit") {
		return pageUsual
	}
	n, err := strconv.Atoi(q.values.Get("limit"))
	if err != nil || n < 1 || n > pageMax {
		q.fail("limit", "must be a whole number from 1 to %d", pageMax)
	}
	return n
}

// cursor is the place in a list that the caller names; ok is false where none is named.
func (q *query) cursor() (text string, ok bool) {
	return q.values.Get("cursor"), q.values.Has("cursor")
}

func (q *query) badCursor() {
	if q.err == nil {
		q.err = pay.Errorf(pay.Invalid, "bad_cursor", "cursor", "Send the next_cursor of the page before")
	}
}

// text reads a parameter.
func (q *query) text(name string, charactersMax int) string {
	s := q.values.Get(name)
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > charactersMax || strings.IndexByte(s, 0) >= 0 {
		q.fail(name, "must be a text of at most %d characters", charactersMax)
		return ""
	}
	return s
}

// list reads allowed texts that may be given several times.
func (q *query) list(name string, allowed ...string) (out []string) {
	for _, s := range q.values[name] {
		switch {
		case !slices.Contains(allowed, s):
			q.fail(name, "must be one of %s", strings.Join(allowed, ", "))
		case !slices.Contains(out, s):
			out = append(out, s)
		}
	}
	return out
}

// day reads a day; without one it is the fallback.
func (q *query) day(name string, fallback cal.Day) cal.Day {
	if !q.values.Has(name) {
		return fallback
	}
	day, err := cal.ParseDay(q.values.Get(name))
	if err != nil {
		q.fail(name, "must be a day such as 2026-11-23")
	}
	return day
}

// queryID reads an id of ours; without one it is empty.
func queryID[T ~string](q *query, name, prefix string) T {
	if !q.values.Has(name) {
		return ""
	}
	id, ok := pay.ParseID[T](prefix, q.values.Get(name))
	if !ok {
		q.fail(name, "must be an id that we gave")
	}
	return id
}

// place writes a place in a list that is ordered by a number and by ids as one opaque word; readPlace is its inverse.
func place(at int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + " " + id))
}

func readPlace(word, prefix string) (at int64, id string, ok bool) {
	text, err := base64.RawURLEncoding.DecodeString(word)
	if err != nil {
		return 0, "", false
	}
	first, second, _ := strings.Cut(string(text), " ")
	at, err = strconv.ParseInt(first, 10, 64)
	id, ok = pay.ParseID[string](prefix, second)
	return at, id, ok && err == nil
}
