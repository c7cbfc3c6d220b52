// Package sdk publishes the script that puts the checkout into a shop's own page, and the page that tells how to build it in.
//
// A release never changes: shops name its hash in their pages. A change is a new folder in releases with its hash in releases.json.
package sdk

import (
	"bytes"
	"crypto/sha512"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"time"

	"zahlziel/web"
)

//go:embed releases
var files embed.FS

// Script is one release of the script.
type Script struct {
	Version string
	SRI     string // for the attribute integrity
	text    []byte
}

// Path is the address of the release, whose content never changes.
func (s Script) Path() string { return "/sdk/v1/" + s.Version + "/checkout.js" }

// latestPath is the newest release; it changes, so it has no hash to name.
const latestPath = "/sdk/v1/checkout.js"

// Releases are all releases, the newest last.
var Releases = mustReleases()

// integrity is the hash of a text as pages name it (W3C Subresource Integrity).
func integrity(text []byte) string {
	sum := sha512.Sum384(text)
	return "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
}

func mustReleases() []Script {
	list, err := readReleases()
	if err != nil {
		panic("web/sdk: " + err.Error())
	}
	return list
}

// readReleases compares each release with its published hash.
func readReleases() ([]Script, error) {
	index, err := files.ReadFile("releases/releases.json")
	if err != nil {
		return nil, err
	}
	published := map[string]string{}
	if err := json.Unmarshal(index, &published); err != nil {
		return nil, err
	}
	var list []Script
	for _, version := range slices.Sorted(maps.Keys(published)) {
		text, err := files.ReadFile(path.Join("releases", version, "checkout.js"))
		if err != nil {
			return nil, err
		}
		if got := integrity(text); got != published[version] {
			return nil, fmt.Errorf("release %s has the hash %s, not the published %s: a change is a new release", version, got, published[version])
		}
		list = append(list, Script{version, published[version], text})
	}
	return list, nil
}

// Door serves the scripts and their page.
type Door struct{ base string }

// New returns the door; base is the address of this installation, scheme and host.
func New(base string) Door { return Door{base} }

// Routes registers the scripts and the page.
func (d Door) Routes(mux *http.ServeMux) {
	newest := Releases[len(Releases)-1]
	for _, s := range Releases {
		mux.Handle("GET "+s.Path(), script(s, "public, max-age=31536000, immutable"))
	}
	mux.Handle("GET "+latestPath, script(newest, "public, max-age=300"))
	mux.Handle("GET /sdk", web.Handler(func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, page(d.base, newest))
	}))
}

// script answers one release. Every shop may load it, and only if it says so may a browser compare its hash.
func script(s Script, cache string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/javascript; charset=utf-8")
		h.Set("Cache-Control", cache)
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		http.ServeContent(w, r, "checkout.js", time.Time{}, bytes.NewReader(s.text))
	})
}

// tag is the element that a shop puts into its page.
func tag(base string, s Script) string {
	return fmt.Sprintf("<script src=\"%s%s\"\n  integrity=\"%s\"\n  crossorigin=\"anonymous\"></script>", base, s.Path(), s.SRI)
}

// policy is what a shop's content security policy needs.
func policy(base string) string { return "script-src " + base + "; frame-src " + base }

const callsExample = `Zahlziel.init({ client_token });
Zahlziel.load({ container: '#pay', payment_method_category: 'pay_later' },
  answer => { if (!answer.show_form) hideMethod(); });
button.onclick = () => Zahlziel.authorize({ payment_method_category: 'pay_later' },
  { billing_address, shipping_address, customer }, answer => {
    if (answer.approved) placeOrder(answer.authorization_token);
    else if (!answer.show_form) hideMethod();
    else if (answer.error?.invalid_fields) markFields(answer.error.invalid_fields);
  });`

const messageExample = `<zahlziel-message amount="12990" language="de" days="30"></zahlziel-message>`
