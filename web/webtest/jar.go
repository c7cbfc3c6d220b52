package webtest

import (
	"net/http"
	"net/http/cookiejar"
)

// newJar keeps cookies like a browser; Secure cookies need https, so tests run a site without it.
func newJar() http.CookieJar {
	jar, err := cookiejar.New(nil)
	if err != nil {
		panic("webtest: cookie jar: " + err.Error())
	}
	return jar
}
