package web

import (
	"context"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"

	"zahlziel/app"
	"zahlziel/pay"
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

// Uploads reads the chosen files; a field that was left empty is none.
func Uploads(parts []*multipart.FileHeader) ([]app.Upload, error) {
	var out []app.Upload
	for _, part := range parts {
		if part.Size == 0 && part.Filename == "" {
			continue
		}
		file, err := part.Open()
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(file)
		if closing := file.Close(); err == nil {
			err = closing
		}
		if err != nil {
			return nil, err
		}
		out = append(out, app.Upload{Name: part.Filename, Body: body})
	}
	return out, nil
}

// Instant prints a time of day in the market's zone, short enough for a column: 03.12.2026 14:05 or 03 Dec 2026 14:05.
func Instant(ctx context.Context, at pay.Micros) string {
	layout := "02 Jan 2006 15:04"
	if LangOf(ctx) == German {
		layout = "02.01.2006 15:04"
	}
	return time.UnixMicro(at).In(pay.Germany.Zone).Format(layout)
}
