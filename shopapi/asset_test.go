package shopapi

import (
	"encoding/xml"
	"strings"
	"testing"
)

// TestCategoryPictures: every category that a session names has a picture that anybody can load.
func TestCategoryPictures(t *testing.T) {
	w := newWorld(t)
	made := w.must(t, 200, "POST", "/payments/v1/sessions", goodCart)
	categories := made["payment_method_categories"].([]any)
	for _, c := range categories {
		urls := c.(map[string]any)["asset_urls"].(map[string]any)
		for _, kind := range []string{"descriptive", "standard"} {
			path, ok := strings.CutPrefix(urls[kind].(string), testBase)
			rec := w.call("GET", path, "", "Authorization", "")
			if !ok || rec.Code != 200 || rec.Header().Get("Content-Type") != "image/svg+xml" || xml.Unmarshal(rec.Body.Bytes(), new(struct{})) != nil {
				t.Errorf("%v: %d %s", urls, rec.Code, rec.Body)
			}
		}
	}
	if len(categories) != 2 {
		t.Errorf("categories %v", categories)
	}
	for _, m := range wireMethods {
		if glyphs[m.category] == "" {
			t.Errorf("category %s has no picture", m.category)
		}
	}
	for _, path := range []string{"/payments/assets/none.svg", "/payments/assets/", "/payments/assets/../x"} {
		if rec := w.call("GET", path, ""); rec.Code != 404 {
			t.Errorf("%s: %d", path, rec.Code)
		}
	}
}
