// Package webtest checks what every page of the house has to keep: nothing the content security
// policy would block, a language, one main heading, headings in order, and a label for every field.
package webtest

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// pageBytesMax is the most a first view may send before style: 60 KB less the style sheet.
const pageBytesMax = 45 << 10

// voidElements have no end tag in HTML.
var voidElements = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

// page collects what the checks need while the markup is read once.
type page struct {
	lang, title      string
	h1, heading      int
	ids              map[string]int
	labels           map[string]bool
	fields           []string
	refs             []string
	autofocus        int
	primary          int
	problems         []string
	inTitle, mainTag bool
}

// CheckHTML fails t for every rule that the page breaks; name says which page it is.
func CheckHTML(t testing.TB, name, html string) {
	t.Helper()
	for _, problem := range Problems(html) {
		t.Errorf("%s: %s", name, problem)
	}
}

// Problems lists the rules a page breaks, in plain words.
func Problems(html string) []string {
	p := &page{ids: map[string]int{}, labels: map[string]bool{}}
	d := xml.NewDecoder(strings.NewReader(html))
	d.Strict = false
	d.AutoClose = voidElements
	d.Entity = xml.HTMLEntity
	for {
		tok, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			p.say("markup does not parse: " + err.Error())
			break
		}
		switch x := tok.(type) {
		case xml.StartElement:
			p.element(x.Name.Local, attributes(x))
		case xml.EndElement:
			p.inTitle = p.inTitle && x.Name.Local != "title"
		case xml.CharData:
			p.text(string(x))
		}
	}
	p.finish(len(html))
	return p.problems
}

func (p *page) say(problem string) { p.problems = append(p.problems, problem) }

func attributes(e xml.StartElement) map[string]string {
	a := make(map[string]string, len(e.Attr))
	for _, x := range e.Attr {
		a[x.Name.Local] = x.Value
	}
	return a
}

func (p *page) element(tag string, a map[string]string) {
	for name := range a {
		if name == "style" || strings.HasPrefix(name, "on") {
			p.say("<" + tag + "> has the attribute " + name + ", which the policy blocks")
		}
	}
	for _, name := range []string{"src", "href", "action"} {
		if strings.HasPrefix(a[name], "javascript:") || name == "src" && strings.Contains(a[name], "//") {
			p.say("<" + tag + "> loads " + a[name])
		}
	}
	if id := a["id"]; id != "" {
		p.ids[id]++
	}
	if _, ok := a["autofocus"]; ok {
		p.autofocus++
	}
	if strings.Contains(a["class"], "button-primary") {
		p.primary++
	}
	p.refs = append(p.refs, strings.Fields(a["aria-describedby"])...)
	p.byTag(tag, a)
}

func (p *page) byTag(tag string, a map[string]string) {
	switch tag {
	case "html":
		p.lang = a["lang"]
	case "title":
		p.inTitle = p.title == ""
	case "main":
		p.mainTag = true
	case "style":
		p.say("a <style> element, which the policy blocks")
	case "script":
		if a["src"] == "" {
			p.say("an inline <script>, which the policy blocks")
		}
	case "label":
		p.labels[a["for"]] = true
	case "input", "select", "textarea":
		if a["type"] != "hidden" && a["type"] != "submit" && a["aria-label"] == "" {
			p.fields = append(p.fields, a["id"])
		}
	case "img":
		if _, ok := a["alt"]; !ok {
			p.say("an image without a text alternative: " + a["src"])
		}
	case "svg":
		if a["aria-hidden"] != "true" && (a["role"] != "img" || a["aria-label"] == "") && a["aria-labelledby"] == "" && a["role"] != "img" {
			p.say("an SVG that is neither hidden from screen readers nor named")
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		p.headingLevel(int(tag[1] - '0'))
	}
}

func (p *page) headingLevel(level int) {
	if level == 1 {
		p.h1++
	}
	if level > p.heading+1 {
		p.say("heading h" + string(rune('0'+level)) + " skips a level")
	}
	p.heading = level
}

func (p *page) text(s string) {
	if p.inTitle {
		p.title += strings.TrimSpace(s)
	}
	if i := strings.IndexByte(s, '['); i >= 0 && strings.Contains(s[i:], ".") && strings.Contains(s[i:], "]") && !strings.Contains(s, " ") {
		p.say("a sentence is missing: " + strings.TrimSpace(s))
	}
}

func (p *page) finish(size int) {
	if p.lang != "de" && p.lang != "en" {
		p.say("no language on <html>")
	}
	if p.title == "" {
		p.say("no title")
	}
	if p.h1 != 1 {
		p.say("not exactly one h1")
	}
	if !p.mainTag {
		p.say("no <main>")
	}
	for id, n := range p.ids {
		if n > 1 {
			p.say("the id " + id + " occurs more than once")
		}
	}
	for _, id := range p.fields {
		if !p.labels[id] {
			p.say("the field " + id + " has no label")
		}
	}
	for _, id := range p.refs {
		if p.ids[id] == 0 {
			p.say("aria-describedby names " + id + ", which is not on the page")
		}
	}
	if p.autofocus > 1 {
		p.say("more than one element wants the focus")
	}
	if size > pageBytesMax {
		p.say("the page is larger than 45 KB")
	}
	slices.Sort(p.problems)
}

// Browser is a visitor without script: it keeps cookies, follows redirects and checks every page it sees.
type Browser struct {
	t    testing.TB
	base string
	http *http.Client
}

// NewBrowser visits the handler h on a server of its own.
func NewBrowser(t testing.TB, h http.Handler) *Browser {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Browser{t: t, base: srv.URL, http: &http.Client{Jar: newJar()}}
}

// Base is the address of the server without a slash at the end.
func (b *Browser) Base() string { return b.base }

// Cookies are those the browser would send to a path.
func (b *Browser) Cookies(path string) map[string]string {
	u, err := url.Parse(b.url(path))
	if err != nil {
		b.t.Fatal(err)
	}
	out := map[string]string{}
	for _, c := range b.http.Jar.Cookies(u) {
		out[c.Name] = c.Value
	}
	return out
}

// Get opens a page and returns its final path, its status and its markup.
func (b *Browser) Get(path string) (string, int, string) {
	b.t.Helper()
	return b.read(b.http.Get(b.url(path)))
}

// Post sends a form the way a browser on our own page would.
func (b *Browser) Post(path string, form url.Values) (string, int, string) {
	b.t.Helper()
	req, err := http.NewRequest(http.MethodPost, b.url(path), strings.NewReader(form.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.read(b.http.Do(req))
}

func (b *Browser) url(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return b.base + path
}

func (b *Browser) read(res *http.Response, err error) (string, int, string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		CheckHTML(b.t, res.Request.Method+" "+res.Request.URL.Path, string(body))
	}
	return res.Request.URL.Path, res.StatusCode, string(body)
}
