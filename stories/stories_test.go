package stories

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestStories runs every script of this folder.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "."})
}
