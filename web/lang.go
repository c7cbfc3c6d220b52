package web

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/text/language"
)

// Lang is the language of a page: "de" or "en".
type Lang string

// The languages every page speaks.
const (
	German  Lang = "de"
	English Lang = "en"
)

// Langs lists the languages in the order the switch shows them.
var Langs = []Lang{German, English}

// langCookie remembers the chosen language; it identifies nobody.
const langCookie = "lang"

var langMatcher = language.NewMatcher([]language.Tag{language.German, language.English})

// ParseLang returns the language named by s and whether s names one.
func ParseLang(s string) (Lang, bool) {
	switch Lang(s) {
	case German, English:
		return Lang(s), true
	}
	return German, false
}

// requestLang chooses by query, then cookie, then the browser's wish; German is the fallback.
func requestLang(r *http.Request) Lang {
	if l, ok := ParseLang(r.URL.Query().Get("lang")); ok {
		return l
	}
	if c, err := r.Cookie(langCookie); err == nil {
		if l, ok := ParseLang(c.Value); ok {
			return l
		}
	}
	wishes, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(wishes) == 0 {
		return German
	}
	_, i, _ := langMatcher.Match(wishes...)
	return Langs[i]
}

// withLang puts the request's language into its context and remembers a language asked for by ?lang=.
func withLang(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l := requestLang(r)
		if asked, ok := ParseLang(r.URL.Query().Get("lang")); ok {
			SetCookie(w, r, langCookie, string(asked), "/", 365*24*time.Hour)
		}
		e := *envOf(r.Context())
		e.lang, e.url = l, r.URL
		w.Header().Set("Content-Language", string(l))
		w.Header().Add("Vary", "Accept-Language, Cookie")
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), envKey{}, &e)))
	})
}

// LangOf returns the language of the page being rendered; German outside a request.
func LangOf(ctx context.Context) Lang { return envOf(ctx).lang }

// WithLang returns a context whose pages, mails and documents speak l.
func WithLang(ctx context.Context, l Lang) context.Context {
	e := *envOf(ctx)
	e.lang = l
	return context.WithValue(ctx, envKey{}, &e)
}

// WithFrame is WithLang for a page inside another site's page: it leaves the focus where it is.
func WithFrame(ctx context.Context, l Lang) context.Context {
	e := *envOf(ctx)
	e.lang, e.framed = l, true
	return context.WithValue(ctx, envKey{}, &e)
}

// langHref is the address of the current page in another language.
func langHref(ctx context.Context, l Lang) string {
	u := envOf(ctx).url
	if u == nil {
		u = &url.URL{Path: "/"}
	}
	q := u.Query()
	q.Set("lang", string(l))
	return (&url.URL{Path: u.Path, RawQuery: q.Encode()}).String()
}
