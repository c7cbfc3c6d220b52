package main

import (
	"fmt"
	"io"
	"log/slog"
	"regexp"
)

// newLog writes log lines without personal data. Our own lines name none; this catches what others put into their
// errors, for example a mail server that repeats the address it refuses.
func newLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: withoutPersons}))
}

var (
	addressOrIBAN = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}|\b[A-Z]{2}\d{2} ?([A-Z0-9]{4} ?){2,7}[A-Z0-9]{1,4}\b`)
	secretSegment = regexp.MustCompile(`/[\w-]{30,}`) // of a path: ids and tokens open pages
)

func withoutPersons(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindString && a.Value.Kind() != slog.KindAny || a.Key == "database" {
		return a
	}
	text := addressOrIBAN.ReplaceAllString(fmt.Sprint(a.Value.Any()), "[removed]")
	if a.Key == "path" {
		text = secretSegment.ReplaceAllString(text, "/[removed]")
	}
	return slog.String(a.Key, text)
}
