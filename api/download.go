package api

import (
	"io"
	"mime"
	"net/http"
)

// download is an answer that is a file. write puts its bytes out; what it returns before the first byte is answered as a
// problem like any error.
type download struct {
	media, name string
	write       func(io.Writer) error
}

// bytesOf is a download that is there already.
func bytesOf(media, name string, body []byte) download {
	return download{media, name, func(w io.Writer) error { _, err := w.Write(body); return err }}
}

// send streams a download. A failure in the middle tears the connection: a caller must not take half a file for a whole one.
func (h handlers) send(a *ask, d download) {
	to := &lateWriter{w: a.w, begin: func(header http.Header) {
		header.Set("Content-Type", d.media)
		header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": d.name}))
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	}}
	err := d.write(to)
	switch {
	case err == nil || to.gone:
	case !to.begun:
		h.problem(a.w, a.r, err)
	default:
		h.app.Log.ErrorContext(a.r.Context(), "download broken off", "error", err, "pattern", a.r.Pattern)
		panic(http.ErrAbortHandler)
	}
}

// lateWriter sends the head of an answer with its first byte.
type lateWriter struct {
	w     http.ResponseWriter
	begin func(http.Header)
	begun bool
	gone  bool // the caller went away, which is not our fault
}

func (l *lateWriter) Write(b []byte) (int, error) {
	if !l.begun {
		l.begin(l.w.Header())
		l.begun = true
	}
	n, err := l.w.Write(b)
	l.gone = l.gone || err != nil
	return n, err
}
