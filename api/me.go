package api

import (
	"net/http"
	"slices"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// portalCookie is the cookie of a signed-in consumer, which a page of ours may send here.
const portalCookie = "portal"

// consumer is who calls: the token of a sign-in or of a remembered device as a bearer token, or the cookie of a sign-in on
// a request from our own origin. Wrong tokens count against the address.
func (h handlers) consumer(w http.ResponseWriter, r *http.Request) (app.Actor, bool) {
	failed := allowance{{h.limits.addressGuesses, h.address(r)}}
	if h.tooMany(w, failed) {
		return app.Actor{}, false
	}
	token := bearer(r)
	if c, err := r.Cookie(portalCookie); token == "" && err == nil && http.NewCrossOriginProtection().Check(r) == nil {
		token = c.Value
	}
	who, err := h.app.ConsumerOfToken(r.Context(), token)
	if err != nil {
		h.problem(w, r, err)
		return app.Actor{}, false
	}
	if who.Consumer == "" {
		if token != "" {
			failed.take(h.now())
		}
		writeProblem(w, errConsumer)
		return app.Actor{}, false
	}
	return who, true
}

// mine is a call of a consumer about their own things.
type mine func(w http.ResponseWriter, r *http.Request, who app.Actor) (any, error)

// me lets a consumer's call through within an allowance of its own.
func (h handlers) me(l *limiter, call mine) http.HandlerFunc {
	return h.consumerCall(h.consumer, l, call)
}

func (h handlers) consumerCall(credential func(http.ResponseWriter, *http.Request) (app.Actor, bool), l *limiter, call mine) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		who, ok := credential(w, r)
		if !ok {
			return
		}
		a := allowance{{l, string(who.Consumer)}}
		if h.tooMany(w, a) {
			return
		}
		h.spend(w, a)
		out, err := call(w, r, who)
		if err != nil {
			h.problem(w, r, err)
			return
		}
		h.answer(&ask{w: w, r: r, who: who}, out)
	}
}

// standing answers "may I buy on invoice, and up to which amount".
func (h handlers) standing(_ http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	m, err := h.app.MyStanding(r.Context(), who, false)
	if err != nil {
		return nil, err
	}
	return encodeStanding(m, languageOf(r)), nil
}

// recourse computes the ways back to one purchase.
func (h handlers) recourse(w http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	var method, by string
	var amount int64
	if err := readObject(w, r, members{"method": &method, "amount": &amount, "pay_by": &by}); err != nil {
		return nil, err
	}
	day := cal.NoDay
	if by != "" {
		var err error
		if day, err = cal.ParseDay(by); err != nil {
			return nil, pay.Errorf(pay.Invalid, "bad_pay_by", "pay_by", "Give the day as YYYY-MM-DD")
		}
	}
	way, err := h.app.WayBackBy(r.Context(), who, method, amount, day)
	if err != nil {
		return nil, err
	}
	m, err := h.app.MyStanding(r.Context(), who, true)
	if err != nil {
		return nil, err
	}
	return encodeWay(way, m, h.app.Operator().IBAN, languageOf(r)), nil
}

// accept turns a plan into a contract. The same plan again gives the same contract.
func (h handlers) accept(_ http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	key, err := keyOf(r, nil)
	if err != nil {
		return nil, err
	}
	v, err := h.app.AcceptPlan(r.Context(), who, key, r.PathValue("plan"))
	if err != nil {
		return nil, err
	}
	return encodeContract(v, languageOf(r)), nil
}

func (h handlers) contract(_ http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	id, ok := pay.ParseID[pay.PromiseID](pay.PrefixPromise, r.PathValue("id"))
	if !ok {
		return nil, pay.Errorf(pay.Missing, "no_such_contract", "", "There is no such contract")
	}
	v, err := h.app.Promise(r.Context(), who, id)
	if err != nil {
		return nil, err
	}
	return encodeContract(v, languageOf(r)), nil
}

// simulate answers what-if.
func (h handlers) simulate(w http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	var pays []struct {
		Invoice string `json:"invoice"`
		Amount  int64  `json:"amount"`
	}
	var c app.Choice
	var day string
	if err := readObject(w, r, members{"pay": &pays, "verify": &c.Verify, "day": &day}); err != nil {
		return nil, err
	}
	c.Day = cal.NoDay
	if day != "" {
		var err error
		if c.Day, err = cal.ParseDay(day); err != nil {
			return nil, pay.Errorf(pay.Invalid, "bad_day", "day", "Give the day as YYYY-MM-DD")
		}
	}
	for _, p := range pays {
		id, ok := pay.ParseID[pay.InvoiceID](pay.PrefixInvoice, p.Invoice)
		if !ok {
			return nil, pay.Errorf(pay.Invalid, "bad_payment", "pay", "Name your open invoices by their ids")
		}
		c.Pay = append(c.Pay, app.ChoicePayment{Invoice: id, Amount: p.Amount})
	}
	s, err := h.app.Simulate(r.Context(), who, c)
	if err != nil {
		return nil, err
	}
	return encodeSimulation(s), nil
}

// decision explains one decision: sentences, numbers and the record.
func (h handlers) decision(_ http.ResponseWriter, r *http.Request, who app.Actor) (any, error) {
	id, ok := pay.ParseID[pay.DecisionID](pay.PrefixDecision, r.PathValue("id"))
	if !ok {
		return nil, pay.Errorf(pay.Missing, "no_such_decision", "", "There is no such decision")
	}
	v, err := h.app.MyDecision(r.Context(), who, id)
	if err != nil {
		return nil, err
	}
	lang := r.URL.Query().Get("lang")
	if !slices.Contains([]string{"de", "en"}, lang) {
		lang = languageOf(r)
	}
	return encodeDecision(v, lang), nil
}

// preDecision tells a shop which methods a purchase of its own could take.
func (h handlers) preDecision(a *ask) (any, error) {
	var session string
	if err := a.fill(members{"session_id": &session}); err != nil {
		return nil, err
	}
	id, ok := pay.ParseID[pay.SessionID](pay.PrefixSession, session)
	if !ok {
		return nil, missingSession
	}
	out, err := h.app.PreDecision(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodeOutcomes(out), nil
}
