package fit

import (
	"fmt"
	"html/template"
	"strings"
)

// Measures of a chart, in the units of its drawing.
const (
	chartWidth  = 560
	chartHeight = 260
	chartEdge   = 44
)

// chart is a drawing with its text alternative and the table behind it.
type chart struct {
	Title   string
	Text    string // alternative for those who do not see it
	Drawing template.HTML
	Head    []string
	Rows    [][]string
}

// canvas collects the parts of a drawing.
type canvas struct{ strings.Builder }

func newCanvas(title, text string) *canvas {
	c := &canvas{}
	fmt.Fprintf(c, `<svg role="img" viewBox="0 0 %d %d" aria-label="%s"><title>%s</title><desc>%s</desc>`, chartWidth, chartHeight,
		template.HTMLEscapeString(title), template.HTMLEscapeString(title), template.HTMLEscapeString(text))
	return c
}

func (c *canvas) done() template.HTML {
	c.WriteString("</svg>")
	return template.HTML(c.String()) // made of numbers and escaped texts alone
}

func (c *canvas) label(x, y float64, anchor, text string) {
	fmt.Fprintf(c, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`, x, y, anchor, template.HTMLEscapeString(text))
}

// axes draws a frame with a scale from 0 to top on the left.
func (c *canvas) axes(top float64, format string) {
	for k := range 5 {
		v := top * float64(k) / 4
		y := vertical(v, top)
		fmt.Fprintf(c, `<line class="grid" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, chartEdge, chartWidth-8, y, y)
		c.label(chartEdge-6, y+4, "end", fmt.Sprintf(format, v))
	}
}

func vertical(v, top float64) float64 {
	return chartHeight - chartEdge + 8 - v/top*(chartHeight-chartEdge-8)
}

func horizontal(v float64) float64 { return chartEdge + v*(chartWidth-chartEdge-8) }

// calibrationChart draws expected and observed shares of bad per group of points.
func calibrationChart(groups []Group, w words) chart {
	top := 0.01
	for _, g := range groups {
		top = max(top, g.Expected, g.High)
	}
	text := w.of("calibration.text")
	c := newCanvas(w.of("calibration"), text)
	c.axes(top*100, "%.0f %%")
	ch := chart{Title: w.of("calibration"), Text: text, Head: w.all("points", "rows", "bad", "expected", "observed", "interval")}
	step := 1 / float64(max(1, len(groups)))
	for i, g := range groups {
		x := horizontal((float64(i) + 0.5) * step)
		fmt.Fprintf(c, `<line class="range" x1="%.1f" x2="%.1f" y1="%.1f" y2="%.1f"/>`, x, x, vertical(g.Low, top), vertical(g.High, top))
		fmt.Fprintf(c, `<circle class="seen" cx="%.1f" cy="%.1f" r="4"/>`, x, vertical(g.Observed, top))
		fmt.Fprintf(c, `<rect class="expected" x="%.1f" y="%.1f" width="12" height="3"/>`, x-6, vertical(g.Expected, top)-1.5)
		c.label(x, chartHeight-chartEdge+24, "middle", fmt.Sprint(g.From))
		ch.Rows = append(ch.Rows, []string{fmt.Sprintf("%d–%d", g.From, g.To), fmt.Sprint(g.Rows), fmt.Sprint(g.Bads), percent(g.Expected), percent(g.Observed), percent(g.Low) + " – " + percent(g.High)})
	}
	c.label(chartWidth/2, chartHeight-4, "middle", w.of("points"))
	ch.Drawing = c.done()
	return ch
}

// curveChart draws the share of bads refused over the share of goods refused.
func curveChart(v *Validation, w words) chart {
	text := fmt.Sprintf(w.of("curve.text"), 100*v.AUC, 100*v.AUCLow, 100*v.AUCHigh)
	c := newCanvas(w.of("curve"), text)
	c.axes(100, "%.0f %%")
	ch := chart{Title: w.of("curve"), Text: text, Head: w.all("goods.refused", "bads.refused")}
	fmt.Fprintf(c, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, horizontal(0), vertical(0, 1), horizontal(1), vertical(1, 1))
	c.WriteString(`<polyline class="curve" points="`)
	for i, p := range v.Curve {
		fmt.Fprintf(c, "%.1f,%.1f ", horizontal(p[0]), vertical(p[1], 1))
		if i%5 == 0 {
			ch.Rows = append(ch.Rows, []string{percent(p[0]), percent(p[1])})
		}
	}
	c.WriteString(`"/>`)
	c.label(chartWidth/2, chartHeight-8, "middle", w.of("goods.refused"))
	ch.Drawing = c.done()
	return ch
}

// barChart draws shares from 0 to 1 with their names.
func barChart(title, text, head string, names []string, values []float64, line float64) chart {
	c := newCanvas(title, text)
	c.axes(100, "%.0f %%")
	ch := chart{Title: title, Text: text, Head: []string{head, "%"}}
	step := 1 / float64(max(1, len(names)))
	for i, name := range names {
		x, y := horizontal((float64(i)+0.15)*step), vertical(values[i], 1)
		fmt.Fprintf(c, `<rect class="bar" x="%.1f" y="%.1f" width="%.1f" height="%.1f"/>`, x, y, 0.7*step*(chartWidth-chartEdge-8), vertical(0, 1)-y)
		c.label(horizontal((float64(i)+0.5)*step), chartHeight-chartEdge+24, "middle", name)
		ch.Rows = append(ch.Rows, []string{name, percent(values[i])})
	}
	if line > 0 {
		fmt.Fprintf(c, `<line class="limit" x1="%d" x2="%d" y1="%.1f" y2="%.1f"/>`, chartEdge, chartWidth-8, vertical(line, 1), vertical(line, 1))
	}
	ch.Drawing = c.done()
	return ch
}

func percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }
