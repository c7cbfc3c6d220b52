package api

import "zahlziel/pay"

// authorizationAnswer is what a buyer's confirmation gave the shop. status is live, awaiting_payment, used, released or expired.
type authorizationAnswer struct {
	Token     string `json:"authorization_token"`
	Status    string `json:"status"`
	Method    string `json:"method"`
	Amount    int64  `json:"amount"`
	Currency  string `json:"currency"`
	CreatedAt string `json:"created_at"`
	ExpiresAt string `json:"expires_at"`
	SessionID string `json:"session_id,omitempty"`
	OrderID   string `json:"order_id,omitempty"`
}

var errNoAuthorization = pay.Errorf(pay.Missing, "no_such_authorization", "", "There is no live authorization with this token; it may have expired")

// authorizationID is the authorization that the path names.
func (a *ask) authorizationID() (pay.AuthorizationID, error) {
	return pathID[pay.AuthorizationID](a, "token", pay.PrefixAuthorization, errNoAuthorization)
}

func (h handlers) authorizationNow(a *ask, id pay.AuthorizationID) (any, error) {
	v, err := h.app.ReadAuthorization(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return &authorizationAnswer{pay.Bare(v.ID), v.Status, v.Method, v.Amount, string(v.Currency), instant(v.CreatedAt), instant(v.ExpiresAt),
		pay.Bare(v.SessionID), pay.Bare(v.OrderID)}, nil
}

func (h handlers) readAuthorization(a *ask) (any, error) {
	id, err := a.authorizationID()
	if err != nil {
		return nil, err
	}
	return h.authorizationNow(a, id)
}

// releaseAuthorization gives up an authorization that was not used.
func (h handlers) releaseAuthorization(a *ask) (any, error) {
	id, err := a.authorizationID()
	if err != nil {
		return nil, err
	}
	if err := h.app.ReleaseAuthorization(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.authorizationNow(a, id)
}
