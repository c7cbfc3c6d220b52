package fit

import (
	"fmt"
	"strconv"
	"strings"
)

// pageWidth is the width of a sheet in a plain font.
const pageWidth = 110

// Page prints the points table: everything that is needed to compute a score by hand, on one sheet.
func (c *Card) Page() string {
	var out strings.Builder
	fmt.Fprintf(&out, "POINTS  %s version %d (%s)  more points are better; add one number per line; worst 0, best %d\n", c.ID, c.Version, c.Status, c.Best())
	for i, name := range c.names() {
		head := fmt.Sprintf("%2d %s", i+1, name)
		if c.Fit != nil && c.Fit.IV != nil {
			head += fmt.Sprintf(" (IV %.2f)", c.Fit.IV[name])
		}
		out.WriteString(wrap(head+":", c.cells(name)))
	}
	for _, d := range c.Derived {
		fmt.Fprintf(&out, "   %s = %s\n", d.Name, d.formula())
	}
	if c.Fit != nil && len(c.Fit.Probability) > 0 {
		var parts []string
		for _, b := range c.Fit.Probability {
			if b.From%100 == 0 {
				parts = append(parts, fmt.Sprintf("%d: %.1f %%", b.From, 100*c.Fit.Calibration.PD(b.From)))
			}
		}
		out.WriteString(wrap("   Share of bad expected at", parts))
	}
	return out.String()
}

// Best is the score of the best bins.
func (c *Card) Best() int32 {
	sum := int32(0)
	for _, bins := range c.Bins {
		sum += top(bins)
	}
	return sum
}

func wrap(head string, parts []string) string {
	var out strings.Builder
	line := head
	for i, p := range parts {
		if i < len(parts)-1 {
			p += " |"
		}
		if len(line)+1+len(p) > pageWidth {
			out.WriteString(line + "\n")
			line = "    "
		}
		line += " " + p
	}
	return out.String() + line + "\n"
}

// cells are the bins of a characteristic, without those for what no training row had: they are in the file.
func (c *Card) cells(name string) []string {
	bins := c.Bins[name]
	var out []string
	for i, b := range bins {
		if never := c.Fit != nil && len(c.Fit.Counts[name]) > i && c.Fit.Counts[name][i].Rows == 0; never && (b.Missing || b.Other) {
			continue
		}
		out = append(out, fmt.Sprintf("%s → %d", Label(bins, i), b.Points))
	}
	return out
}

// Label names the values of a bin.
func Label(bins []Bin, i int) string {
	b := bins[i]
	switch {
	case b.UpTo != nil:
		return "up to " + plain(*b.UpTo)
	case b.Code != nil:
		return "code " + plain(*b.Code)
	case b.Values != nil:
		return strings.Join(b.Values, ", ")
	case b.Missing:
		return "missing"
	case b.Other:
		return "other"
	case i > 0:
		return "above " + plain(*bins[i-1].UpTo)
	}
	return "any"
}

func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (d *Derived) formula() string {
	switch d.Op {
	case "ratio":
		return d.Of[0] + " divided by " + d.Of[1]
	case "difference":
		return d.Of[0] + " minus " + d.Of[1]
	case "count":
		above := 0.0
		if d.Above != nil {
			above = *d.Above
		}
		return fmt.Sprintf("how many of %s are above %s", strings.Join(d.Of, ", "), plain(above))
	}
	return d.Op + " of " + strings.Join(d.Of, ", ")
}
