package browser_test

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// The pictures live in shotDir; what differs is left in failedDir to be looked at.
const (
	shotDir   = "testdata/shots"
	failedDir = "../../bin/shots/failed"
	updateEnv = "ZAHLZIEL_UPDATE_SHOTS"
)

// A picture may differ by this much: the mean over all pixels and channels, as a share of full contrast.
// One other word is below it, a box in another place is not.
const shotTolerance = 0.012

// heightTolerance is how much longer or shorter a page may have become.
const heightTolerance = 0.02

// readme are the pictures of the project's front page: where each is kept and what stands at its top.
var readme = map[string][2]string{"checkout-choose-en": {"../../docs/checkout.png", "body"}, "standing-en": {"../../docs/standing.png", "section[aria-labelledby=points-title]"}}

//go:embed testdata/mask.js
var maskJS string

// fontPath serves the papers' font to the pages that are pictured.
const fontPath = "/story-fonts/"

// frozenFont sets the page in the font that the papers carry, so that pictures do not depend on the machine's fonts.
const frozenFont = `(async () => {
  for (const [weight, name] of [['400', 'Regular'], ['700', 'Bold']]) {
    const file = await fetch('` + fontPath + `LiberationSans-' + name + '.ttf', { cache: 'force-cache' });
    document.fonts.add(await new FontFace('Shot', await file.arrayBuffer(), { weight }).load());
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(':root { --font: Shot; --mono: Shot } body { font-family: Shot } *, *::before, *::after { transition: none !important; caret-color: transparent !important }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return document.fonts.ready.then(() => true);
})()`

// shot compares the page at both widths in both languages with the pictures, and comes back to German.
// The name "dark" among the schemes adds the dark scheme in German.
func (b *tab) shot(name string, schemes ...string) {
	b.t.Helper()
	for _, lang := range []string{"en", "de"} {
		b.lang = lang
		b.open(withLang(b.place(), lang))
		b.picture(name + "-" + lang)
	}
	for _, scheme := range schemes {
		b.do(prefer(scheme))
		b.picture(name + "-de-" + scheme)
		b.do(prefer("light"))
	}
	b.open(b.place())
}

func withLang(address, lang string) string {
	for _, l := range []string{"de", "en"} {
		address = strings.NewReplacer("?lang="+l, "?lang="+lang, "&lang="+l, "&lang="+lang).Replace(address)
	}
	switch {
	case strings.Contains(address, "lang="):
		return address
	case strings.Contains(address, "?"):
		return address + "&lang=" + lang
	}
	return address + "?lang=" + lang
}

// picture takes the page as it stands at both widths, with what differs from run to run masked.
func (b *tab) picture(name string) {
	b.t.Helper()
	b.evalAsync(frozenFont)
	eval[int](b, maskJS)
	for _, width := range []int64{360, 1280} {
		b.do(chromedp.EmulateViewport(width, 800))
		file := fmt.Sprintf("%s-%d.png", name, width)
		b.compare(file, b.capture(true))
	}
	if r, ok := readme[name]; ok && os.Getenv(updateEnv) != "" {
		b.do(chromedp.EmulateViewport(1280, 1050))
		eval[bool](b, fmt.Sprintf(`(scrollTo(0, document.querySelector(%q).offsetTop - 24), true)`, r[1]))
		keep(b.t, r[0], b.capture(false))
	}
	b.do(chromedp.EmulateViewport(1280, 900))
}

// evalAsync waits for a promise of the page.
func (b *tab) evalAsync(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](expression, chromedp.EvalAwaitPromise))
	must(b.t, err)
}

// capture takes the whole page or what the window shows of it.
func (b *tab) capture(whole bool) image.Image {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	yes := true
	got, err := chromedp.Run(ctx, command(page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng, CaptureBeyondViewport: &whole, FromSurface: &yes, OptimizeForSpeed: &yes}))
	must(b.t, err)
	return decode(b.t, got.Data)
}

func decode(t testing.TB, b []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	must(t, err)
	return img
}

// compare judges a picture, or keeps it as the new one.
func (b *tab) compare(file string, got image.Image) {
	b.t.Helper()
	golden := filepath.Join(shotDir, file)
	if os.Getenv(updateEnv) != "" {
		keep(b.t, golden, got)
		return
	}
	kept, err := os.ReadFile(golden)
	if err != nil {
		b.t.Errorf("there is no picture %s: look at the page and run make shots", golden)
		return
	}
	if problem := differs(decode(b.t, kept), got); problem != "" {
		failed := filepath.Join(failedDir, file)
		keep(b.t, failed, got)
		b.t.Errorf("%s: %s; the page now looks like %s (make shots accepts it)", golden, problem, failed)
	}
}

// differs says in what way two pictures are not alike, or nothing.
func differs(want, got image.Image) string {
	w, g := want.Bounds(), got.Bounds()
	if w.Dx() != g.Dx() {
		return fmt.Sprintf("%d pixels wide, want %d", g.Dx(), w.Dx())
	}
	if off := abs(g.Dy() - w.Dy()); float64(off) > heightTolerance*float64(w.Dy()) {
		return fmt.Sprintf("%d pixels high, want %d", g.Dy(), w.Dy())
	}
	x, y := flat(want), flat(got)
	n := min(len(x), len(y))
	sum := 0
	for i := range n {
		sum += abs(int(x[i]) - int(y[i]))
	}
	if mean := float64(sum) / float64(n) / 255; mean > shotTolerance {
		return fmt.Sprintf("differs by %.2f %%, at most %.2f %%", 100*mean, 100*shotTolerance)
	}
	return ""
}

// flat are the colour values of a picture.
func flat(img image.Image) []byte {
	if c, ok := img.(*image.RGBA); ok {
		return c.Pix
	}
	c := image.NewRGBA(img.Bounds())
	draw.Draw(c, c.Bounds(), img, img.Bounds().Min, draw.Src)
	return c.Pix
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// keep writes a picture in the colours that occur most, which halves its size.
func keep(t testing.TB, file string, img image.Image) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(file), 0o755))
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	must(t, encoder.Encode(&out, reduced(img, 64)))
	must(t, os.WriteFile(file, out.Bytes(), 0o644))
}

// reduced is a picture in its n most frequent colours.
func reduced(img image.Image, n int) *image.Paletted {
	count := map[color.RGBA]int{}
	r := img.Bounds()
	rgba := image.NewRGBA(r)
	draw.Draw(rgba, r, img, r.Min, draw.Src)
	for i := 0; i < len(rgba.Pix); i += 4 {
		count[color.RGBA{rgba.Pix[i], rgba.Pix[i+1], rgba.Pix[i+2], 255}]++
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	sort.Slice(colours, func(i, j int) bool {
		a, b := colours[i], colours[j]
		if count[a] != count[b] {
			return count[a] > count[b]
		}
		return uint32(a.R)<<16|uint32(a.G)<<8|uint32(a.B) < uint32(b.R)<<16|uint32(b.G)<<8|uint32(b.B)
	})
	var palette color.Palette
	for _, c := range colours[:min(n, len(colours))] {
		palette = append(palette, c)
	}
	out := image.NewPaletted(r, palette)
	nearest := map[color.RGBA]uint8{}
	for i := 0; i < len(rgba.Pix); i += 4 {
		c := color.RGBA{rgba.Pix[i], rgba.Pix[i+1], rgba.Pix[i+2], 255}
		k, ok := nearest[c]
		if !ok {
			k = uint8(palette.Index(c))
			nearest[c] = k
		}
		out.Pix[i/4] = k
	}
	return out
}
