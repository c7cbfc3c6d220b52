package shopapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"zahlziel/pay"
)

func TestShimIsForEveryShopPage(t *testing.T) {
	for _, path := range []string{"/kp/lib/v1/api.js", "//kp/lib/v1/api.js"} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.URL.Path = path
		if !shim(rec, r) || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/javascript") || !strings.Contains(rec.Body.String(), "Zahlziel.Payments") {
			t.Errorf("%s: %d %v", path, rec.Code, rec.Header())
		}
	}
	if shim(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, shimPath, http.NoBody)) || shim(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/kp/lib/v1/other.js", http.NoBody)) {
		t.Error("the script answers what is not its own")
	}
}

// TestCategoriesAreThoseOfTheHouse: the tiles of this wire and the frames of the checkout sort methods alike.
func TestCategoriesAreThoseOfTheHouse(t *testing.T) {
	for method, wire := range wireMethods {
		if pay.Category(method) != wire.category {
			t.Errorf("%s is %q here and %q in the checkout", method, wire.category, pay.Category(method))
		}
	}
}
