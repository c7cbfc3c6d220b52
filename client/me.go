package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// The calls of this file are a consumer's about themselves: the client's key is the token of a sign-in or of a remembered device.
// Days are YYYY-MM-DD; sentences come in German. Nothing here is an enquiry.

// Reason is a reason of a decision: a stable code and a sentence, with a day where the sentence names one.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
	Date string `json:"date"`
}

// ScoreGroup is one of the criteria with its parts.
type ScoreGroup struct {
	Name   string      `json:"name"`
	Points int64       `json:"points"`
	Best   int64       `json:"best"`
	Parts  []ScorePart `json:"parts"`
}

// ScorePart is one line of the score.
type ScorePart struct {
	Feature string  `json:"feature"`
	Value   int64   `json:"value"`
	Points  int64   `json:"points"`
	Best    int64   `json:"best"`
	Reason  *Reason `json:"reason"`
}

// MethodStanding is the largest purchase that a method could take today.
type MethodStanding struct {
	ID         string   `json:"id"`
	Max        int64    `json:"max"`
	Assessment bool     `json:"assessment"` // the free amount per month is asked for first
	Reasons    []Reason `json:"reasons"`
}

// ScoreChange is a change of score and limit that will come by itself.
type ScoreChange struct {
	Day   string `json:"day"`
	Score int64  `json:"score"`
	Delta int64  `json:"delta"`
	Limit int64  `json:"limit"`
}

// ContractLine is a contract in a list.
type ContractLine struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	Method     string `json:"method"`
	Amount     int64  `json:"amount"`
	ValidUntil string `json:"valid_until"`
	From       string `json:"from"`
}

// Standing is how a consumer stands today.
type Standing struct {
	Day       string           `json:"day"`
	Currency  string           `json:"currency"`
	Score     int64            `json:"score"`
	Groups    []ScoreGroup     `json:"groups"`
	Limit     int64            `json:"limit"`
	InUse     int64            `json:"in_use"`
	Free      int64            `json:"free"`
	Reasons   []Reason         `json:"reasons"`
	Methods   []MethodStanding `json:"methods"`
	PayNow    []string         `json:"pay_now"`
	Forecast  []ScoreChange    `json:"forecast"`
	Contracts []ContractLine   `json:"contracts"`
	DebtHelp  string           `json:"debt_help"`
	Warning   string           `json:"warning"`
}

// MyStanding tells how the consumer stands.
func (c *Client) MyStanding(ctx context.Context) (*Standing, error) {
	return get[Standing](ctx, c, "/me/standing", nil)
}

// PlanStep is something to do until a day. Done is the day on which it was, in a contract.
type PlanStep struct {
	Kind    string `json:"kind"`
	Invoice string `json:"invoice"`
	No      string `json:"no"`
	Amount  int64  `json:"amount"`
	By      string `json:"by"`
	Counts  string `json:"counts"`
	Text    string `json:"text"`
	State   string `json:"state"`
	Done    string `json:"done"`
}

// WayPlan is a way back to a purchase. Without an ID it is an outlook that nobody can accept.
type WayPlan struct {
	ID         string           `json:"id"`
	Best       []string         `json:"best"`
	ValidUntil string           `json:"valid_until"`
	Extra      int64            `json:"extra"`
	AsAgreed   int64            `json:"as_agreed"`
	Score      int64            `json:"score"`
	Points     map[string]int64 `json:"points"`
	Free       int64            `json:"free"`
	Reserve    bool             `json:"reserve"`
	Checks     []string         `json:"checks"`
	Steps      []PlanStep       `json:"steps"`
	From       string           `json:"from"`
}

// WayBack are the ways back to a purchase, or why there is none.
type WayBack struct {
	Day      string    `json:"day"`
	Method   string    `json:"method"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	PayBy    string    `json:"pay_by"`
	Open     bool      `json:"open"`
	Estimate bool      `json:"estimate"`
	Plans    []WayPlan `json:"plans"`
	None     *struct {
		Reasons   []Reason `json:"reasons"`
		Contact   bool     `json:"contact"`
		NextCheck string   `json:"next_check"`
		Reachable int64    `json:"reachable"`
	} `json:"none"`
	Ladder []struct {
		Method string `json:"method"`
		Rungs  []struct {
			Amount int64  `json:"amount"`
			From   string `json:"from"`
		} `json:"rungs"`
	} `json:"ladder"`
	AlternativesToday []string `json:"alternatives_today"`
	BuySmallAndPay    *struct {
		Least int64  `json:"least"`
		From  string `json:"from"`
	} `json:"buy_small_and_pay"`
	Assumptions []string `json:"assumptions"`
	Ends        []string `json:"ends"`
	DebtHelp    string   `json:"debt_help"`
	Warning     string   `json:"warning"`
}

// WaysBack computes the ways back to a purchase of an amount; payBy is when payments of the plan are due, empty is as early as a
// transfer can arrive.
func (c *Client) WaysBack(ctx context.Context, method string, amount int64, payBy string) (*WayBack, error) {
	body := map[string]any{"method": method, "amount": amount}
	if payBy != "" {
		body["pay_by"] = payBy
	}
	return post[WayBack](ctx, c, "/me/recourse", body)
}

// Contract is an accepted plan with its progress and the text that was shown.
type Contract struct {
	ContractLine
	Currency   string            `json:"currency"`
	Void       string            `json:"void"`
	VoidText   string            `json:"void_text"`
	PayBy      string            `json:"pay_by"`
	Offered    string            `json:"offered"`
	AcceptedAt time.Time         `json:"accepted_at"`
	Fulfilled  string            `json:"fulfilled"`
	Ended      string            `json:"ended"`
	Order      string            `json:"order"`
	Steps      []PlanStep        `json:"steps"`
	Policy     string            `json:"policy"`
	Card       string            `json:"card"`
	Text       []json.RawMessage `json:"text"`
	TextSHA256 map[string]string `json:"text_sha256"`
	Document   string            `json:"document"`
}

// AcceptPlan turns a plan into a contract. The same plan again gives the same contract.
func (c *Client) AcceptPlan(ctx context.Context, plan string) (*Contract, error) {
	return post[Contract](ctx, c, "/me/recourse/"+url.PathEscape(plan)+"/accept", struct{}{})
}

// Contract reads a contract with its progress.
func (c *Client) Contract(ctx context.Context, id string) (*Contract, error) {
	return get[Contract](ctx, c, "/me/contracts/"+url.PathEscape(id), nil)
}

// Choice is what the consumer might do until a day; all of it may be left out.
type Choice struct {
	Pay    []ChoicePayment `json:"pay,omitempty"`
	Verify []string        `json:"verify,omitempty"`
	Day    string          `json:"day,omitempty"`
}

// ChoicePayment pays an open invoice, wholly where Amount is 0.
type ChoicePayment struct {
	Invoice string `json:"invoice"`
	Amount  int64  `json:"amount,omitempty"`
}

// DayOutcomes is how a consumer stands on a day: the points and the largest purchase of each method.
type DayOutcomes struct {
	Day     string           `json:"day"`
	Score   int64            `json:"score"`
	Points  map[string]int64 `json:"points"`
	Limit   int64            `json:"limit"`
	Free    int64            `json:"free"`
	Methods map[string]int64 `json:"methods"`
}

// Simulation compares today with a day, without and with a choice.
type Simulation struct {
	Currency string      `json:"currency"`
	Today    DayOutcomes `json:"today"`
	Without  DayOutcomes `json:"without"`
	With     DayOutcomes `json:"with"`
}

// Simulate answers what a choice would change.
func (c *Client) Simulate(ctx context.Context, choice Choice) (*Simulation, error) {
	return post[Simulation](ctx, c, "/me/simulate", choice)
}

// Decision explains one decision.
type Decision struct {
	ID       string          `json:"id"`
	Day      string          `json:"day"`
	At       time.Time       `json:"at"`
	Shop     string          `json:"shop"`
	Amount   int64           `json:"amount"`
	Currency string          `json:"currency"`
	Approved bool            `json:"approved"`
	Methods  []DecidedMethod `json:"methods"`
	Policy   string          `json:"policy"`
	Card     string          `json:"card"`
	Record   json.RawMessage `json:"record"` // what the rules said
	Contract json.RawMessage `json:"contract"`
}

// DecidedMethod is one method of a decision.
type DecidedMethod struct {
	ID      string   `json:"id"`
	Offered bool     `json:"offered"`
	Reasons []Reason `json:"reasons"`
}

// Decision explains one decision about the consumer in a language, de or en.
func (c *Client) Decision(ctx context.Context, id, lang string) (*Decision, error) {
	return get[Decision](ctx, c, "/me/decisions/"+url.PathEscape(id), url.Values{"lang": {lang}})
}

// Review is a person's look at a contested decision. Before and After are the same question on the facts as they were and are.
type Review struct {
	ID         string          `json:"id"`
	State      string          `json:"state"`
	AnswerBy   string          `json:"answer_by"`
	URL        string          `json:"url"` // the page about it; only where it was just asked for
	AnsweredOn string          `json:"answered_on"`
	Outcome    string          `json:"outcome"`
	Answer     string          `json:"answer"`
	Before     json.RawMessage `json:"before"`
	After      json.RawMessage `json:"after"`
}

// AskReview contests a decision, or one fact behind it; a person answers.
func (c *Client) AskReview(ctx context.Context, decision, text, fact string) (*Review, error) {
	body := map[string]string{"text": text}
	if fact != "" {
		body["fact"] = fact
	}
	return post[Review](ctx, c, "/me/decisions/"+url.PathEscape(decision)+"/review", body)
}

// Review reads how a contest stands.
func (c *Client) Review(ctx context.Context, id string) (*Review, error) {
	return get[Review](ctx, c, "/me/reviews/"+url.PathEscape(id), nil)
}
