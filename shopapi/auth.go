package shopapi

import (
	"encoding/base64"
	"strings"
)

// basicAuth reads the user and secret of an Authorization header. It takes what old clients
// send and the standard library refuses: several blanks after the scheme, missing padding.
func basicAuth(header string) (user, secret string, ok bool) {
	scheme, encoded, found := strings.Cut(strings.TrimSpace(header), " ")
	if !found || !strings.EqualFold(scheme, "Basic") {
		return "", "", false
	}
	encoded = strings.TrimRight(strings.TrimSpace(encoded), "=")
	decoded, err := base64.RawStdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	user, secret, ok = strings.Cut(string(decoded), ":")
	return user, secret, ok && user != ""
}
