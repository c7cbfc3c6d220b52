package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"sort"
	"strings"
	"time"
)

//go:embed assets
var assetFiles embed.FS

// Assets serves the static files of the house. The style sheets assets/*.css are joined, in the
// order of their names, into one app.css.
var Assets = mustAssets(assetFiles, "assets", "/assets/", "app.css")

// StaticFiles are files under addresses that carry a digest of their content, so that a browser may
// keep them for ever and still sees a new version at once.
type StaticFiles struct {
	prefix string
	files  map[string][]byte // by name
	digest map[string]string // by name
}

// NewStaticFiles reads the folder dir of fsys, to be served under prefix ("/assets/").
// All style sheets become the one file named css.
func NewStaticFiles(fsys fs.FS, dir, prefix, css string) (*StaticFiles, error) {
	s := &StaticFiles{prefix: prefix, files: map[string][]byte{}, digest: map[string]string{}}
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, fmt.Errorf("read static files: %w", err)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	for _, e := range entries {
		b, err := fs.ReadFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read static file %s: %w", e.Name(), err)
		}
		name := e.Name()
		if path.Ext(name) == ".css" {
			name = css
		}
		s.files[name] = append(s.files[name], b...)
	}
	for name, b := range s.files {
		sum := sha256.Sum256(b)
		s.digest[name] = hex.EncodeToString(sum[:6])
	}
	return s, nil
}

func mustAssets(fsys fs.FS, dir, prefix, css string) *StaticFiles {
	s, err := NewStaticFiles(fsys, dir, prefix, css)
	if err != nil {
		panic("web: " + err.Error())
	}
	return s
}

// Path is the address of a file: Path("app.css") is /assets/1f2e3d4c5b6a/app.css.
func (s *StaticFiles) Path(name string) string { return s.prefix + s.digest[name] + "/" + name }

// ServeHTTP answers GET <prefix><digest>/<name>; a wrong digest is not found.
func (s *StaticFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	digest, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, s.prefix), "/")
	b, ok := s.files[name]
	if !ok || digest != s.digest[name] {
		Fail(w, r, Status(http.StatusNotFound))
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(b))
}
