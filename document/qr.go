package document

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quietZone is the white border of a QR code in modules (ISO/IEC 18004).
const quietZone = 4

// encodeQR uses level M, as EPC069-12 demands.
func encodeQR(content string) (*qr.Code, error) {
	code, err := qr.Encode(content, qr.M)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	return code, nil
}

// QRPNG is the code as a PNG picture with its quiet zone, 8 pixels a module; good as a mail attachment.
func QRPNG(content string) ([]byte, error) {
	code, err := encodeQR(content)
	if err != nil {
		return nil, err
	}
	return code.PNG(), nil
}

// QRSVG is the code as an SVG element without any script or style, for a page. title is the text alternative.
func QRSVG(content, title string) (string, error) {
	code, err := encodeQR(content)
	if err != nil {
		return "", err
	}
	side := code.Size + 2*quietZone
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<title>%s</title><rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, escapeXML(title), side, side)
	runs(code, func(x, y, n int) { fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quietZone, y+quietZone, n, n) })
	b.WriteString(`"/></svg>`)
	return b.String(), nil
}

// runs calls draw for every horizontal run of n black modules.
func runs(code *qr.Code, draw func(x, y, n int)) {
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			n := 0
			for code.Black(x+n, y) {
				n++
			}
			if n > 0 {
				draw(x, y, n)
				x += n
			}
		}
	}
}

var escapeXML = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;").Replace
