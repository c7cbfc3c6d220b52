package shopapi

import (
	"encoding/base64"
	"testing"
)

func TestBasicAuth(t *testing.T) {
	b64 := base64.StdEncoding.EncodeToString
	cases := []struct {
		header, user, secret string
		ok                   bool
	}{
		{"Basic " + b64([]byte("shop:secret")), "shop", "secret", true},
		{"Basic  " + b64([]byte("shop:secret")), "shop", "secret", true},
		{"  basic\t" + b64([]byte("shop:secret")), "", "", false},
		{"basic " + b64([]byte("shop:s:e:c")) + " ", "shop", "s:e:c", true},
		{"Basic c2hvcDpzZWNyZQ", "shop", "secre", true},
		{"Basic " + b64([]byte("shop:")), "shop", "", true},
		{"Basic " + b64([]byte("shop")), "", "", false},
		{"Basic " + b64([]byte(":secret")), "", "", false},
		{"Basic !!!", "", "", false},
		{"Bearer abc", "", "", false},
		{"Basic", "", "", false},
		{"", "", "", false},
	}
	for _, c := range cases {
		user, secret, ok := basicAuth(c.header)
		if ok != c.ok || ok && (user != c.user || secret != c.secret) {
			t.Errorf("%q: got %q %q %v", c.header, user, secret, ok)
		}
	}
}
