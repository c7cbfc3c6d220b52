package webtest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// Action is one act in the browser, for example Click.
type Action = chromedp.Action[chromedp.Void]

// Shot is one page to look at. Cookies are set first; After runs once the page is there.
type Shot struct {
	Name    string
	URL     string
	Cookies map[string]string
	After   []Action
}

// Click presses what the CSS selector finds.
func Click(selector string) Action { return chromedp.Click(chromedp.CSS(selector)) }

// OpenAll opens every folded part of the page.
var OpenAll = chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`(document.querySelectorAll('details').forEach(d => { d.open = true }), true)`))
	return err
})

// WaitFor waits until the CSS selector finds something to see.
func WaitFor(selector string) Action { return chromedp.WaitVisible(chromedp.CSS(selector)) }

// shotDir receives the pictures: bin/ is not kept in the repository.
const shotDir = "bin/shots"

// widths are the phone and the desk that every page must fit.
var widths = []int64{360, 1280}

// Shots takes each page at 360 and 1280 pixels, in both languages and both schemes, and fails if
// a page scrolls sideways. It runs on request only (make shots), because it needs a browser.
// root is the way from the package to the root of the repository.
func Shots(t *testing.T, root string, shots []Shot) {
	t.Helper()
	if os.Getenv("ZAHLZIEL_UPDATE_SHOTS") == "" {
		return
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.Flag("disable-gpu", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	defer cancel()
	ctx, cancelTab := chromedp.NewContext(ctx)
	defer cancelTab()
	ctx, cancelTime := context.WithTimeout(ctx, 10*time.Minute)
	defer cancelTime()
	dir := filepath.Join(root, shotDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, s := range shots {
		for _, width := range widths {
			for _, lang := range []string{"de", "en"} {
				for _, scheme := range []string{"light", "dark"} {
					file := filepath.Join(dir, s.Name+"-"+strconv.FormatInt(width, 10)+"-"+lang+"-"+scheme+".png")
					shoot(ctx, t, s, width, lang, scheme, file)
				}
			}
		}
	}
}

func shoot(ctx context.Context, t *testing.T, s Shot, width int64, lang, scheme, file string) {
	t.Helper()
	steps := []Action{chromedp.EmulateViewport(width, 800), prefer(scheme)}
	for name, value := range s.Cookies {
		steps = append(steps, cookie(name, value, s.URL))
	}
	steps = append(steps, chromedp.Navigate(withLang(s.URL, lang)))
	if err := chromedp.Do(ctx, append(steps, s.After...)...); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	wide, err := chromedp.Run(ctx, chromedp.Evaluate[int64](`document.documentElement.scrollWidth`))
	if err != nil || wide > width {
		t.Errorf("%s: the page is %d pixels wide and scrolls sideways (%v)", file, wide, err)
	}
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		t.Fatal(err)
	}
}

// withLang asks for a page in a language.
func withLang(address, lang string) string {
	mark := "?"
	if strings.Contains(address, "?") {
		mark = "&"
	}
	return address + mark + "lang=" + lang
}

func cookie(name, value, url string) Action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: url})
		return err
	})
}

func prefer(scheme string) Action {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
		})
		return err
	})
}
