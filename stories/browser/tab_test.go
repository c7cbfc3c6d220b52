package browser_test

import (
	"context"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browserCtx is the one browser; every tab has cookies of its own in it.
var browserCtx context.Context

// startBrowser starts chromium so that it speaks to loopback only and keeps nothing.
func startBrowser(profile string) (stop func(), err error) {
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(profile),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("disable-site-isolation-trials", true), // frames of other sites stay in the tab's own process, where its debugger reaches them
		chromedp.Flag("font-render-hinting", "none"), chromedp.Flag("lang", "de"), chromedp.WSURLReadTimeout(time.Minute))
	ctx, stopAll := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, stopTab := chromedp.NewContext(ctx)
	if err := chromedp.Do(ctx); err != nil {
		stopAll()
		return nil, fmt.Errorf("chromium does not start: %w", err)
	}
	browserCtx = ctx
	return func() { stopTab(); stopAll() }, nil
}

// action is one act in the browser.
type action = chromedp.Action[chromedp.Void]

// patience is how long one step may take on a busy machine.
const patience = 40 * time.Second

// firstViewMax is what a page may transfer with everything it needs.
const firstViewMax = 60 << 10

//go:embed testdata/inspect.js
var inspectJS string

// tab is one person's browser. It looks at every page it comes to.
type tab struct {
	t    *testing.T
	ctx  context.Context
	lang string // that the pages must have

	mu       sync.Mutex
	problems []string
	bytes    float64 // transferred for the page
	loader   cdp.LoaderID

	elsewhere string // another origin that the story is about

	byHand bool // the keyboard leads: nothing else moves the focus
}

var visitors int

// newTab opens a browser with empty cookies that prefers a language.
func newTab(t *testing.T, lang string) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browserCtx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx, lang: lang}
	must(t, chromedp.Do(ctx))
	must(t, chromedp.Listen(ctx, b.hear))
	visitors++
	headers := network.Headers{"X-Forwarded-For": fmt.Sprintf("198.51.100.%d", visitors), "Accept-Language": lang}
	b.do(
		call(log.Enable, cdp.Empty{}),
		call(network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}),
		call(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers}),
		call(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}),
		chromedp.EmulateViewport(1280, 900),
	)
	_, err := chromedp.Run(ctx, command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))`}))
	must(t, err)
	t.Cleanup(func() { b.report("at the end") })
	return b
}

// call is a protocol command without an answer.
func call[P any](c cdp.Command[P, cdp.Empty], params P) action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, c, params)
		return err
	})
}

// command is a protocol command with an answer.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[R] {
	return func(ctx context.Context, target *chromedp.Target) (R, error) { return cdp.Call(ctx, target, c, params) }
}

// withoutScript switches the page's script off; the stories still look by the debugger.
func (b *tab) withoutScript() *tab {
	b.do(call(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	return b
}

// hear collects what the browser complains about and what it transfers.
func (b *tab) hear(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *log.EventEntryAdded:
		// An answer like 422 to a form is the page's own and judged by its status.
		if x := e.Entry; x.Level == "error" && !strings.HasPrefix(x.Text, "Failed to load resource: the server responded with a status of 4") {
			b.problems = append(b.problems, fmt.Sprintf("%s error: %s %s", x.Source, x.Text, x.URL))
		}
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, fmt.Sprintf("the page writes to the console: %s", mustJSON(e.Args)))
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "exception: "+e.ExceptionDetails.Text)
	case *network.EventRequestWillBeSent:
		if !strings.HasPrefix(e.Request.URL, program.url+"/") && !strings.HasPrefix(e.Request.URL, "data:") &&
			(b.elsewhere == "" || !strings.HasPrefix(e.Request.URL, b.elsewhere+"/")) {
			b.problems = append(b.problems, "request to "+e.Request.URL)
		}
		if e.Type == network.ResourceTypeDocument && e.LoaderID != b.loader {
			b.loader, b.bytes = e.LoaderID, 0
		}
	case *network.EventLoadingFinished:
		b.bytes += e.EncodedDataLength
	case *network.EventLoadingFailed:
		if !e.Canceled {
			b.problems = append(b.problems, "loading failed: "+e.ErrorText)
		}
	}
}

func mustJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// report fails the test with what was heard so far.
func (b *tab) report(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.problems {
		b.t.Errorf("%s: %s", where, p)
	}
	b.problems = nil
}

func (b *tab) do(steps ...action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v\n%s", b.place(), err, b.dump())
	}
}

// eval runs an expression in the page.
func eval[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %s: %v", b.place(), expression, err)
	}
	return v
}

// load does steps that lead to another page, waits for it, and looks at it.
func (b *tab) load(status int64, steps ...action) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	res, err := chromedp.RunResponse(ctx, steps...)
	if err != nil {
		b.t.Fatalf("no page after a step on %s: %v\n%s", b.place(), err, b.dump())
	}
	if res != nil && res.Status != status {
		b.t.Fatalf("%s answers %d, want %d\n%s\n%s", res.URL, res.Status, status, b.dump(), program.log.String())
	}
	b.inspect()
}

// open goes to a path.
func (b *tab) open(path string) { b.t.Helper(); b.load(200, chromedp.Navigate(b.address(path))) }

func (b *tab) address(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return program.url + path
}

// click presses what the selector finds and waits for the page it leads to.
func (b *tab) click(css string) { b.t.Helper(); b.clickTo(200, css) }

// clickTo is click with the status of the page.
func (b *tab) clickTo(status int64, css string) {
	b.t.Helper()
	b.need(css)
	b.load(status, chromedp.Click(chromedp.CSS(css)))
}

// tick chooses a box or a card on the page.
func (b *tab) tick(css string) { b.t.Helper(); b.need(css); b.do(chromedp.Click(chromedp.CSS(css))) }

// fill types into an empty field.
func (b *tab) fill(css, text string) {
	b.t.Helper()
	b.need(css)
	b.do(chromedp.Clear(chromedp.CSS(css)), chromedp.SendKeys(chromedp.CSS(css), text))
}

// need fails at once, with the page, when an element is missing: all pages are complete when they are loaded.
func (b *tab) need(css string) {
	b.t.Helper()
	if !b.has(css) {
		b.t.Fatalf("%s has no %s\n%s", b.place(), css, b.dump())
	}
}

func (b *tab) has(css string) bool {
	return eval[bool](b, "document.querySelector("+strconv.Quote(css)+") !== null")
}

// text is what a person reads in an element.
func (b *tab) text(css string) string {
	b.t.Helper()
	b.need(css)
	return eval[string](b, "document.querySelector("+strconv.Quote(css)+").innerText")
}

// says fails unless the page's main part contains all texts.
func (b *tab) says(texts ...string) {
	b.t.Helper()
	have := plain(b.text("main"))
	for _, want := range texts {
		if !strings.Contains(have, plain(want)) {
			b.t.Errorf("%s does not say %q:\n%s", b.place(), want, have)
		}
	}
}

// plain makes blanks that only typography needs comparable.
func plain(s string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u00ad", "").Replace(s)), " ")
}

// attr is an attribute of the first element that the selector finds.
func (b *tab) attr(css, name string) string {
	b.t.Helper()
	b.need(css)
	return eval[string](b, fmt.Sprintf("document.querySelector(%q).getAttribute(%q) ?? ''", css, name))
}

// linkTo finds a link or button by its words and returns a selector for it.
func (b *tab) linkTo(words string) string {
	b.t.Helper()
	found := eval[bool](b, fmt.Sprintf(`(() => { const e = [...document.querySelectorAll('a, button')].find(e => e.innerText.replace(/\s+/g, ' ').includes(%q)); e?.setAttribute('data-story', %q); return !!e })()`, words, words))
	if !found {
		b.t.Fatalf("%s has no link or button %q\n%s", b.place(), words, b.dump())
	}
	return fmt.Sprintf("[data-story=%q]", words)
}

// path is where the tab is.
func (b *tab) path() string {
	u, err := url.Parse(b.place())
	must(b.t, err)
	return u.Path
}

func (b *tab) place() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return at
}

// dump is the text of the page for messages.
func (b *tab) dump() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ''`))
	if err != nil {
		return err.Error()
	}
	return text
}

// download reads a file with the cookies of the tab.
func (b *tab) download(path string) []byte {
	b.t.Helper()
	js := fmt.Sprintf(`fetch(%q).then(r => r.ok ? r.bytes() : Promise.reject(r.status)).then(b => b.toBase64())`, path)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise))
	must(b.t, err)
	data, err := base64.StdEncoding.DecodeString(text)
	must(b.t, err)
	return data
}

// prefer shows the page in a colour scheme.
func prefer(scheme string) action {
	return call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
}

// widths are a phone, a desktop zoomed to 200 %, and a desktop.
var widths = []int64{360, 640, 1280}

// judged are the kinds of page that were looked at closely: their path without ids, language and parts.
var judged = map[string]bool{}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|\d{6}|B-\d+`)

// inspect judges a page: language and complaints always, and once for every kind of page size, widths, contrast in both schemes, targets and focus.
func (b *tab) inspect() {
	b.t.Helper()
	where := b.path()
	b.report(where)
	if got := eval[string](b, "document.documentElement.lang"); got != b.lang {
		b.t.Errorf("%s speaks %q, want %q", where, got, b.lang)
	}
	key := anyID.ReplaceAllString(where, "{id}") + eval[string](b, "' ' + document.documentElement.lang + document.querySelectorAll('main section, main form, main .card, main .field-error').length")
	if judged[key] {
		return
	}
	judged[key] = true
	b.mu.Lock()
	transferred := b.bytes
	b.mu.Unlock()
	if transferred > firstViewMax {
		b.t.Errorf("%s transfers %.0f bytes, at most %d", where, transferred, firstViewMax)
	}
	b.judge(where, "frame")
	b.do(prefer("dark"))
	b.judge(where+" in dark", "contrast")
	b.do(prefer("light"))
	b.judge(where, "contrast")
	for _, w := range widths {
		b.do(chromedp.EmulateViewport(w, 900))
		b.judge(where, "width")
		if w == widths[0] {
			b.judge(where, "targets")
		}
	}
	if !b.byHand {
		b.do(chromedp.KeyEvent("\t"))
		b.judge(where, "focus")
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

func (b *tab) judge(where, what string) {
	b.t.Helper()
	for _, problem := range eval[[]string](b, "("+strings.TrimSuffix(strings.TrimSpace(inspectJS[strings.Index(inspectJS, "(() =>"):]), ";")+")."+what+"()") {
		b.t.Errorf("%s: %s", where, problem)
	}
}
