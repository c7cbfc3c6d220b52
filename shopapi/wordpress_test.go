package shopapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pluginHosts are the hosts that payment plugins have fixed: three regions, each with its playground, and that of the script.
var pluginHosts = []string{"api.klarna.com", "api-na.klarna.com", "api-oc.klarna.com", "api.playground.klarna.com", "api-na.playground.klarna.com",
	"api-oc.playground.klarna.com", "x.klarnacdn.net"}

// env names the folder of an unpacked WordPress.
const envWordPress = "ZAHLZIEL_TEST_WORDPRESS"

// wpCall is a call of a payment plugin inside WordPress; wpAnswer is where it went and what came back.
type wpCall struct {
	What string         `json:"what"` // request, script, redirect
	URL  string         `json:"url"`
	Args map[string]any `json:"args,omitempty"`
	Send bool           `json:"send,omitempty"`
}

type wpAnswer struct {
	URL  string `json:"url"`
	Args *struct {
		Method      string `json:"method"`
		Body        any    `json:"body"`
		Headers     any    `json:"headers"`
		Redirection int    `json:"redirection"`
		Unsafe      bool   `json:"reject_unsafe_urls"`
	} `json:"args"`
	Problem string `json:"problem"`
	Status  int    `json:"status"`
	Body    string `json:"body"`
}

// pluginFiles are the plugin and what plays it. They are read, so that go test runs again after a change of them.
func pluginFiles(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.php", "testdata/*.php"} {
		names, err := filepath.Glob(filepath.Join("..", "integrations", "wordpress", pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("no files %s: %v", pattern, err)
		}
		all = append(all, names...)
	}
	for _, name := range all {
		if _, err := os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// TestWordPressPluginIsPHP lints the plugin.
func TestWordPressPluginIsPHP(t *testing.T) {
	for _, name := range pluginFiles(t) {
		if out, err := exec.Command("php", "-l", name).CombinedOutput(); err != nil {
			t.Errorf("%v (php is in the Debian package php-cli): %s", err, out)
		}
	}
}

// player plays calls through the plugin and returns what became of each.
type player func(t *testing.T, from, to string, calls ...wpCall) []wpAnswer

// playIn plays with stand-ins for WordPress's functions, or in the WordPress of a folder.
func playIn(folder ...string) player {
	return func(t *testing.T, from, to string, calls ...wpCall) []wpAnswer {
		t.Helper()
		pluginFiles(t)
		in, err := json.Marshal(map[string]any{"from": from, "to": to, "calls": calls})
		if err != nil {
			t.Fatal(err)
		}
		var out, complaints bytes.Buffer
		cmd := exec.Command("php", append([]string{filepath.Join("..", "integrations", "wordpress", "testdata", "drive.php")}, folder...)...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, &complaints
		var answers []wpAnswer
		if err := cmd.Run(); err != nil || complaints.Len() > 0 || json.Unmarshal(out.Bytes(), &answers) != nil || len(answers) != len(calls) {
			t.Fatalf("%v (php is in the Debian package php-cli): %s%s", err, complaints.String(), out.String())
		}
		return answers
	}
}

// unpackedWordPress is its folder.
func unpackedWordPress(t *testing.T) string {
	folder := os.Getenv(envWordPress)
	if folder == "" {
		t.Skip(envWordPress + " is not set: unpack WordPress and set it to its folder, or run `make check`")
	}
	return folder
}

// inWordPress runs a test with stand-ins for WordPress's functions and in WordPress's own HTTP layer.
func inWordPress(t *testing.T, test func(t *testing.T, play player)) {
	t.Run("stand-ins", func(t *testing.T) { test(t, playIn()) })
	t.Run("WordPress", func(t *testing.T) { test(t, playIn(unpackedWordPress(t))) })
}

func request(url string) wpCall { return wpCall{What: "request", URL: url} }

// TestWordPressPluginRemapsHosts: every fixed host leads to the server with path, query and credentials, nothing else does.
func TestWordPressPluginRemapsHosts(t *testing.T) {
	const to = "https://pay.example.org:8443"
	inWordPress(t, func(t *testing.T, play player) {
		want := map[string]string{
			"https://API.klarna.com/x":                            to + "/x",
			"https://api.klarna.com./x":                           to + "/x",
			"https://api.klarna.com:443/x":                        to + "/x",
			"http://api.klarna.com/x":                             to + "/x",
			"https://api.klarna.com":                              to + "/",
			"https://api.klarna.com?a=b":                          to + "/?a=b",
			"https://api.klarna.com//a//b/%C3%BC?q=1&r=%26&s=a+b": to + "//a//b/%C3%BC?q=1&r=%26&s=a+b",
			"https://user:p%40ss@api.klarna.com/x":                "https://user:p%40ss@pay.example.org:8443/x",
			"https://user@api.klarna.com/x":                       "https://user@pay.example.org:8443/x",
			"https://other.example.org/api.klarna.com":            "https://other.example.org/api.klarna.com",
			"https://api.klarna.com.evil.example/x":               "https://api.klarna.com.evil.example/x",
			"https://xapi.klarna.com/x":                           "https://xapi.klarna.com/x",
			"https://api.klarna.com@evil.example/x":               "https://api.klarna.com@evil.example/x",
			"http://other.example.org/x?u=https://api.klarna.com": "http://other.example.org/x?u=https://api.klarna.com",
		}
		for _, host := range pluginHosts {
			want["https://"+host+"/payments/v1/sessions?a=1"] = to + "/payments/v1/sessions?a=1"
		}
		var calls []wpCall
		for url := range want {
			calls = append(calls, request(url))
		}
		from := strings.Join(pluginHosts, ", ")
		for i, a := range play(t, from, to, calls...) {
			if url := calls[i].URL; a.URL != want[url] {
				t.Errorf("%s leads to %s %s, want %s", url, a.URL, a.Problem, want[url])
			}
		}
		call := wpCall{"request", "https://api.klarna.com/x", map[string]any{"method": "POST", "body": "{}", "reject_unsafe_urls": true, "redirection": 5,
			"headers": map[string]string{"HOST": "api.klarna.com", "Authorization": "Basic abc"}}, false}
		a := play(t, from, to, call)[0]
		if h, ok := a.Args.Headers.(map[string]any); !ok || len(h) != 1 || h["Authorization"] != "Basic abc" || a.Args.Method != "POST" || a.Args.Body != "{}" || a.Args.Redirection != 0 || a.Args.Unsafe {
			t.Errorf("the call goes out as %+v", a.Args)
		}
		for i, a := range play(t, from, to, wpCall{What: "script", URL: "https://x.klarnacdn.net/kp/lib/v1/api.js?ver=6"}, wpCall{What: "script", URL: "https://cdn.example.org/a.js"},
			wpCall{What: "redirect", URL: to + "/checkout/pages/1"}, wpCall{What: "redirect", URL: "https://api.klarna.com/x"}) {
			if want := []string{to + "/kp/lib/v1/api.js?ver=6", "https://cdn.example.org/a.js", to + "/checkout/pages/1", "refused"}[i]; a.URL != want {
				t.Errorf("script or redirect %d leads to %s, want %s", i, a.URL, want)
			}
		}
	})
}

// TestWordPressPluginAcceptsOnlyAServer: with any other setting no call leaves the house.
func TestWordPressPluginAcceptsOnlyAServer(t *testing.T) {
	inWordPress(t, func(t *testing.T, play player) {
		const here = "https://api.klarna.com/x"
		for _, to := range []string{"", "pay.example.org", "http://pay.example.org", "ftp://pay.example.org", "https://pay.example.org/base", "https://pay.example.org?x=1",
			"https://pay.example.org#x", "https://u:p@pay.example.org", "https://API.klarna.com", "https://api.klarna.com.", "https://", "javascript:alert(1)", "http://127.0.0.1.example.org"} {
			if a := play(t, "api.klarna.com", to, request(here))[0]; a.URL != "" || !strings.Contains(a.Problem, "ZAHLZIEL_TO") {
				t.Errorf("with %q the call goes to %q: %q", to, a.URL, a.Problem)
			}
			if a := play(t, "api.klarna.com", to, wpCall{What: "script", URL: here})[0]; a.URL != "" {
				t.Errorf("with %q the script comes from %q", to, a.URL)
			}
		}
		for to, want := range map[string]string{"https://pay.example.org/": "https://pay.example.org/x", "http://127.0.0.1:8080": "http://127.0.0.1:8080/x", "http://localhost:80": "http://localhost:80/x"} {
			for _, from := range []string{"api.klarna.com", " https://API.klarna.com/ ,", "api.klarna.com:443", "other.example.org,api.klarna.com"} {
				if a := play(t, from, to, request(here))[0]; a.URL != want {
					t.Errorf("from %q to %q leads to %q: %q", from, to, a.URL, a.Problem)
				}
			}
		}
		if a := play(t, "", "https://pay.example.org", request(here))[0]; a.URL != here {
			t.Errorf("without hosts the call leads to %s", a.URL)
		}
	})
}

// TestWordPressReachesTheServer opens a session from inside WordPress with the secret of a shop.
func TestWordPressReachesTheServer(t *testing.T) {
	folder := unpackedWordPress(t)
	w := newWorld(t)
	server := httptest.NewServer(w.api)
	defer server.Close()
	basic := func(secret string) map[string]string {
		return map[string]string{"Content-Type": "application/json", "Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("shop:"+secret))}
	}
	const body = `{"purchase_country":"DE","purchase_currency":"EUR","locale":"de-DE","order_amount":1000,"order_tax_amount":0,"order_lines":[{"name":"X","quantity":1,"unit_price":1000,"total_amount":1000,"tax_rate":0,"total_tax_amount":0}]}`
	call := func(secret string) wpCall {
		return wpCall{"request", "https://api.klarna.com/payments/v1/sessions", map[string]any{"method": "POST", "body": body, "headers": basic(secret), "reject_unsafe_urls": true}, true}
	}
	answers := playIn(folder)(t, "api.klarna.com", server.URL, call(w.secrets["shop"]), call("wrong"))
	if a := answers[0]; a.Status != 200 || !strings.Contains(a.Body, `"session_id"`) {
		t.Errorf("the session: %d %s %s", a.Status, a.Body, a.Problem)
	}
	if a := answers[1]; a.Status != 401 {
		t.Errorf("a wrong secret: %d %s", a.Status, a.Problem)
	}
}
