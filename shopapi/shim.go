package shopapi

import (
	_ "embed"
	"net/http"
	"strings"
)

//go:embed shim.js
var shimScript []byte

// shimPath is where shop software of this wire looks for the browser library.
const shimPath = "/kp/lib/v1/api.js"

// shim answers the script that puts the expected global over our own; ok is false for every other path.
func shim(w http.ResponseWriter, r *http.Request) (ok bool) {
	if "/"+strings.Join(segments(r.URL.Path), "/") != shimPath || r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	h := w.Header()
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", "public, max-age=300")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(shimScript) // a browser that went away is not our error
	return true
}
