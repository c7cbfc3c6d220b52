package web

import (
	"context"
	"strconv"
)

// Charts are inline SVG whose lengths along x are percent: no viewBox, so that text keeps its size
// and the drawing fills any width. Each has a text alternative and the same numbers as a table.

func itoa(n int) string { return strconv.Itoa(n) }

// percent prints part of whole as a length along x, with one decimal, between 0 and 100.
func percent(part, whole int) string {
	if whole <= 0 {
		return "0%"
	}
	tenths := min(max(part*1000/whole, 0), 1000)
	return itoa(tenths/10) + "." + itoa(tenths%10) + "%"
}

// Bar is one bar with its text: Value of Max.
type Bar struct {
	Label string
	Value int
	Max   int
	Text  string // written at the end: "205 von 500 Punkten"
	Kind  Kind   // Caution or Plain
}

func (b Bar) class() string {
	if b.Kind == Caution {
		return "bar-caution"
	}
	return "bar-fill"
}

// barRow is the height of one bar with its line of text, in pixels.
const barRow = 52

func barY(i, below int) string { return itoa(i*barRow + below) }

// Drop is a level from a day on: one step of a forecast.
type Drop struct {
	When  string // "12. Dez."
	Day   int    // days from the first step
	Value int
	Why   string
}

// StepLine is a forecast: the value is known day by day and changes at steps.
type StepLine struct {
	Title    string
	Unit     string // "Punkte"
	Alt      string // the sentence that says what the line shows
	Steps    []Drop // in the order of their days; the first is today
	Days     int    // length of the axis
	Goal     int    // a level to reach, 0 without
	GoalText string
}

const (
	stepTop    = 34 // room for the numbers above the line
	stepHeight = 120
	stepAxis   = stepTop + stepHeight + 12
)

// bounds are the values at the bottom and the top of the picture: the range of the line with some air.
func (s StepLine) bounds() (lo, hi int) {
	lo, hi = s.Goal, s.Goal
	if s.Goal == 0 && len(s.Steps) > 0 {
		lo, hi = s.Steps[0].Value, s.Steps[0].Value
	}
	for _, d := range s.Steps {
		lo, hi = min(lo, d.Value), max(hi, d.Value)
	}
	air := max((hi-lo)/5, 1)
	return lo - air, hi + air
}

func (s StepLine) y(value int) string {
	lo, hi := s.bounds()
	return itoa(stepTop + stepHeight - (value-lo)*stepHeight/max(hi-lo, 1))
}

func (s StepLine) x(day int) string { return percent(day, s.Days) }

// until is the day on which step i ends.
func (s StepLine) until(i int) int {
	if i+1 < len(s.Steps) {
		return s.Steps[i+1].Day
	}
	return s.Days
}

// labelled tells which steps have room for their text: at least a quarter of the axis after the last one, which is enough on a phone.
func (s StepLine) labelled(i int) bool {
	last := -s.Days
	for j := 0; j <= i; j++ {
		if s.Steps[j].Day-last >= s.Days/4 {
			last = s.Steps[j].Day
			if j == i {
				return true
			}
		}
	}
	return false
}

func (s StepLine) anchor(i int) string {
	switch d := s.Steps[i].Day; {
	case d*10 < s.Days:
		return ""
	case d*10 > s.Days*9:
		return "end"
	}
	return "mid"
}

// lift is how far the number stands from its point: below it where the line rises next, else above.
func (s StepLine) lift(i int) string {
	if i+1 < len(s.Steps) && s.Steps[i+1].Value > s.Steps[i].Value {
		return "22"
	}
	return "-12"
}

func (s StepLine) table() TableData {
	t := TableData{Caption: s.Title, Columns: []Column{{Head: ""}, {Head: s.Unit, Num: true}, {Head: ""}}}
	for _, d := range s.Steps {
		t.Rows = append(t.Rows, Cells(d.When, itoa(d.Value), d.Why))
	}
	return t
}

func barTable(ctx context.Context, title string, bars []Bar) TableData {
	t := TableData{Caption: title, Columns: []Column{{Head: T(ctx, "chart.part")}, {Head: T(ctx, "chart.value"), Num: true}}}
	for _, b := range bars {
		t.Rows = append(t.Rows, Cells(b.Label, b.Text))
	}
	return t
}

// DotState is how one payment went.
type DotState string

// The states of a dot; each has its own shape, so that colour is never needed to read it.
const (
	OnTime  DotState = "ontime"
	WasLate DotState = "late"
	IsOpen  DotState = "open"
	Paused  DotState = "paused"
)

// Dot is one payment of the strip; Text is its sentence.
type Dot struct {
	State DotState
	Text  string
}

// columnX is the left edge of column i of n, and columnWidth its width, in percent.
func columnX(i, n int) string   { return percent(i*10+1, n*10) }
func columnWidth(n int) string  { return percent(8, n*10) }
func columnMid(i, n int) string { return percent(i*10+5, n*10) }

const columnHeight = 100

func columnMax(bars []Bar) int {
	m := 1
	for _, b := range bars {
		m = max(m, b.Value)
	}
	return m
}

func columnLen(b Bar, bars []Bar) int { return max(b.Value, 0) * columnHeight / columnMax(bars) }
