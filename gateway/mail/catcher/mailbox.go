package catcher

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/text/language"
)

//go:embed mailbox.html mailbox.css
var files embed.FS

var pages = template.Must(template.New("mailbox").Funcs(template.FuncMap{"links": links}).ParseFS(files, "mailbox.html"))

// Security headers: our own pages have one stylesheet and nothing else; a shown HTML mail may style itself, runs in a
// sandbox without scripts and forms, and loads nothing from anywhere.
const (
	policyPage = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	policyMail = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
	policyFile = "default-src 'none'; sandbox"
)

// Handler is the mailbox. All links in it are relative, so it works on its own listener and, behind
// http.StripPrefix("/mailbox", ...), below /mailbox/ of another server.
//
//	GET    /                    list, newest first; ?to=address filters
//	GET    /m/{id}              one message
//	GET    /m/{id}/html         its HTML part alone
//	GET    /m/{id}/a/{n}        its attachment number n, from 0
//	POST   /clear               forget all, back to the list
//	GET    /api/messages?to=    the list as JSON
//	DELETE /api/messages        forget all
func (c *Catcher) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.list)
	mux.HandleFunc("GET /m/{id}", c.show)
	mux.HandleFunc("GET /m/{id}/html", c.html)
	mux.HandleFunc("GET /m/{id}/a/{n}", c.attachment)
	mux.HandleFunc("GET /mailbox.css", stylesheet)
	mux.HandleFunc("POST /clear", c.clear)
	mux.HandleFunc("GET /api/messages", c.apiList)
	mux.HandleFunc("DELETE /api/messages", func(w http.ResponseWriter, _ *http.Request) {
		c.Clear()
		w.WriteHeader(http.StatusNoContent)
	})
	return http.NewCrossOriginProtection().Handler(guard(mux))
}

// guard sets what every answer needs; a handler may narrow the policy further.
func guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policyPage)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// view is what the templates see.
type view struct {
	Words    map[string]string
	Lang     string
	To       string
	Messages []Message
	Message  Message
}

func (c *Catcher) list(w http.ResponseWriter, r *http.Request) {
	v := newView(r)
	v.To = r.URL.Query().Get("to")
	v.Messages = c.Messages(v.To)
	render(w, "list", v)
}

func (c *Catcher) show(w http.ResponseWriter, r *http.Request) {
	if m, ok := c.wanted(w, r); ok {
		v := newView(r)
		v.Message = m
		render(w, "message", v)
	}
}

func (c *Catcher) html(w http.ResponseWriter, r *http.Request) {
	if m, ok := c.wanted(w, r); ok {
		w.Header().Set("Content-Security-Policy", policyMail)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(m.HTML))
	}
}

// attachment is always a download, never shown by the browser as a page of ours.
func (c *Catcher) attachment(w http.ResponseWriter, r *http.Request) {
	m, ok := c.wanted(w, r)
	if !ok {
		return
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(m.Attachments) {
		http.NotFound(w, r)
		return
	}
	a := m.Attachments[n]
	w.Header().Set("Content-Security-Policy", policyFile)
	w.Header().Set("Content-Type", a.Type)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.Name}))
	_, _ = w.Write(a.Data)
}

func (c *Catcher) clear(w http.ResponseWriter, _ *http.Request) {
	c.Clear()
	w.Header().Set("Location", "./") // relative, so that a prefix stays
	w.WriteHeader(http.StatusSeeOther)
}

// wanted finds the message of the path or answers 404.
func (c *Catcher) wanted(w http.ResponseWriter, r *http.Request) (Message, bool) {
	m, ok := c.Message(r.PathValue("id"))
	if !ok {
		http.NotFound(w, r)
	}
	return m, ok
}

func stylesheet(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "max-age=3600")
	http.ServeFileFS(w, r, files, "mailbox.css")
}

func render(w http.ResponseWriter, name string, v view) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, v); err != nil {
		http.Error(w, "mailbox: "+err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = page.WriteTo(w)
}

// apiMessage is the JSON form of a message.
type apiMessage struct {
	ID          string          `json:"id"`
	To          []string        `json:"to"`
	From        string          `json:"from"`
	Subject     string          `json:"subject"`
	At          time.Time       `json:"at"`
	Text        string          `json:"text"`
	HTML        string          `json:"html"`
	Attachments []apiAttachment `json:"attachments"`
}

// apiAttachment has a url relative to the root of the mailbox.
type apiAttachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"`
	URL  string `json:"url"`
}

func (c *Catcher) apiList(w http.ResponseWriter, r *http.Request) {
	list := []apiMessage{}
	for _, m := range c.Messages(r.URL.Query().Get("to")) {
		a := apiMessage{ID: m.ID, To: m.To, From: m.From, Subject: m.Subject, At: m.At, Text: m.Text, HTML: m.HTML, Attachments: []apiAttachment{}}
		for i, f := range m.Attachments {
			path := "m/" + url.PathEscape(m.ID) + "/a/" + strconv.Itoa(i)
			a.Attachments = append(a.Attachments, apiAttachment{Name: f.Name, Type: f.Type, Size: len(f.Data), URL: path})
		}
		list = append(list, a)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(list)
}

// piece is a stretch of text, or a link where URL is set.
type piece struct{ Text, URL string }

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?)]`)

// links cuts the web addresses out of a plain text, so that the page can make them clickable.
func links(text string) []piece {
	var pieces []piece
	at := 0
	for _, span := range webAddress.FindAllStringIndex(text, -1) {
		pieces = append(pieces, piece{Text: text[at:span[0]]}, piece{Text: text[span[0]:span[1]], URL: text[span[0]:span[1]]})
		at = span[1]
	}
	return append(pieces, piece{Text: text[at:]})
}

var spoken = language.NewMatcher([]language.Tag{language.English, language.German})

func newView(r *http.Request) view {
	lang := "en"
	if _, i := language.MatchStrings(spoken, r.Header.Get("Accept-Language")); i == 1 {
		lang = "de"
	}
	return view{Words: words[lang], Lang: lang}
}

var words = map[string]map[string]string{
	"de": {
		"title": "Postfach der Vorführung", "about": "Diese Nachrichten wurden nicht zugestellt. Sie stehen nur hier.",
		"to": "An", "from": "Von", "at": "Eingang (UTC)", "subject": "Betreff", "filter": "Empfänger", "show": "Anzeigen", "all": "Alle Nachrichten",
		"clear": "Postfach leeren", "empty": "Keine Nachricht da. Senden Sie eine E-Mail und laden Sie diese Seite neu.",
		"text": "Text", "html": "Als HTML ansehen", "files": "Anhänge", "bytes": "Bytes", "none": "(ohne Betreff)", "problem": "Die Nachricht ist fehlerhaft",
	},
	"en": {
		"title": "Demo mailbox", "about": "These messages were not delivered. They exist only here.",
		"to": "To", "from": "From", "at": "Received (UTC)", "subject": "Subject", "filter": "Recipient", "show": "Show", "all": "All messages",
		"clear": "Empty the mailbox", "empty": "No message yet. Send an email and reload this page.",
		"text": "Text", "html": "View as HTML", "files": "Attachments", "bytes": "bytes", "none": "(no subject)", "problem": "The message is malformed",
	},
}
