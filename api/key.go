package api

import (
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// keyCharactersMax bounds an idempotency key.
const keyCharactersMax = 255

// ask is one call of a shop on its way through.
type ask struct {
	w    http.ResponseWriter
	r    *http.Request
	who  app.Actor
	key  app.Key // many send none
	body []byte  // JSON, or a file; empty where the call has no body
}

// created is an answer with 201 and the address of what was made.
type created struct {
	at   string // path under /api/v1
	body any
}

// shop lets a call through that a live API key with the scope makes, or the shop's API user where that is enough, and tells what
// the shop has left of its allowance.
func (h handlers) shop(op operation) http.HandlerFunc {
	limit := h.limits.ofShop(op.scope)
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := h.caller(w, r, op)
		if !ok {
			return
		}
		own := allowance{{limit, string(who.Merchant)}}
		if h.tooMany(w, own) {
			return
		}
		h.spend(w, own)
		a := &ask{w: w, r: r, who: who}
		out, err := any(nil), a.read(op.upload)
		if err == nil {
			out, err = op.call(h, a)
		}
		if err != nil {
			h.problem(w, r, err)
			return
		}
		h.answer(a, out)
	}
}

// answer writes what a call came to: 201 for what was made, a file as itself, anything else as JSON.
func (h handlers) answer(a *ask, out any) {
	switch out := out.(type) {
	case created:
		a.w.Header().Set("Location", h.app.BaseURL+"/api/v1"+out.at)
		a.w.Header().Set("Content-Type", "application/json")
		writeBody(a.w, http.StatusCreated, out.body)
	case download:
		h.send(a, out)
	default:
		write(a.w, out)
	}
}

// read takes the body and the idempotency key of a call that changes something.
func (a *ask) read(upload bool) (err error) {
	if a.r.Method != http.MethodPost && a.r.Method != http.MethodPatch {
		return nil
	}
	switch {
	case upload:
		a.body, err = readBytes(a.w, a.r, app.DisputeFileBytes, "The file may have at most 5 MB")
	case a.r.ContentLength != 0 || a.r.Method == http.MethodPatch:
		a.body, err = readBody(a.w, a.r)
	}
	if err == nil {
		a.key, err = keyOf(a.r, a.body)
	}
	return err
}

// keyOf is the idempotency key of a request: what the caller sent, and the request it stands for.
func keyOf(r *http.Request, body []byte) (app.Key, error) {
	key, path := r.Header.Get("Idempotency-Key"), r.URL.Path
	if len(key) > keyCharactersMax {
		return app.Key{}, pay.Errorf(pay.Invalid, "bad_idempotency_key", "Idempotency-Key", "An idempotency key has at most %d characters", keyCharactersMax)
	}
	if r.URL.RawQuery != "" {
		path += "?" + r.URL.RawQuery
	}
	return app.Key{Value: key, Hash: app.HashRequest(r.Method, path, string(body))}, nil
}

// readKeyed reads a body that must be there, and the idempotency key.
func readKeyed(w http.ResponseWriter, r *http.Request) ([]byte, app.Key, error) {
	text, err := readBody(w, r)
	if err != nil {
		return nil, app.Key{}, err
	}
	key, err := keyOf(r, text)
	return text, key, err
}

// fill reads the members of the body; a call whose body may be left out has an empty object then.
func (a *ask) fill(into members) error {
	if len(a.body) == 0 {
		a.body = []byte("{}")
	}
	return fill(a.body, into, "")
}

// pathID is the id that a segment of the path holds; what is none cannot be found.
func pathID[T ~string](a *ask, name, prefix string, missing *pay.Error) (T, error) {
	id, ok := pay.ParseID[T](prefix, a.r.PathValue(name))
	if !ok {
		return "", missing
	}
	return id, nil
}

// caller is the shop that makes a call.
func (h handlers) caller(w http.ResponseWriter, r *http.Request, op operation) (app.Actor, bool) {
	if op.user && !app.KeyLike(bearer(r)) {
		return h.basicShop(w, r)
	}
	return h.keyActor(w, r, op.scope)
}

// keyActor is the shop of an API key that has a scope. Wrong keys count against the address.
func (h handlers) keyActor(w http.ResponseWriter, r *http.Request, scope string) (app.Actor, bool) {
	failed := allowance{{h.limits.addressGuesses, h.address(r)}}
	if h.tooMany(w, failed) {
		return app.Actor{}, false
	}
	who, key, err := h.app.KeyActor(r.Context(), bearer(r))
	switch {
	case err != nil:
		h.problem(w, r, err)
	case who == nil:
		failed.take(h.now())
		writeProblem(w, errKey)
	case !key.Allows(scope):
		h.problem(w, r, pay.Errorf(pay.Forbidden, "missing_scope", "", "This key lacks the scope %s; use another key", scope))
	default:
		return *who, true
	}
	return app.Actor{}, false
}

// basicShop finds the shop by its API user and secret.
func (h handlers) basicShop(w http.ResponseWriter, r *http.Request) (app.Actor, bool) {
	failed := allowance{{h.limits.addressGuesses, h.address(r)}}
	if h.tooMany(w, failed) {
		return app.Actor{}, false
	}
	user, secret, ok := r.BasicAuth()
	who, err := &app.Actor{}, error(nil)
	if ok {
		who, err = h.app.Authenticate(r.Context(), user, secret)
	}
	if err != nil {
		h.problem(w, r, err)
		return app.Actor{}, false
	}
	if who == nil || who.Merchant == "" {
		failed.take(h.now())
		writeProblem(w, errShop)
		return app.Actor{}, false
	}
	return *who, true
}
