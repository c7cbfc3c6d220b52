package bankfile

import (
	"os"
	"path/filepath"
	"testing"
)

const data = "../../shared/data"

// sample returns the path of a sample file or skips where the samples are not present.
func sample(t testing.TB, parts ...string) string {
	t.Helper()
	if _, err := os.Stat(data); err != nil {
		t.Skip("the sample files in ../shared/data are missing")
	}
	return filepath.Join(append([]string{data}, parts...)...)
}
