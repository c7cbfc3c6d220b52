package api

import (
	"net/http"

	"zahlziel/app"
	"zahlziel/pay"
)

// visitCookie is the cookie of a signed-in consumer; only a request from our own origin may use it.
const visitCookie = "portal"

// reviewAsked is the answer to a contest: a person answers by a civil day.
type reviewAsked struct {
	ID       string `json:"id"`
	State    string `json:"state"`
	AnswerBy string `json:"answer_by"`
	URL      string `json:"url"`
}

// errSignIn is the answer to who has not proved to be a consumer.
var errSignIn = newProblem(http.StatusUnauthorized, "not_signed_in", "Send the token of a sign-in as a bearer token")

// askReview lets a signed-in consumer contest a decision about them: {"text": ..., "fact": optional}. Files go by the page.
func (h handlers) askReview(w http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	id, ok := pay.ParseID[pay.DecisionID](pay.PrefixDecision, r.PathValue("id"))
	if !ok {
		return nil, pay.Errorf(pay.Missing, "no_such_decision", "", "There is no such decision")
	}
	text, key, err := readKeyed(w, r)
	if err != nil {
		return nil, err
	}
	c := app.Contest{Decision: id}
	if err := fill(text, members{"text": &c.Text, "fact": &c.Fact}, ""); err != nil {
		return nil, err
	}
	review, err := h.app.AskReview(r.Context(), who, key, c)
	if err != nil {
		return nil, err
	}
	at := "/me/reviews/" + pay.Bare(review.ID)
	return created{at, reviewAsked{ID: pay.Bare(review.ID), State: review.State, AnswerBy: review.DueDay.String(), URL: h.app.BaseURL + at}}, nil
}

// reviewRead is a contest with its answer. before and after are the same question on the facts as they were and as they are.
type reviewRead struct {
	ID         string        `json:"id"`
	State      string        `json:"state"`
	AnswerBy   string        `json:"answer_by"`
	AnsweredOn string        `json:"answered_on,omitempty"`
	Outcome    string        `json:"outcome,omitempty"`
	Answer     string        `json:"answer,omitempty"`
	Before     *app.Outcomes `json:"before,omitempty"`
	After      *app.Outcomes `json:"after,omitempty"`
}

// readReview answers how a contest stands.
func (h handlers) readReview(_ http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	id, _ := pay.ParseID[pay.ReviewID](pay.PrefixReview, r.PathValue("id"))
	v, err := h.app.Review(r.Context(), who, id)
	if err != nil {
		return nil, err
	}
	out := reviewRead{ID: pay.Bare(v.Review.ID), State: v.Review.State, AnswerBy: v.Review.DueDay.String(), Outcome: v.Review.Outcome}
	if a := v.Answer; a != nil {
		out.AnsweredOn, out.Answer, out.Before, out.After = v.Review.AnsweredDay.String(), a.Text, &a.Before, &a.After
	}
	return out, nil
}

// signed is me for what needs a sign-in: a remembered device is not enough.
func (h handlers) signed(call mine) http.HandlerFunc {
	return h.consumerCall(h.signedIn, h.limits.meReads, call)
}

// signedIn is the consumer of a visit: its token as a bearer token, or its cookie on a request from our own origin. Wrong
// tokens count against the address.
func (h handlers) signedIn(w http.ResponseWriter, r *http.Request) (app.Actor, bool) {
	failed := allowance{{h.limits.addressGuesses, h.address(r)}}
	if h.tooMany(w, failed) {
		return app.Actor{}, false
	}
	token := bearer(r)
	if c, err := r.Cookie(visitCookie); token == "" && err == nil && http.NewCrossOriginProtection().Check(r) == nil {
		token = c.Value
	}
	who, err := h.app.PortalVisitor(r.Context(), token)
	if err != nil {
		h.problem(w, r, err)
		return app.Actor{}, false
	}
	if who.Consumer == "" {
		if token != "" {
			failed.take(h.now())
		}
		writeProblem(w, errSignIn)
		return app.Actor{}, false
	}
	return who, true
}
