package catcher

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// clock ticks a second with every mail.
func clock() func() time.Time {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Second)
		return at
	}
}

const nasty = "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe_=3Cscript=3E?=\r\nFrom: a@example.org\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: multipart/alternative; boundary=c\r\n\r\n" +
	"--c\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHallo <b>Welt</b> https://zahlziel.example/s?a=1&b=2. Ende\r\n" +
	"--c\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hallo</p><script>alert(1)</script>\r\n--c--\r\n" +
	"--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename=\"x\\\"y.html\"\r\n\r\n<script>alert(2)</script>\r\n--b--\r\n"

func filled(t *testing.T, o Options, count int) *Catcher {
	t.Helper()
	c := New(clock(), o)
	for i := range count {
		to := []string{fmt.Sprintf("p%d@example.org", i%3), "copy@example.org"}
		if err := c.Deliver("post@zahlziel.example", to, []byte(nasty)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// get asks the handler and returns the answer with its body.
func get(t *testing.T, h http.Handler, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Result(), string(body)
}

func TestKeepsTheLast(t *testing.T) {
	dir := t.TempDir()
	c := filled(t, Options{Keep: 4, Dir: dir}, 10)
	list := c.Messages("")
	if len(list) != 4 || list[0].ID != "000010" || list[3].ID != "000007" {
		t.Fatalf("kept %d, newest %s", len(list), list[0].ID)
	}
	if copies, err := os.ReadDir(dir); err != nil || len(copies) != 4 {
		t.Errorf("%d copies, %v", len(copies), err)
	}
	if n := len(c.Messages("P0@example.org")); n != 2 { // 000007 and 000010
		t.Errorf("filter found %d", n)
	}
	c.Clear()
	if copies, _ := os.ReadDir(dir); len(copies) != 0 || len(c.Messages("")) != 0 || c.bytes != 0 {
		t.Error("something is left after Clear")
	}
}

func TestKeepsWithinBytes(t *testing.T) {
	c := filled(t, Options{KeepBytes: 3*len(nasty) + 1}, 9)
	if n := len(c.Messages("")); n != 3 {
		t.Errorf("kept %d", n)
	}
	c = filled(t, Options{KeepBytes: 1}, 2)
	if n := len(c.Messages("")); n != 1 {
		t.Errorf("kept %d, want the newest even when it is too large", n)
	}
}

func TestBrokenMailIsKept(t *testing.T) {
	c := New(clock(), Options{})
	for _, raw := range []string{"", "no header at all", "Content-Type: multipart/mixed\r\n\r\nx", "Content-Type: text/plain; charset=nope\r\n\r\nx",
		"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\r\n--b--"} {
		if err := c.Deliver("", []string{"a@example.org"}, []byte(raw)); err != nil {
			t.Errorf("%q: %v", raw, err)
		}
	}
	if len(c.Messages("")) != 5 {
		t.Error("a broken mail is lost")
	}
	for _, m := range c.Messages("") {
		if res, _ := get(t, c.Handler(), "GET", "/m/"+m.ID); res.StatusCode != 200 {
			t.Errorf("%s: %d", m.ID, res.StatusCode)
		}
	}
}

func TestPages(t *testing.T) {
	c := filled(t, Options{}, 3)
	h := c.Handler()
	res, body := get(t, h, "GET", "/?to=p1@example.org", "Accept-Language", "de-AT,de;q=0.9,en;q=0.5")
	for _, want := range []string{`<html lang="de">`, "Postfach der Vorführung", `href="m/000002"`, "Größe &lt;script&gt;", `value="p1@example.org"`} {
		if !strings.Contains(body, want) {
			t.Errorf("list lacks %s", want)
		}
	}
	if res.StatusCode != 200 || strings.Contains(body, "000001") || strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Error("the list shows what it must not")
	}
	if _, body = get(t, h, "GET", "/", "Accept-Language", "fr"); !strings.Contains(body, "Demo mailbox") {
		t.Error("other languages get English")
	}
	_, body = get(t, h, "GET", "/m/000002")
	for _, want := range []string{"&lt;b&gt;Welt&lt;/b&gt;", `<a href="https://zahlziel.example/s?a=1&amp;b=2" rel="noreferrer noopener">`, `href="000002/html"`, `href="000002/a/0" download`, `href="../mailbox.css"`} {
		if !strings.Contains(body, want) {
			t.Errorf("message lacks %s", want)
		}
	}
	if res, _ = get(t, h, "GET", "/m/999999"); res.StatusCode != 404 {
		t.Error("an unknown message is not 404")
	}
	if res, _ = get(t, h, "GET", "/m/000002/a/1"); res.StatusCode != 404 {
		t.Error("an unknown attachment is not 404")
	}
}

// TestForeignContentIsHarmless: no page runs a script, and an HTML mail or file from outside is fenced in.
func TestForeignContentIsHarmless(t *testing.T) {
	h := filled(t, Options{}, 1).Handler()
	res, body := get(t, h, "GET", "/m/000001/html")
	policy := res.Header.Get("Content-Security-Policy")
	if !strings.Contains(policy, "default-src 'none'") || !strings.HasSuffix(policy, "; sandbox") || !strings.Contains(body, "<p>Hallo</p>") {
		t.Errorf("policy %q", policy)
	}
	res, _ = get(t, h, "GET", "/m/000001/a/0")
	if d := res.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment;") || !strings.Contains(res.Header.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("disposition %q", d)
	}
	for _, path := range []string{"/", "/m/000001", "/m/000001/html", "/m/000001/a/0", "/api/messages", "/mailbox.css"} {
		res, _ := get(t, h, "GET", path)
		if res.StatusCode != 200 || res.Header.Get("X-Content-Type-Options") != "nosniff" || strings.Contains(res.Header.Get("Content-Security-Policy"), "script-src") {
			t.Errorf("%s: %d %v", path, res.StatusCode, res.Header)
		}
	}
}

func TestAPI(t *testing.T) {
	c := filled(t, Options{}, 3)
	h := c.Handler()
	_, body := get(t, h, "GET", "/api/messages?to=p2@example.org")
	var list []map[string]any
	if err := json.Unmarshal([]byte(body), &list); err != nil || len(list) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	m := list[0]
	file := m["attachments"].([]any)[0].(map[string]any)
	if m["id"] != "000003" || m["subject"] != "Größe <script>" || m["at"] != "2026-11-22T12:00:03Z" || m["from"] != "post@zahlziel.example" ||
		file["name"] != `x"y.html` || file["url"] != "m/000003/a/0" || file["size"] != 25.0 {
		t.Errorf("got %v", m)
	}
	if res, _ := get(t, h, "GET", "/"+file["url"].(string)); res.StatusCode != 200 {
		t.Error("the url of the attachment leads nowhere")
	}
	if res, _ := get(t, h, "DELETE", "/api/messages"); res.StatusCode != 204 || len(c.Messages("")) != 0 {
		t.Error("DELETE left something")
	}
	if _, body = get(t, h, "GET", "/api/messages"); strings.TrimSpace(body) != "[]" {
		t.Errorf("an empty list is %s", body)
	}
}

func TestOtherSitesCannotClear(t *testing.T) {
	c := filled(t, Options{}, 1)
	res, _ := get(t, c.Handler(), "POST", "/clear", "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != 403 || len(c.Messages("")) != 1 {
		t.Errorf("status %d", res.StatusCode)
	}
}

// TestUnderPrefix follows every link of both pages on a server that mounts the mailbox below /mailbox/.
func TestUnderPrefix(t *testing.T) {
	c := filled(t, Options{}, 2)
	main := http.NewServeMux()
	main.Handle("/mailbox/", http.StripPrefix("/mailbox", c.Handler()))
	server := httptest.NewServer(main)
	defer server.Close()
	target := regexp.MustCompile(`(?:href|action)="([^"]+)"`)
	for _, page := range []string{"/mailbox", "/mailbox/", "/mailbox/m/000001"} {
		res, err := http.Get(server.URL + page)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		for _, found := range target.FindAllStringSubmatch(string(body), -1) {
			link, err := res.Request.URL.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
			if err != nil {
				t.Fatal(err)
			}
			if link.Host != res.Request.URL.Host || found[1] == "clear" {
				continue
			}
			answer, err := http.Get(link.String())
			if err != nil || answer.StatusCode != 200 || !strings.HasPrefix(link.Path, "/mailbox/") {
				t.Errorf("%s: link %s leads to %s: %v", page, found[1], link, answer.Status)
			}
			answer.Body.Close()
		}
	}
	res, err := http.Post(server.URL+"/mailbox/clear", "", nil)
	if err != nil || res.Request.URL.Path != "/mailbox/" || len(c.Messages("")) != 0 {
		t.Errorf("clear led to %v, %v", res.Request.URL, err)
	}
	res.Body.Close()
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(nasty))
	f.Fuzz(func(_ *testing.T, raw []byte) { parse(raw) })
}
