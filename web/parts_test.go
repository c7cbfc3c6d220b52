package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"

	"zahlziel/cal"
)

func TestDateValueParse(t *testing.T) {
	cases := []struct {
		day, month, year string
		want             string
	}{
		{"3", "12", "1990", "1990-12-03"}, {"29", "2", "2004", "2004-02-29"}, {"03", "01", "2026", "2026-01-03"},
		{"29", "2", "2005", ""}, {"31", "4", "1990", ""}, {"0", "1", "1990", ""}, {"1", "13", "1990", ""},
		{"1", "1", "90", ""}, {"", "", "", ""}, {"x", "1", "1990", ""}, {"-1", "1", "1990", ""},
	}
	for _, c := range cases {
		form := url.Values{"d.day": {" " + c.day}, "d.month": {c.month}, "d.year": {c.year + " "}}
		d, ok := FormDate(form, "d").Parse()
		if ok != (c.want != "") || ok && d.String() != c.want {
			t.Errorf("%+v: got %s %v", c, d, ok)
		}
	}
	if v := DateValueOf(cal.Date(1990, 12, 3)); v != (DateValue{"3", "12", "1990"}) {
		t.Errorf("the boxes hold %+v", v)
	}
	if v := DateValueOf(cal.NoDay); v != (DateValue{}) {
		t.Errorf("no day fills the boxes with %+v", v)
	}
}

func TestPercentStaysInside(t *testing.T) {
	for _, c := range []struct {
		part, whole int
		want        string
	}{{0, 500, "0.0%"}, {205, 500, "41.0%"}, {1, 3, "33.3%"}, {7, 5, "100.0%"}, {-1, 5, "0.0%"}, {1, 0, "0%"}} {
		if got := percent(c.part, c.whole); got != c.want {
			t.Errorf("percent(%d, %d) = %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestStepLineLabelsHaveRoom(t *testing.T) {
	s := StepLine{Days: 90, Steps: []Drop{{Day: 0, Value: 550}, {Day: 11, Value: 575}, {Day: 30, Value: 600}, {Day: 40, Value: 610}, {Day: 81, Value: 680}}}
	var shown []int
	for i, d := range s.Steps {
		if s.labelled(i) {
			shown = append(shown, d.Day)
		}
	}
	if want := []int{0, 30, 81}; !slices.Equal(shown, want) {
		t.Errorf("labels on days %v, want %v", shown, want)
	}
	flat := StepLine{Days: 30, Steps: []Drop{{Value: 700}}}
	if lo, hi := flat.bounds(); lo >= hi {
		t.Errorf("a line without a step has no height: %d..%d", lo, hi)
	}
}

func TestPagerShowsTheNeighbours(t *testing.T) {
	for _, c := range []struct {
		page, pages int
		want        []int
	}{{1, 1, []int{1}}, {4, 12, []int{1, 0, 3, 4, 5, 0, 12}}, {1, 3, []int{1, 2, 3}}, {12, 12, []int{1, 0, 11, 12}}} {
		if got := (Pager{Page: c.page, Pages: c.pages}).near(); !slices.Equal(got, c.want) {
			t.Errorf("page %d of %d: %v, want %v", c.page, c.pages, got, c.want)
		}
	}
}

func TestQRDrawingHasItsQuietZone(t *testing.T) {
	size, path, err := qrDrawing("BCD")
	if err != nil || size != "29" || !strings.HasPrefix(path, "M4 4h7v1h-7z") {
		t.Errorf("size %s, path %.20s, error %v", size, path, err)
	}
	if _, _, err := qrDrawing(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text too long for a code was drawn")
	}
}

func TestSentencesFillIn(t *testing.T) {
	de, en := WithLang(context.Background(), German), WithLang(context.Background(), English)
	for got, want := range map[string]string{
		TN(de, "form.errors", 1): "Bitte prüfen Sie eine Angabe", TN(en, "form.errors", 3): "Please check 3 answers",
		T(en, "steps.label", Data{"Step": 2, "Steps": 4}): "Step 2 of 4", T(de, "no.such.key"): "[no.such.key]",
		Money(de, 8440, "EUR"): "84,40\u00a0€", Money(en, 8440, "EUR"): "€84.40",
		Day(de, cal.Date(2026, 12, 3)): "3. Dezember 2026", SpacedIBAN("DE02120300000000202051"): "DE02 1203 0000 0000 2020 51",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
