package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode/utf8"

	"zahlziel/pay"
)

// bodyMax bounds a request body, in bytes.
const bodyMax = 1 << 20

const codeTooLarge = "too_large"

// members says where the members of a JSON object go: a pointer to a value, or members of an object inside.
// null counts as left out.
type members map[string]any

// readObject reads the one JSON object (RFC 8259) of a request. Members that nobody asked for are left alone, those of a
// wrong type and those given twice are errors. Names are compared exactly, and no error repeats what was sent.
func readObject(w http.ResponseWriter, r *http.Request, into members) error {
	text, err := readBody(w, r)
	if err != nil {
		return err
	}
	return fill(text, into, "")
}

// readBody reads what must be one JSON object in UTF-8; its members are not looked at yet.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	text, err := readBytes(w, r, bodyMax, "The body may have at most 1 MB")
	switch {
	case err != nil:
		return nil, err
	case !json.Valid(text) || !utf8.Valid(text) || bytes.TrimLeft(text, " \t\r\n")[0] != '{':
		return nil, pay.Errorf(pay.Invalid, "bad_json", "", "The body must be one JSON object in UTF-8")
	}
	return text, nil
}

// readBytes reads a body of at most so many bytes.
func readBytes(w http.ResponseWriter, r *http.Request, bytesMax int64, tooLarge string) ([]byte, error) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bytesMax))
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return nil, pay.Errorf(pay.Invalid, codeTooLarge, "", "%s", tooLarge)
	case err != nil:
		return nil, pay.Errorf(pay.Invalid, "bad_json", "", "The body ended early; send it again")
	}
	return text, nil
}

// fill puts the members of an object where they belong; under is the field's name, and a dot, inside another object.
func fill(text []byte, into members, under string) error {
	d := json.NewDecoder(bytes.NewReader(text))
	if _, err := d.Token(); err != nil {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name := key.(string) // a valid object has nothing else here
		if seen[name] {
			return pay.Errorf(pay.Invalid, "bad_json", "", "A member of the body is given twice")
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := put(value, into[name], under+name); err != nil {
			return err
		}
	}
	return nil
}

func put(value json.RawMessage, target any, field string) error {
	inner, nested := target.(members)
	switch {
	case target == nil || string(value) == "null":
		return nil
	case nested && value[0] == '{':
		return fill(value, inner, field+".")
	case nested || json.Unmarshal(value, target) != nil:
		return pay.Errorf(pay.Invalid, "bad_value", field, "%s has the wrong type or is out of range", field)
	}
	return nil
}
