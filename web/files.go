package web

import (
	"mime"
	"net/http"
	"strconv"
)

// SendFile sends a file to be kept: no cache may hold it and no browser shows it in place.
func SendFile(w http.ResponseWriter, media, name string, body []byte) error {
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	_, err := w.Write(body)
	return err
}
