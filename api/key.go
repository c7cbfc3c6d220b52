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
	body []byte  // JSON; empty where the call has no body
}

// created is an answer with 201 and the address of what was made.
type created struct {
	at   string // path under /api/v1
	body any
}

// shop lets a call through that a live API key with the scope makes, and tells what the shop has left of its allowance.
func (h handlers) shop(scope string, call func(*ask) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := h.keyActor(w, r, scope)
		if !ok {
			return
		}
		own := allowance{{h.limits.shopCalls, string(who.Merchant)}}
		if h.tooMany(w, own) {
			h.limits.shopCalls.tell(w, string(who.Merchant), h.now())
			return
		}
		own.take(h.now())
		h.limits.shopCalls.tell(w, string(who.Merchant), h.now())
		a := &ask{w: w, r: r, who: who}
		out, err := any(nil), a.read()
		if err == nil {
			out, err = call(a)
		}
		if err != nil {
			h.problem(w, r, err)
			return
		}
		if made, ok := out.(created); ok {
			w.Header().Set("Location", h.app.BaseURL+"/api/v1"+made.at)
			w.Header().Set("Content-Type", "application/json")
			writeBody(w, http.StatusCreated, made.body)
			return
		}
		write(w, out)
	}
}

// read takes the body and the idempotency key of a call that changes something.
func (a *ask) read() (err error) {
	if a.r.Method != http.MethodPost {
		return nil
	}
	if a.r.ContentLength != 0 {
		if a.body, err = readBody(a.w, a.r); err != nil {
			return err
		}
	}
	key := a.r.Header.Get("Idempotency-Key")
	if len(key) > keyCharactersMax {
		return pay.Errorf(pay.Invalid, "bad_idempotency_key", "Idempotency-Key", "An idempotency key has at most %d characters", keyCharactersMax)
	}
	a.key = app.Key{Value: key, Hash: app.HashRequest(a.r.Method, a.r.URL.Path, string(a.body))}
	return nil
}

// fill reads the members of the body; a call whose body may be left out has an empty object then.
func (a *ask) fill(into members) error {
	if len(a.body) == 0 {
		a.body = []byte("{}")
	}
	return fill(a.body, into, "")
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
