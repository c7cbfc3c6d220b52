package api

import (
	"strings"
	"unicode/utf8"

	"zahlziel/app"
	"zahlziel/cal"
	"zahlziel/pay"
)

// disputeAnswer is what a consumer objects to. Of the consumer it says only what they wrote about this sale.
type disputeAnswer struct {
	ID          string             `json:"id"`
	OrderID     string             `json:"order_id"`
	CaptureID   string             `json:"capture_id"`
	Reference   string             `json:"reference,omitempty"` // the shop's own, of the order
	Reference2  string             `json:"reference2,omitempty"`
	Reason      string             `json:"reason"`
	State       string             `json:"state"`
	Outcome     string             `json:"outcome,omitempty"`
	Amount      int64              `json:"amount"`
	Lost        int64              `json:"lost_amount"`
	Fee         int64              `json:"fee_amount"` // without tax
	Currency    string             `json:"currency"`
	OpenedAt    string             `json:"opened_at"`
	Deadline    cal.Day            `json:"deadline"` // of whoever has to act
	ClosedAt    string             `json:"closed_at,omitempty"`
	Note        string             `json:"note,omitempty"`
	Lines       []pay.DisputeLine  `json:"lines"`
	Requests    []requestAnswer    `json:"requests"`
	Attachments []attachmentAnswer `json:"attachments"` // uploaded, in no response yet
}

// requestAnswer is a question to the shop; the first holds the consumer's words.
type requestAnswer struct {
	ID          string             `json:"id"`
	At          string             `json:"at"`
	Comment     string             `json:"comment,omitempty"`
	Fields      []string           `json:"fields"` // needed
	Optional    []string           `json:"optional_fields"`
	Attachments []attachmentAnswer `json:"attachments"`
	Responses   []responseAnswer   `json:"responses"`
}

type responseAnswer struct {
	ID          string             `json:"id"`
	At          string             `json:"at"`
	Comment     string             `json:"comment,omitempty"`
	Fields      map[string]string  `json:"fields,omitempty"`
	Attachments []attachmentAnswer `json:"attachments"`
}

type attachmentAnswer struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
}

func encodeDispute(v *app.DisputeView) *disputeAnswer {
	d := &v.Dispute
	out := &disputeAnswer{ID: pay.Bare(d.ID), OrderID: pay.Bare(d.OrderID), CaptureID: pay.Bare(d.CaptureID), Reference: v.Cart.Reference1, Reference2: v.Cart.Reference2,
		Reason: d.Reason, State: d.State, Outcome: d.Outcome, Amount: d.Amount, Lost: d.Lost, Fee: d.Fee, Currency: string(d.Currency), OpenedAt: instant(d.OpenedAt),
		Deadline: d.DeadlineDay, Note: v.Text.Note, Lines: append([]pay.DisputeLine{}, v.Text.Lines...), Requests: []requestAnswer{}, Attachments: encodeAttachments(v.Loose)}
	if !d.IsOpen() {
		out.ClosedAt = instant(d.ClosedAt)
	}
	for _, q := range v.Requests {
		r := requestAnswer{pay.Bare(q.Request.ID), instant(q.Request.At), q.Question.Comment, append([]string{}, q.Question.Fields...),
			append([]string{}, q.Question.Optional...), encodeAttachments(q.Files), []responseAnswer{}}
		for _, s := range q.Answers {
			r.Responses = append(r.Responses, responseAnswer{pay.Bare(s.Response.ID), instant(s.Response.At), s.Answer.Comment, s.Answer.Fields, encodeAttachments(s.Files)})
		}
		out.Requests = append(out.Requests, r)
	}
	return out
}

func encodeAttachments(files []app.DisputeFileView) []attachmentAnswer {
	out := []attachmentAnswer{}
	for _, f := range files {
		out = append(out, attachmentAnswer{pay.Bare(f.File.ID), f.Name.Name, f.Name.MediaType, f.File.Bytes})
	}
	return out
}

// Values that the list of disputes may be asked for.
var (
	disputeStates = []string{pay.DisputeOpened, pay.DisputeReplied, pay.DisputeUnresolved, pay.DisputeClosed, pay.DisputeAccepted, pay.DisputeExpired}
	disputeSorts  = []string{"-opened_at", "opened_at", "-deadline", "deadline"}
)

// listDisputes lists the shop's disputes, the newest first unless the caller sorts otherwise.
func (h handlers) listDisputes(a *ask) (any, error) {
	q := a.query()
	want := app.DisputeQuery{Limit: q.limit(), Order: queryID[pay.OrderID](q, "order_id", pay.PrefixOrder), States: q.list("state", disputeStates...),
		Reasons: q.list("reason", pay.DisputeReasons...), Reference1: q.text("reference", 255), Reference2: q.text("reference2", 255)}
	sort := append(q.list("sort", disputeSorts...), disputeSorts[0])[0]
	want.Descending, want.ByDeadline = sort[0] == '-', strings.HasSuffix(sort, "deadline")
	if word, ok := q.cursor(); ok {
		if want.AfterAt, want.AfterID, ok = readPlace(word, pay.PrefixDispute); !ok {
			q.badCursor()
		}
	}
	if q.err != nil {
		return nil, q.err
	}
	list, err := h.app.Disputes(a.r.Context(), a.who, want)
	if err != nil {
		return nil, err
	}
	out := page[*disputeAnswer]{Data: []*disputeAnswer{}}
	for _, v := range list.Disputes {
		out.Data = append(out.Data, encodeDispute(v))
	}
	if m := list.Next; m != nil {
		next := place(m.At, pay.Bare(pay.DisputeID(m.ID)))
		out.Next = &next
	}
	return out, nil
}

var errNoDispute = pay.Errorf(pay.Missing, "no_such_dispute", "", "There is no such dispute")

// disputeID is the dispute that the path names.
func (a *ask) disputeID() (pay.DisputeID, error) {
	return pathID[pay.DisputeID](a, "id", pay.PrefixDispute, errNoDispute)
}

func (h handlers) disputeNow(a *ask, id pay.DisputeID) (*disputeAnswer, error) {
	v, err := h.app.ReadDispute(a.r.Context(), a.who, id)
	if err != nil {
		return nil, err
	}
	return encodeDispute(v), nil
}

func (h handlers) readDispute(a *ask) (any, error) {
	id, err := a.disputeID()
	if err != nil {
		return nil, err
	}
	return h.disputeNow(a, id)
}

// acceptLoss ends a dispute as the consumer wants it.
func (h handlers) acceptLoss(a *ask) (any, error) {
	id, err := a.disputeID()
	if err != nil {
		return nil, err
	}
	if err := h.app.AcceptLoss(a.r.Context(), a.who, a.key, id); err != nil {
		return nil, err
	}
	return h.disputeNow(a, id)
}

// attach keeps a file for the shop's next response. The body is the file itself; what it is is read from its bytes.
func (h handlers) attach(a *ask) (any, error) {
	id, err := a.disputeID()
	if err != nil {
		return nil, err
	}
	q := a.query()
	up := app.Upload{Name: q.text("name", 255), Body: a.body}
	if q.err != nil {
		return nil, q.err
	}
	file, err := h.app.AttachToDispute(a.r.Context(), a.who, a.key, id, up)
	if err != nil {
		return nil, err
	}
	return created{"/disputes/" + pay.Bare(id) + "/attachments/" + pay.Bare(file), map[string]string{"id": pay.Bare(file)}}, nil
}

// readAttachment sends a file of either side.
func (h handlers) readAttachment(a *ask) (any, error) {
	id, err := a.disputeID()
	if err != nil {
		return nil, err
	}
	file, err := pathID[pay.DisputeFileID](a, "attachment", pay.PrefixDisputeFile, pay.Errorf(pay.Missing, "no_such_attachment", "", "There is no such attachment of this dispute"))
	if err != nil {
		return nil, err
	}
	name, body, err := h.app.DisputeFile(a.r.Context(), a.who, id, file)
	if err != nil {
		return nil, err
	}
	return bytesOf(name.MediaType, name.Name, body), nil
}

// fieldsMax bounds the fields of a response.
const fieldsMax = 32

// answerDispute answers a request: a comment, values of the fields that were asked for, files that were attached before.
func (h handlers) answerDispute(a *ask) (any, error) {
	id, err := a.disputeID()
	if err != nil {
		return nil, err
	}
	request, err := pathID[pay.DisputeRequestID](a, "request", pay.PrefixDisputeRequest, pay.Errorf(pay.Missing, "no_such_request", "", "There is no such request in this dispute"))
	if err != nil {
		return nil, err
	}
	reply, err := a.readReply()
	if err != nil {
		return nil, err
	}
	if _, err := h.app.AnswerDispute(a.r.Context(), a.who, a.key, id, request, reply); err != nil {
		return nil, err
	}
	out, err := h.disputeNow(a, id)
	return created{"/disputes/" + pay.Bare(id), out}, err
}

func (a *ask) readReply() (r app.DisputeReply, err error) {
	var files []string
	if err := a.fill(members{"comment": &r.Comment, "fields": &r.Fields, "attachments": &files}); err != nil {
		return r, err
	}
	r.Comment = strings.TrimSpace(r.Comment)
	c := &checker{}
	if utf8.RuneCountInString(r.Comment) > app.DisputeTextMax || strings.ContainsRune(r.Comment, 0) {
		c.fail("comment", "must be a text of at most %d characters", app.DisputeTextMax)
	}
	if len(r.Fields) > fieldsMax {
		c.fail("fields", "may be at most %d", fieldsMax)
	}
	for name, value := range r.Fields {
		if utf8.RuneCountInString(name) > 100 || utf8.RuneCountInString(value) > 1000 || strings.ContainsRune(name+value, 0) {
			c.fail("fields", "have names of at most 100 characters and texts of at most 1000")
		}
	}
	if len(files) > app.DisputeFilesMax {
		c.fail("attachments", "may be at most %d", app.DisputeFilesMax)
	}
	for _, text := range files {
		file, ok := pay.ParseID[pay.DisputeFileID](pay.PrefixDisputeFile, text)
		if !ok {
			c.fail("attachments", "must be ids of files that were attached before")
		}
		r.Files = append(r.Files, file)
	}
	if r.Comment == "" && len(r.Fields) == 0 && len(files) == 0 {
		c.fail("comment", "is required where no field and no attachment is given")
	}
	return r, c.err
}
