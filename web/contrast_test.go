package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pairs are the text and ground colours that meet on pages.
var pairs = [][2]string{
	{"ink", "ground"}, {"ink", "paper"}, {"grey", "ground"}, {"grey", "paper"}, {"accent", "ground"}, {"accent", "paper"},
	{"on-accent", "accent"}, {"on-accent", "accent-strong"}, {"accent-strong", "accent-soft"}, {"ink", "accent-soft"},
	{"info", "info-soft"}, {"success", "success-soft"}, {"caution", "caution-soft"}, {"error", "error-soft"}, {"error", "paper"},
	{"ink", "info-soft"}, {"ink", "caution-soft"}, {"focus-ink", "focus"}, {"ink", "line"}, {"grey", "accent-soft"},
}

var token = regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`)

// TestContrast holds every pair of both schemes to the 4.5:1 that WCAG 2.1 AA wants of text.
func TestContrast(t *testing.T) {
	css, err := assetFiles.ReadFile("assets/10-tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, found := strings.Cut(string(css), "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	colours := map[string]string{}
	read(colours, light)
	check(t, "light", colours)
	read(colours, dark)
	check(t, "dark", colours)
}

func read(colours map[string]string, scheme string) {
	for _, m := range token.FindAllStringSubmatch(scheme, -1) {
		colours[m[1]] = m[2]
	}
}

func check(t *testing.T, scheme string, colours map[string]string) {
	t.Helper()
	for _, p := range pairs {
		a, b := luminance(colours[p[0]]), luminance(colours[p[1]])
		if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < 4.5 {
			t.Errorf("%s: %s on %s has %.2f:1, needs 4.5:1", scheme, p[0], p[1], ratio)
		}
	}
}

// luminance is the relative luminance of WCAG 2.1.
func luminance(hex string) float64 {
	part := func(i int) float64 {
		n, err := strconv.ParseUint(hex[i:i+2], 16, 8)
		if err != nil {
			panic("colour " + hex)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(1) + 0.7152*part(3) + 0.0722*part(5)
}
