package client

import (
	"context"
	"io"
	"iter"
	"net/http"
	"net/url"
	"time"
)

// Dispute is what a buyer objects to. State is opened, unresolved, replied, closed, loss_accepted or deadline_expired; Outcome,
// once it is over, won, lost, withdrawn or refunded. Deadline is the last day of whoever has to act, YYYY-MM-DD.
type Dispute struct {
	ID          string           `json:"id"`
	OrderID     string           `json:"order_id"`
	CaptureID   string           `json:"capture_id"`
	Reference   string           `json:"reference"`
	Reference2  string           `json:"reference2"`
	Reason      string           `json:"reason"`
	State       string           `json:"state"`
	Outcome     string           `json:"outcome"`
	Amount      int64            `json:"amount"`
	LostAmount  int64            `json:"lost_amount"`
	FeeAmount   int64            `json:"fee_amount"`
	Currency    string           `json:"currency"`
	OpenedAt    time.Time        `json:"opened_at"`
	Deadline    string           `json:"deadline"`
	ClosedAt    time.Time        `json:"closed_at"` // zero while it is open
	Note        string           `json:"note"`
	Lines       []DisputedLine   `json:"lines"`
	Requests    []DisputeRequest `json:"requests"`
	Attachments []DisputeFile    `json:"attachments"` // uploaded, in no response yet
}

// DisputedLine is a line of the order that is in dispute.
type DisputedLine struct {
	Reference string `json:"reference"`
	Quantity  int64  `json:"quantity"`
}

// DisputeRequest is a question to the shop; the first holds the buyer's words.
type DisputeRequest struct {
	ID             string            `json:"id"`
	At             time.Time         `json:"at"`
	Comment        string            `json:"comment"`
	Fields         []string          `json:"fields"`
	OptionalFields []string          `json:"optional_fields"`
	Attachments    []DisputeFile     `json:"attachments"`
	Responses      []DisputeResponse `json:"responses"`
}

// DisputeResponse is the shop's answer to a request.
type DisputeResponse struct {
	ID          string            `json:"id"`
	At          time.Time         `json:"at"`
	Comment     string            `json:"comment"`
	Fields      map[string]string `json:"fields"`
	Attachments []DisputeFile     `json:"attachments"`
}

// DisputeFile is a file of a dispute without its bytes.
type DisputeFile struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Bytes     int64  `json:"bytes"`
}

// DisputeFilter chooses disputes; empty fields choose all. Sort is opened_at or deadline, with a minus before it the other way;
// empty is -opened_at.
type DisputeFilter struct {
	States     []string
	Reasons    []string
	OrderID    string
	Reference  string
	Reference2 string
	Sort       string
}

func (f DisputeFilter) query() url.Values {
	q := url.Values{"state": f.States, "reason": f.Reasons}
	for name, value := range map[string]string{"order_id": f.OrderID, "reference": f.Reference, "reference2": f.Reference2, "sort": f.Sort} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// Disputes reads one page of disputes; an empty cursor is the first, limit 0 the server's usual.
func (c *Client) Disputes(ctx context.Context, f DisputeFilter, cursor string, limit int) (*List[Dispute], error) {
	return get[List[Dispute]](ctx, c, "/disputes", paged(f.query(), cursor, limit))
}

// AllDisputes walks all disputes that a filter chooses, and ends with the first error.
func (c *Client) AllDisputes(ctx context.Context, f DisputeFilter) iter.Seq2[Dispute, error] {
	return all[Dispute](ctx, c, "/disputes", f.query())
}

func disputePath(id string) string { return "/disputes/" + url.PathEscape(id) }

// Dispute reads a dispute.
func (c *Client) Dispute(ctx context.Context, id string) (*Dispute, error) {
	return get[Dispute](ctx, c, disputePath(id), nil)
}

// AttachToDispute uploads a file (PDF, PNG, JPEG or plain text, at most 5 MB) for the next response and returns its id.
func (c *Client) AttachToDispute(ctx context.Context, id, name string, file []byte) (string, error) {
	made, err := do[struct{ ID string }](ctx, c, request{method: http.MethodPost, path: disputePath(id) + "/attachments?" + url.Values{"name": {name}}.Encode(),
		media: http.DetectContentType(file), body: file})
	if err != nil {
		return "", err
	}
	return made.ID, nil
}

// DisputeAttachment writes a file of either side to w.
func (c *Client) DisputeAttachment(ctx context.Context, id, attachment string, w io.Writer) error {
	return c.download(ctx, request{path: disputePath(id) + "/attachments/" + url.PathEscape(attachment)}, w)
}

// DisputeReply answers a request with at least one of its members; attachments are ids of uploaded files.
type DisputeReply struct {
	Comment     string            `json:"comment,omitempty"`
	Fields      map[string]string `json:"fields,omitempty"`
	Attachments []string          `json:"attachments,omitempty"`
}

// AnswerDispute answers a request of a dispute.
func (c *Client) AnswerDispute(ctx context.Context, id, requested string, r DisputeReply) (*Dispute, error) {
	return post[Dispute](ctx, c, disputePath(id)+"/requests/"+url.PathEscape(requested)+"/responses", r)
}

// AcceptLoss ends a dispute as the buyer wants it.
func (c *Client) AcceptLoss(ctx context.Context, id string) (*Dispute, error) {
	return post[Dispute](ctx, c, disputePath(id)+"/accept", struct{}{})
}
