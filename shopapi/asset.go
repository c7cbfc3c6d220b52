package shopapi

import (
	"net/http"
	"strings"

	"zahlziel/pay"
)

// assetURLs are pictures of a category, for shops that show one.
type assetURLs struct {
	Descriptive string `json:"descriptive"`
	Standard    string `json:"standard"`
}

// glyphs are the strokes of a category's picture, on a field of 40 by 26.
var glyphs = map[string]string{
	"pay_later":            "M14 5h12v16l-3-2-3 2-3-2-3 2zM17 9h6M17 13h6",
	"pay_over_time":        "M8 9h6v8H8zM17 9h6v8h-6zM26 9h6v8h-6z",
	"pay_now":              "M21 5l-7 9h5l-1 7 7-9h-5z",
	"direct_bank_transfer": "M11 11l9-6 9 6zM14 12v6M20 12v6M26 12v6M11 20h18",
}

const (
	assetPath = "/payments/assets/"
	assetHead = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 26" width="40" height="26"><rect x=".5" y=".5" width="39" height="25" rx="4" fill="#fff" stroke="#8a8f98"/><path fill="none" stroke="#1f2933" stroke-width="1.5" stroke-linejoin="round" d="`
	assetTail = `"/></svg>`
)

// assetsOf are the addresses of a category's picture.
func (a *API) assetsOf(category string) *assetURLs {
	if glyphs[category] == "" {
		return nil
	}
	at := a.base + assetPath + category + ".svg"
	return &assetURLs{at, at}
}

// asset answers the picture that a path names; ok is false where it names none. Browsers of buyers ask for it, so it needs no login.
func asset(w http.ResponseWriter, r *http.Request) (ok bool) {
	name, under := strings.CutPrefix("/"+strings.Join(segments(r.URL.Path), "/"), assetPath)
	glyph := glyphs[strings.TrimSuffix(name, ".svg")]
	if !under || glyph == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Cache-Control", "public, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	_, _ = w.Write([]byte(assetHead + glyph + assetTail)) // a browser that went away is not our error
	return true
}

// Where the picture of a hosted page's address lies. Whoever knows this address knows the page's, so it needs no login.
const (
	pagesPath = "/hpp/v1/sessions/"
	qrSuffix  = "/qr.png"
)

// qr answers the picture of a hosted page's address, for a buyer to scan; ok is false for every other path.
func (a *API) qr(w http.ResponseWriter, r *http.Request) (ok bool) {
	path, under := strings.CutPrefix("/"+strings.Join(segments(r.URL.Path), "/"), pagesPath)
	bare, picture := strings.CutSuffix(path, qrSuffix)
	page, known := pay.ParseID[pay.PageID](pay.PrefixPage, bare)
	if !under || !picture || !known || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	png, err := a.app.PageQR(page)
	if err != nil {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Cache-Control", "private, max-age=86400")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(png) // a browser that went away is not our error
	return true
}
