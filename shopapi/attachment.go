package shopapi

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"zahlziel/app"
	"zahlziel/pay"
)

// Bounds of an upload: its file, and room for the rest of the form.
const (
	uploadBytesMax = app.DisputeFileBytes + 64<<10
	uploadParts    = 16
	fieldsMax      = 32
)

var errUploadTooLarge = newError(http.StatusRequestEntityTooLarge, "REQUEST_TOO_LARGE", "The file is larger than 5 MB")

// read returns the bytes of a body, and stands for them in the idempotency key.
func (c *call) read(bytesMax int64, tooLarge error) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, bytesMax))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return nil, tooLarge
	}
	if err != nil {
		return nil, newError(http.StatusBadRequest, "BAD_VALUE", "The body ended early; send it again")
	}
	c.identify(string(body))
	return body, nil
}

// anyBody reads a body whose content does not matter.
func (c *call) anyBody() error {
	_, err := c.read(bodyBytesMax, errTooLarge)
	return err
}

// readUpload reads the form of an upload: the part file, and its name from the part filename or the file's own.
func readUpload(contentType string, body []byte) (app.Upload, *wireError) {
	bad := func(field, detail string) (app.Upload, *wireError) {
		e := newError(http.StatusBadRequest, "BAD_VALUE", "Bad value: "+field)
		e.Details = []string{field + " " + detail}
		return app.Upload{}, e
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "multipart/form-data" || params["boundary"] == "" {
		return bad("file", "must be sent as multipart/form-data")
	}
	form := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	var up app.Upload
	var name string
	var has bool
	for range uploadParts {
		part, err := form.NextRawPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return bad("file", "lies in a form that is not well formed")
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return bad("file", "lies in a form that ends early")
		}
		switch part.FormName() {
		case "file":
			if has {
				return bad("file", "is given twice")
			}
			up, has = app.Upload{Name: part.FileName(), Body: content}, true
		case "filename":
			name = string(content)
		}
	}
	if !has {
		return bad("file", "is required")
	}
	if name != "" {
		up.Name = name
	}
	if !utf8.ValidString(up.Name) || utf8.RuneCountInString(up.Name) > 255 || strings.IndexByte(up.Name, 0) >= 0 {
		return bad("filename", "must be a text of at most 255 characters")
	}
	return up, nil
}

func (a *API) createAttachment(c *call) error {
	dispute, err := id[pay.DisputeID](c, "dispute", pay.PrefixDispute)
	if err != nil {
		return err
	}
	body, err := c.read(uploadBytesMax, errUploadTooLarge)
	if err != nil {
		return err
	}
	up, problem := readUpload(c.r.Header.Get("Content-Type"), body)
	if problem != nil {
		return problem
	}
	file, err := a.app.AttachToDispute(c.r.Context(), c.who, c.key, dispute, up)
	if err != nil {
		return err
	}
	c.answer(http.StatusCreated, struct {
		ID string `json:"attachment_id"`
	}{pay.Bare(file)})
	return nil
}

// readReply reads a shop's answer: a comment, values of the requested fields, and attachments by their ids, bare or as objects.
func readReply(o object) app.DisputeReply {
	r := app.DisputeReply{Comment: strings.TrimSpace(o.text("comment", app.DisputeTextMax)), Fields: map[string]string{}}
	for _, name := range []string{"requested_fields", "optional_requested_fields", "fields"} {
		given, ok := o.object(name)
		if !ok {
			continue
		}
		for _, field := range given.v.names {
			if len(r.Fields) >= fieldsMax || utf8.RuneCountInString(field) > 100 {
				o.complain(name, "has more than %d fields or names of more than 100 characters", fieldsMax)
				break
			}
			if value := given.text(field, 1000); value != "" {
				r.Fields[field] = value
			}
		}
	}
	if list, ok := o.of("attachments", kindArray, "an array"); ok {
		for i := range list.elements {
			text := list.elements[i].text
			if list.elements[i].kind == kindObject {
				text = ""
				if m, ok := list.elements[i].member("attachment_id"); ok && m.kind == kindText {
					text = m.text
				}
			} else if list.elements[i].kind != kindText {
				text = ""
			}
			file, ok := pay.ParseID[pay.DisputeFileID](pay.PrefixDisputeFile, text)
			if !ok || i >= app.DisputeFilesMax {
				o.complain("attachments", "must be at most %d ids that we gave", app.DisputeFilesMax)
				break
			}
			r.Files = append(r.Files, file)
		}
	}
	if r.Comment == "" && len(r.Fields) == 0 && len(r.Files) == 0 {
		o.complain("comment", "is required where no field and no attachment is given")
	}
	return r
}

func (a *API) createResponse(c *call) error {
	dispute, err := id[pay.DisputeID](c, "dispute", pay.PrefixDispute)
	if err != nil {
		return err
	}
	request, err := id[pay.DisputeRequestID](c, "request", pay.PrefixDisputeRequest)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	reply := readReply(o)
	if err := o.bad.err(); err != nil {
		return err
	}
	said, err := a.app.AnswerDispute(c.r.Context(), c.who, c.key, dispute, request, reply)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", a.base+disputesPath+"/"+pay.Bare(dispute)+"/requests/"+pay.Bare(request)+"/responses/"+pay.Bare(said))
	c.answer(http.StatusCreated, struct {
		ID string `json:"response_id"`
	}{pay.Bare(said)})
	return nil
}

// readAttachment sends a file of a request or of a response. It is sealed at rest, and no cache may hold it.
func (a *API) readAttachment(c *call) error {
	dispute, err := id[pay.DisputeID](c, "dispute", pay.PrefixDispute)
	if err != nil {
		return err
	}
	request, err := id[pay.DisputeRequestID](c, "request", pay.PrefixDisputeRequest)
	if err != nil {
		return err
	}
	var response pay.DisputeResponseID
	if c.ids["response"] != "" {
		if response, err = id[pay.DisputeResponseID](c, "response", pay.PrefixDisputeResponse); err != nil {
			return err
		}
	}
	file, err := id[pay.DisputeFileID](c, "attachment", pay.PrefixDisputeFile)
	if err != nil {
		return err
	}
	name, body, err := a.app.DisputeAttachment(c.r.Context(), c.who, dispute, request, response, file)
	if err != nil {
		return err
	}
	c.file(name.MediaType, name.Name, body)
	return nil
}

// disposition names a file that is to be kept, never shown in place.
func disposition(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}
