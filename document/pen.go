package document

import "strings"

// font chooses weight ("" or "B"), size in points and colour for what is written next.
func (s *sheet) font(style string, size float64, c colour) {
	s.f.SetFont(family, style, size)
	s.f.SetTextColor(c[0], c[1], c[2])
}

// put writes one line that starts at x and stands on the baseline.
func (s *sheet) put(x, baseline float64, text string) {
	if text = printable(text); text != "" {
		s.f.Text(x, baseline, text)
	}
}

// putRight writes one line that ends at x.
func (s *sheet) putRight(x, baseline float64, text string) {
	text = printable(text)
	s.put(x-s.f.GetStringWidth(text), baseline, text)
}

// lines writes a wrapped text and moves down; it goes on at the next page where it must.
func (s *sheet) lines(text string, x, width, height float64) {
	for _, part := range s.wrap(text, width) {
		s.room(height)
		s.put(x, s.y+height*0.76, part)
		s.y += height
	}
}

// rule draws a thin line across the text.
func (s *sheet) rule(y float64, c colour) {
	s.f.SetDrawColor(c[0], c[1], c[2])
	s.f.SetLineWidth(0.2)
	s.f.Line(marginLeft, y, pageWidth-marginRight, y)
}

// room starts a new page when the height does not fit any more and reports whether it did.
func (s *sheet) room(height float64) bool {
	if s.y+height <= pageBottom || s.y == topNext {
		return false
	}
	s.nextPage()
	return true
}

// nextPage keeps font and colour, because a page break may come in the middle of a text.
func (s *sheet) nextPage() {
	s.f.AddPage()
	s.y = topNext
}

// wrap breaks a text at its spaces so that each line fits the width in the current font. No-break spaces hold;
// a single word wider than a line is cut.
func (s *sheet) wrap(text string, width float64) []string {
	var lines []string
	current := ""
	for _, word := range strings.FieldsFunc(printable(text), func(r rune) bool { return r == ' ' }) {
		joined := word
		if current != "" {
			joined = current + " " + word
		}
		if s.f.GetStringWidth(joined) <= width {
			current = joined
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		whole, rest := s.cut(word, width)
		lines, current = append(lines, whole...), rest
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// cut splits a word that is wider than a line into full lines and a rest that fits.
func (s *sheet) cut(word string, width float64) (whole []string, rest string) {
	for s.f.GetStringWidth(word) > width {
		n, runes := 1, []rune(word)
		for n < len(runes)-1 && s.f.GetStringWidth(string(runes[:n+1])) <= width {
			n++
		}
		whole, word = append(whole, string(runes[:n])), string(runes[n:])
	}
	return whole, word
}

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
