package shopapi

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

const disputesPath = "/disputes/v2/disputes"

// disputeOperations are what consumers object to.
var disputeOperations = []route{
	operation("GET", "/disputes/v2/disputes", errNoDispute, (*API).listDisputes),
	operation("GET", "/disputes/v2/disputes/{dispute}", errNoDispute, (*API).readDispute),
	operation("POST", "/disputes/v2/disputes/{dispute}/accept-loss", errNoDispute, (*API).acceptLoss),
	operation("POST", "/disputes/v2/disputes/{dispute}/attachments", errNoDispute, (*API).createAttachment),
	operation("POST", "/disputes/v2/disputes/{dispute}/requests/{request}/responses", errNoRequest, (*API).createResponse),
	operation("GET", "/disputes/v2/disputes/{dispute}/requests/{request}/attachments/{attachment}", errNoAttachment, (*API).readAttachment),
	operation("GET", "/disputes/v2/disputes/{dispute}/requests/{request}/responses/{response}/attachments/{attachment}", errNoAttachment, (*API).readAttachment),
	operation("POST", "/disputes/v2/enroll", errNoDispute, (*API).enroll),
}

// Bounds of a page of disputes.
const (
	disputesLimit    = 20
	disputesLimitMax = 250
)

var (
	errNoDispute    = newError(http.StatusNotFound, "NOT_FOUND", "No such dispute")
	errNoRequest    = newError(http.StatusNotFound, "NOT_FOUND", "No such request of this dispute")
	errNoAttachment = newError(http.StatusNotFound, "NOT_FOUND", "No such attachment of this dispute")
)

// disputeReasons are the reasons on this wire, by ours.
var disputeReasons = map[string]string{
	pay.DisputeNotReceived: "goods_not_received", pay.DisputeReturned: "return", pay.DisputeFaulty: "faulty_goods",
	pay.DisputeUnauthorised: "unauthorized_purchase", pay.DisputeWrongAmount: "incorrect_invoice",
}

// Values that may be asked for; some of them never occur here.
var (
	wireReasons = []string{"goods_not_received", "return", "incorrect_invoice", "already_paid", "faulty_goods", "pandemic_impact", "unauthorized_purchase", "high_risk_order"}
	wireStates  = []string{"opened", "started", "unresolved", "replied", "closed", "deadline_expired", "loss_accepted"}
	wireSorts   = []string{"opened_at", "-opened_at", "deadline_expires_at", "-deadline_expires_at"}
)

// sum is an amount with its currency.
type sum struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// disputeRead is one dispute. Of the consumer it says only what they wrote about this sale.
type disputeRead struct {
	ID              string         `json:"dispute_krn"`
	Order           disputedOrder  `json:"order"`
	Merchant        disputedShop   `json:"merchant"`
	Reason          string         `json:"reason"`
	Status          string         `json:"status"`
	Investigation   string         `json:"investigation_status"`
	OpenedAt        string         `json:"opened_at"`
	Deadline        string         `json:"deadline_expires_at"`
	ClosedAt        string         `json:"closed_at,omitempty"`
	ClosingReason   string         `json:"closing_reason,omitempty"`
	ClosingDetailed string         `json:"closing_reason_detailed,omitempty"`
	CaptureID       string         `json:"capture_id"`
	Amount          sum            `json:"disputed_amount"`
	Chargeback      *sum           `json:"chargeback_amount,omitempty"`
	Fee             *sum           `json:"charged_disputes_fee,omitempty"`
	Lines           []disputedLine `json:"disputed_order_lines"`
	Requests        []requestRead  `json:"requests"`
	Region          string         `json:"region"`
}

type disputedOrder struct {
	ID           string `json:"order_id"`
	CreatedAt    string `json:"created_at"`
	Amount       int64  `json:"order_amount"`
	Currency     string `json:"purchase_currency"`
	Reference1   string `json:"merchant_reference1,omitempty"`
	Reference2   string `json:"merchant_reference2,omitempty"`
	MerchantData string `json:"merchant_data,omitempty"`
}

type disputedShop struct {
	ID   string `json:"merchant_id"`
	Name string `json:"name"`
}

type disputedLine struct {
	Reference string `json:"reference"`
	Quantity  int64  `json:"disputed_quantity"`
}

type requestRead struct {
	ID          string           `json:"request_id"`
	CreatedAt   string           `json:"created_at"`
	Comment     string           `json:"comment,omitempty"`
	Fields      []string         `json:"requested_fields"`
	Optional    []string         `json:"optional_requested_fields"`
	Attachments []attachmentRead `json:"attachments"`
	Responses   []responseRead   `json:"responses"`
}

type responseRead struct {
	ID          string            `json:"response_id"`
	CreatedAt   string            `json:"created_at"`
	Comment     string            `json:"comment,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`
	Attachments []attachmentRead  `json:"attachments"`
}

type attachmentRead struct {
	ID        string `json:"attachment_id"`
	Filename  string `json:"filename"`
	MediaType string `json:"content_type"`
}

func disputeOf(v *app.DisputeView) disputeRead {
	d := &v.Dispute
	cur := string(d.Currency)
	out := disputeRead{
		ID: pay.Bare(d.ID), Reason: disputeReasons[d.Reason], Status: "open", Investigation: d.State, OpenedAt: timestamp(d.OpenedAt),
		Deadline: timestamp(pay.Germany.Midnight(d.DeadlineDay + 1)), CaptureID: pay.Bare(d.CaptureID), Amount: sum{d.Amount, cur},
		Merchant: disputedShop{pay.Bare(d.MerchantID), v.Shop}, Lines: []disputedLine{}, Requests: []requestRead{}, Region: "EU",
		Order: disputedOrder{ID: pay.Bare(d.OrderID), CreatedAt: timestamp(v.Order.CreatedAt), Amount: v.Order.OriginalAmount, Currency: string(v.Order.Currency),
			Reference1: v.Cart.Reference1, Reference2: v.Cart.Reference2, MerchantData: v.Cart.MerchantData},
	}
	for _, l := range v.Text.Lines {
		out.Lines = append(out.Lines, disputedLine(l))
	}
	for i := range v.Requests {
		out.Requests = append(out.Requests, requestOf(&v.Requests[i]))
	}
	if !d.IsOpen() {
		out.Status, out.ClosedAt, out.ClosingReason, out.ClosingDetailed = "closed", timestamp(d.ClosedAt), d.Outcome, v.Text.Note
		if out.ClosingDetailed == "" {
			out.ClosingDetailed = d.State
		}
		out.Chargeback, out.Fee = &sum{d.Lost, cur}, &sum{d.Fee, cur}
	}
	return out
}

func requestOf(q *app.DisputeQuestionView) requestRead {
	r := requestRead{ID: pay.Bare(q.Request.ID), CreatedAt: timestamp(q.Request.At), Comment: q.Question.Comment, Fields: []string{}, Optional: []string{},
		Attachments: attachmentsOf(q.Files), Responses: []responseRead{}}
	r.Fields, r.Optional = append(r.Fields, q.Question.Fields...), append(r.Optional, q.Question.Optional...)
	for _, a := range q.Answers {
		r.Responses = append(r.Responses, responseRead{pay.Bare(a.Response.ID), timestamp(a.Response.At), a.Answer.Comment, a.Answer.Fields, attachmentsOf(a.Files)})
	}
	return r
}

func attachmentsOf(files []app.DisputeFileView) []attachmentRead {
	out := []attachmentRead{}
	for _, f := range files {
		out = append(out, attachmentRead{pay.Bare(f.File.ID), f.Name.Name, f.Name.MediaType})
	}
	return out
}

// readDisputeQuery reads the filters of the list. none is true where nothing of this caller's can match.
func readDisputeQuery(c *call, q query) (want app.DisputeQuery, none bool) {
	if text := q.text("merchant_id", 64); text != "" {
		shop, ok := pay.ParseID[pay.MerchantID](pay.PrefixMerchant, text)
		none = !ok || shop != c.who.Merchant
	}
	if text := q.text("order_id", 64); text != "" {
		order, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, text)
		want.Order, none = order, none || !ok
	}
	want.States = q.list("investigation_status", wireStates...)
	for _, reason := range q.list("reason", wireReasons...) {
		for ours, wire := range disputeReasons {
			if wire == reason {
				reason = ours
			}
		}
		want.Reasons = append(want.Reasons, reason)
	}
	want.Reference1, want.Reference2 = q.text("merchant_references1", 255), q.text("merchant_references2", 255)
	sort := q.list("sort_by", wireSorts...)
	if len(sort) > 1 {
		q.bad.add("sort_by", "names one order")
	}
	by := "-opened_at"
	if len(sort) > 0 {
		by = sort[0]
	}
	want.Descending, want.ByDeadline = by[0] == '-', strings.HasSuffix(by, "deadline_expires_at")
	want.Limit = int(q.integer("limit", 1, disputesLimitMax, disputesLimit))
	if text := q.text("next_page", 200); text != "" {
		var ok bool
		if want.AfterAt, want.AfterID, ok = readMark(text); !ok {
			q.bad.add("next_page", "is none that we gave")
		}
	}
	return want, none
}

// mark and readMark write a place in a list as one opaque word.
func mark(at int64, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(at, 10) + " " + pay.Bare(pay.DisputeID(id))))
}

func readMark(s string) (at int64, id string, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return 0, "", false
	}
	first, second, _ := strings.Cut(string(b), " ")
	at, err = strconv.ParseInt(first, 10, 64)
	parsed, known := pay.ParseID[pay.DisputeID](pay.PrefixDispute, second)
	return at, string(parsed), err == nil && known
}

type disputeList struct {
	Disputes   []disputeRead `json:"disputes"`
	Pagination struct {
		Limit int    `json:"limit"`
		Count int    `json:"count"`
		Total *int64 `json:"total,omitempty"`
		Next  string `json:"next_page,omitempty"`
	} `json:"pagination"`
}

func (a *API) listDisputes(c *call) error {
	q, err := readQuery(c)
	if err != nil {
		return err
	}
	want, none := readDisputeQuery(c, q)
	if err := q.bad.err(); err != nil {
		return err
	}
	body := disputeList{Disputes: []disputeRead{}}
	body.Pagination.Limit, body.Pagination.Total = want.Limit, counted(0)
	if !none {
		page, err := a.app.Disputes(c.r.Context(), c.who, want)
		if err != nil {
			return err
		}
		for _, v := range page.Disputes {
			body.Disputes = append(body.Disputes, disputeOf(v))
		}
		body.Pagination.Count, body.Pagination.Total = len(page.Disputes), counted(page.Total)
		if page.Next != nil {
			body.Pagination.Next = mark(page.Next.At, page.Next.ID)
		}
	}
	c.answer(http.StatusOK, body)
	return nil
}

func (a *API) readDispute(c *call) error {
	dispute, err := id[pay.DisputeID](c, "dispute", pay.PrefixDispute)
	if err != nil {
		return err
	}
	v, err := a.app.ReadDispute(c.r.Context(), c.who, dispute)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, disputeOf(v))
	return nil
}

func (a *API) acceptLoss(c *call) error {
	dispute, err := id[pay.DisputeID](c, "dispute", pay.PrefixDispute)
	if err != nil {
		return err
	}
	if err := c.anyBody(); err != nil {
		return err
	}
	if err := a.app.AcceptLoss(c.r.Context(), c.who, c.key, dispute); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

// enroll has nothing to do: every shop here takes part in disputes.
func (a *API) enroll(c *call) error {
	if err := c.anyBody(); err != nil {
		return err
	}
	if _, err := a.app.Merchant(c.who); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}
