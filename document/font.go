package document

import (
	"embed"
	"encoding/binary"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Liberation Sans 2 (SIL Open Font License 1.1, see fonts/LICENSE-OFL.txt); a file embeds only the glyphs it uses.
//
//go:embed fonts/LiberationSans-Regular.ttf fonts/LiberationSans-Bold.ttf
var fontFiles embed.FS

var (
	fontRegular = mustFont("Regular")
	fontBold    = mustFont("Bold")
	fontCovers  = coverage(fontRegular)
)

func mustFont(style string) []byte {
	raw, err := fontFiles.ReadFile("fonts/LiberationSans-" + style + ".ttf")
	if err != nil {
		panic("document: font is not embedded: " + err.Error())
	}
	return raw
}

// printable makes a text of unknown origin safe to draw: composed (NFC), without control characters, one line, and with
// "?" for what the font cannot show. Names from a shop may hold anything; a file must come out all the same.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return -1
		case fontCovers[r]:
			return r
		case unicode.IsSpace(r):
			return ' '
		}
		return '?'
	}, norm.NFC.String(s))
}

// coverage reads which characters of the basic plane a TrueType file has: its cmap subtable of format 4.
func coverage(ttf []byte) map[rune]bool {
	be := binary.BigEndian
	covers := map[rune]bool{}
	for i := range int(be.Uint16(ttf[4:])) {
		entry := ttf[12+16*i:]
		if string(entry[:4]) != "cmap" {
			continue
		}
		cmap := ttf[be.Uint32(entry[8:]):]
		for n := range int(be.Uint16(cmap[2:])) {
			if sub := cmap[be.Uint32(cmap[4+8*n+4:]):]; be.Uint16(sub) == 4 {
				addSegments(covers, sub)
			}
		}
	}
	return covers
}

// addSegments walks the four parallel arrays of a format 4 subtable: end, start, delta, offset into the glyph array.
func addSegments(covers map[rune]bool, sub []byte) {
	be := binary.BigEndian
	width := int(be.Uint16(sub[6:])) // bytes of one array
	ends, starts, deltas, offsets := sub[14:], sub[16+width:], sub[16+2*width:], sub[16+3*width:]
	for i := 0; i < width; i += 2 {
		start, end := int(be.Uint16(starts[i:])), int(be.Uint16(ends[i:]))
		for c := start; c <= end && c < 0xFFFF; c++ {
			glyph := uint16(c) + be.Uint16(deltas[i:])
			if offset := int(be.Uint16(offsets[i:])); offset != 0 {
				glyph = be.Uint16(offsets[i+offset+2*(c-start):])
			}
			if glyph != 0 {
				covers[rune(c)] = true
			}
		}
	}
}
