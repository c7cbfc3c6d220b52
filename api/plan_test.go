package api

import (
	"strings"
	"testing"

	"zahlziel/store/storetest"
	"zahlziel/web/portal/worldtest"
)

// asked is a call by which an operation succeeds.
type asked struct{ op, path, body string }
