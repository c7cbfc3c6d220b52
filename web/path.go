package web

import (
	"net/http"

	"zahlziel/pay"
)

// PathID reads an id of a prefix from the part of the path with a name. What is no such id is not found.
func PathID[T ~string](r *http.Request, name, prefix string) (T, error) {
	id, ok := pay.ParseID[T](prefix, r.PathValue(name))
	if !ok {
		return "", Status(http.StatusNotFound)
	}
	return id, nil
}
