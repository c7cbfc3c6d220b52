package document

// Measures of a table in millimetres.
const (
	rowLine    = 4.4 // one line of text
	rowPadding = 1.6
	columnGap  = 4.0
	columnMax  = 34.0
	footSpace  = 4 // rows of totals that stay together with the last line
)

// table writes the rows; a table that runs over a page repeats its head there.
func (s *sheet) table(t Table, title string) {
	widths := s.columns(t)
	s.tableHead(t.Head, widths)
	for i, row := range t.Rows {
		s.font("", sizeText, black)
		names := s.wrap(first(row), widths[0])
		need := rowLine*float64(len(names)) + rowPadding
		if i == len(t.Rows)-1 {
			need += float64(min(len(t.Foot), footSpace)) * (rowLine + rowPadding)
		}
		if s.room(need) {
			s.font("B", sizeText, grey)
			s.lines(title, marginLeft, textWidth, 5.6)
			s.tableHead(t.Head, widths)
			s.font("", sizeText, black)
		}
		s.tableRow(names, row, widths)
	}
	for _, row := range t.Foot {
		s.total(row)
	}
}

// tableStart is the height of the head with the first row.
func (s *sheet) tableStart(t Table) float64 {
	height := rowLine + 1.0
	if len(t.Rows) > 0 {
		widths := s.columns(t)
		s.font("", sizeText, black)
		height += rowLine*float64(len(s.wrap(first(t.Rows[0]), widths[0]))) + rowPadding
	}
	return height
}

// columns gives the figures what they need and the first column the rest.
func (s *sheet) columns(t Table) []float64 {
	widths := make([]float64, len(t.Head))
	rest := textWidth
	for c := 1; c < len(widths); c++ {
		s.font("B", sizeSmall+0.5, black)
		widths[c] = s.f.GetStringWidth(printable(t.Head[c]))
		s.font("", sizeText, black)
		for _, row := range t.Rows {
			widths[c] = max(widths[c], s.f.GetStringWidth(printable(row[c])))
		}
		widths[c] = min(widths[c], columnMax) + columnGap
		rest -= widths[c]
	}
	widths[0] = rest
	return widths
}

func (s *sheet) tableHead(head []string, widths []float64) {
	s.font("B", sizeSmall+0.5, grey)
	s.cells(head, widths, s.y+3.4)
	s.put(marginLeft, s.y+3.4, first(head))
	s.y += rowLine + 1
	s.rule(s.y, grey)
}

func (s *sheet) tableRow(names, row []string, widths []float64) {
	s.cells(row, widths, s.y+rowPadding/2+3.4)
	for i, text := range names {
		s.put(marginLeft, s.y+rowPadding/2+3.4+rowLine*float64(i), text)
	}
	s.y += rowLine*float64(len(names)) + rowPadding
	s.rule(s.y, line)
}

// cells writes all but the first column, aligned right.
func (s *sheet) cells(row []string, widths []float64, baseline float64) {
	right := marginLeft + widths[0]
	for c := 1; c < len(row); c++ {
		right += widths[c]
		s.putRight(right, baseline, row[c])
	}
}

// total writes one row below the last column.
func (s *sheet) total(row Row) {
	s.room(rowLine + rowPadding)
	style := ""
	if row.Strong {
		style = "B"
	}
	s.font(style, sizeText, black)
	s.putRight(pageWidth-marginRight-columnMax, s.y+rowPadding/2+3.4, row.Label)
	s.putRight(pageWidth-marginRight, s.y+rowPadding/2+3.4, row.Value)
	s.y += rowLine + rowPadding
}
