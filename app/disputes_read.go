package app

import (
	"context"
	"errors"

	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// DisputeView is a dispute with what both sides said.
type DisputeView struct {
	Dispute  pay.Dispute
	Text     pay.DisputeText
	Shop     string
	Order    pay.Order
	Cart     pay.Cart
	Invoice  pay.Invoice
	Requests []DisputeQuestionView
	Loose    []DisputeFileView // attached by the shop and not used yet
}

// DisputeQuestionView is one request with its files and answers.
type DisputeQuestionView struct {
	Request  pay.DisputeRequest
	Question pay.DisputeQuestion
	Files    []DisputeFileView
	Answers  []DisputeAnswerView
}

// DisputeAnswerView is one answer with its files.
type DisputeAnswerView struct {
	Response pay.DisputeResponse
	Answer   pay.DisputeAnswer
	Files    []DisputeFileView
}

// DisputeFileView is a file without its bytes.
type DisputeFileView struct {
	File pay.DisputeFile
	Name pay.FileName
}

// mayRead reports whether an actor may see a dispute: the shop, the consumer, or staff.
func mayRead(who Actor, d *pay.Dispute) bool {
	return who.owns(d.MerchantID) || who.is(d.ConsumerID) || who.Can(DeedDisputes)
}

// ReadDispute returns a dispute to its shop, its consumer, or staff, whose look is noted.
func (a *App) ReadDispute(ctx context.Context, who Actor, id pay.DisputeID) (*DisputeView, error) {
	d, err := store.LoadID(ctx, a.DB, store.Disputes, id)
	if err != nil {
		return nil, err
	}
	if d == nil || !mayRead(who, d) {
		return nil, errNoDispute
	}
	if who.Staff != "" {
		if _, err := a.look(ctx, who, d.ConsumerID, string(id)); err != nil {
			return nil, err
		}
	}
	return a.disputeView(ctx, d)
}

func (a *App) disputeView(ctx context.Context, d *pay.Dispute) (*DisputeView, error) {
	v := &DisputeView{Dispute: *d, Shop: a.MerchantName(d.MerchantID)}
	v.Dispute.Sealed = nil
	key, err := a.keptKey(ctx, d.ConsumerID)
	if err != nil {
		return nil, err
	}
	if v.Text, err = openKept[pay.DisputeText](key, string(d.ID), d.Sealed); err != nil {
		return nil, err
	}
	o, err := store.LoadID(ctx, a.DB, store.Orders, d.OrderID)
	if err != nil {
		return nil, err
	}
	if v.Cart, err = openKept[pay.Cart](key, string(o.ID), o.Sealed); err != nil {
		return nil, err
	}
	v.Order = *o
	inv, err := store.LoadID(ctx, a.DB, store.Invoices, d.InvoiceID)
	if err != nil {
		return nil, err
	}
	v.Invoice = *inv
	return v, a.disputeTalk(ctx, key, v)
}

// keptKey opens a consumer's key, or returns nil for an erased person.
func (a *App) keptKey(ctx context.Context, id pay.ConsumerID) (*vault.Key, error) {
	row, err := store.LoadID(ctx, a.DB, store.Consumers, id)
	if err != nil {
		return nil, err
	}
	key, err := a.Vault.Key(row.WrappedKey)
	if errors.Is(err, vault.ErrErased) {
		return nil, nil
	}
	return key, err
}

// disputeTalk fills in requests, responses and files.
func (a *App) disputeTalk(ctx context.Context, key *vault.Key, v *DisputeView) error {
	asked, said, files, err := a.DB.DisputeTalk(ctx, v.Dispute.ID)
	if err != nil {
		return err
	}
	of := map[string][]DisputeFileView{}
	for _, f := range files {
		name, err := openKept[pay.FileName](key, string(f.ID)+"/name", f.SealedName)
		if err != nil {
			return err
		}
		owner := string(f.RequestID) + string(f.ResponseID)
		of[owner] = append(of[owner], DisputeFileView{*f, name})
	}
	v.Loose = of[""]
	for _, r := range asked {
		q := DisputeQuestionView{Request: *r, Files: of[string(r.ID)]}
		if q.Question, err = openKept[pay.DisputeQuestion](key, string(r.ID), r.Sealed); err != nil {
			return err
		}
		for _, s := range said {
			if s.RequestID != r.ID {
				continue
			}
			answer, err := openKept[pay.DisputeAnswer](key, string(s.ID), s.Sealed)
			if err != nil {
				return err
			}
			q.Answers = append(q.Answers, DisputeAnswerView{*s, answer, of[string(s.ID)]})
		}
		v.Requests = append(v.Requests, q)
	}
	return nil
}

// DisputeAttachment returns one file of a request of a dispute, or of a response to that request where one is named.
func (a *App) DisputeAttachment(ctx context.Context, who Actor, id pay.DisputeID, request pay.DisputeRequestID, response pay.DisputeResponseID, file pay.DisputeFileID) (*pay.FileName, []byte, error) {
	if response != "" {
		said, err := store.LoadID(ctx, a.DB, store.DisputeResponses, response)
		if err != nil {
			return nil, nil, err
		}
		if said == nil || said.RequestID != request {
			return nil, nil, errNoDispute
		}
	}
	return a.disputeFile(ctx, who, id, file, func(f *pay.DisputeFile) bool {
		return f.ResponseID == response && (response != "" || f.RequestID == request)
	})
}

// DisputeFile returns one file of a dispute to those who may read the dispute.
func (a *App) DisputeFile(ctx context.Context, who Actor, id pay.DisputeID, file pay.DisputeFileID) (*pay.FileName, []byte, error) {
	return a.disputeFile(ctx, who, id, file, func(*pay.DisputeFile) bool { return true })
}

// disputeFile opens a file that belongs where it was looked for. What the shop has not handed in is nobody else's.
func (a *App) disputeFile(ctx context.Context, who Actor, id pay.DisputeID, file pay.DisputeFileID, belongs func(*pay.DisputeFile) bool) (*pay.FileName, []byte, error) {
	d, err := store.LoadID(ctx, a.DB, store.Disputes, id)
	if err != nil {
		return nil, nil, err
	}
	f, err := store.LoadID(ctx, a.DB, store.DisputeFiles, file)
	if err != nil {
		return nil, nil, err
	}
	if d == nil || !mayRead(who, d) || f == nil || f.DisputeID != id || !belongs(f) || f.RequestID == "" && f.ResponseID == "" && !who.owns(d.MerchantID) {
		return nil, nil, errNoDispute
	}
	if who.Staff != "" {
		if _, err := a.look(ctx, who, d.ConsumerID, string(file)); err != nil {
			return nil, nil, err
		}
	}
	key, err := a.keptKey(ctx, d.ConsumerID)
	if err != nil {
		return nil, nil, err
	}
	if key == nil {
		return nil, nil, pay.Errorf(pay.Missing, "erased", "", "This person's data were erased")
	}
	name, err := open[pay.FileName](key, string(f.ID)+"/name", f.SealedName)
	if err != nil {
		return nil, nil, err
	}
	body, err := key.Open(string(f.ID), f.Sealed)
	return &name, body, err
}

// DisputePage is one page of a shop's disputes.
type DisputePage struct {
	Disputes []*DisputeView
	Next     *store.DisputeMark // nil on the last page
	Total    int64              // above CountedMax: there are more than that
}

// DisputeQuery chooses a shop's disputes.
type DisputeQuery struct {
	Order      pay.OrderID
	States     []string
	Reasons    []string
	Reference1 string // the shop's own references of the order
	Reference2 string
	ByDeadline bool
	Descending bool
	AfterAt    int64 // with AfterID: behind this place, from a page's Next
	AfterID    string
	Limit      int
}

// Disputes returns a page of the disputes about the actor's sales, a shop.
func (a *App) Disputes(ctx context.Context, who Actor, q DisputeQuery) (*DisputePage, error) {
	if who.Merchant == "" {
		return nil, errForbidden
	}
	f := store.DisputeFilter{Merchant: who.Merchant, Order: q.Order, States: q.States, Reasons: q.Reasons, ByDeadline: q.ByDeadline, Descending: q.Descending, Limit: q.Limit + 1}
	if q.AfterID != "" {
		f.After = &store.DisputeMark{At: q.AfterAt, ID: q.AfterID}
	}
	if q.Reference1 != "" || q.Reference2 != "" {
		return a.disputesOfReference(ctx, f, q)
	}
	page := &DisputePage{}
	rows, err := a.DB.DisputesLike(ctx, f)
	if err != nil {
		return nil, err
	}
	if len(rows) > q.Limit {
		rows = rows[:q.Limit]
		mark := f.Mark(rows[q.Limit-1])
		page.Next = &mark
	}
	if page.Disputes, err = a.disputeViews(ctx, rows); err != nil {
		return nil, err
	}
	page.Total, err = a.DB.CountDisputes(ctx, f, CountedMax+1)
	return page, err
}

// disputeViews opens disputes side by side.
func (a *App) disputeViews(ctx context.Context, rows []*pay.Dispute) ([]*DisputeView, error) {
	out := make([]*DisputeView, len(rows))
	at := make([]int, len(rows))
	for i := range at {
		at[i] = i
	}
	return out, fan(ctx, dayBuckets, at, func(i int) (err error) {
		out[i], err = a.disputeView(ctx, rows[i])
		return err
	})
}

// referencedMax bounds how many disputes are opened to find a reference, which lies sealed in the order.
const referencedMax = 5000

// disputesOfReference looks into the sealed orders, the only place where a shop's references are.
func (a *App) disputesOfReference(ctx context.Context, f store.DisputeFilter, q DisputeQuery) (*DisputePage, error) {
	after := f.After
	f.After, f.Limit = nil, referencedMax
	rows, err := a.DB.DisputesLike(ctx, f)
	if err != nil {
		return nil, err
	}
	page, behind := &DisputePage{}, after == nil
	views, err := a.disputeViews(ctx, rows)
	if err != nil {
		return nil, err
	}
	var last *store.DisputeMark
	for i, d := range rows {
		v := views[i]
		if q.Reference1 != "" && v.Cart.Reference1 != q.Reference1 || q.Reference2 != "" && v.Cart.Reference2 != q.Reference2 {
			continue
		}
		page.Total++
		switch {
		case behind && len(page.Disputes) < q.Limit:
			page.Disputes = append(page.Disputes, v)
			mark := f.Mark(d)
			last = &mark
		case behind:
			page.Next = last
		}
		behind = behind || d.ID == pay.DisputeID(after.ID)
	}
	return page, nil
}

// disputesMax is how many disputes a person's pages and the desk's queue show.
const disputesMax = 200

// OwnDisputes returns the actor's own, a consumer's, newest first.
func (a *App) OwnDisputes(ctx context.Context, who Actor) ([]*pay.Dispute, error) {
	if who.Consumer == "" {
		return nil, errForbidden
	}
	return a.DB.DisputesOf(ctx, who.Consumer, disputesMax)
}

// DisputeLine is one dispute in the desk's queue. It names nobody.
type DisputeLine struct {
	Dispute pay.Dispute
	Shop    string
}

// DisputeQueue lists the open disputes for the desk, the earliest deadline first.
func (a *App) DisputeQueue(ctx context.Context, who Actor) ([]DisputeLine, error) {
	if !who.Can(DeedDisputes) {
		return nil, errForbidden
	}
	rows, err := a.DB.DisputesLike(ctx, store.DisputeFilter{Open: true, ByDeadline: true, Limit: disputesMax})
	if err != nil {
		return nil, err
	}
	var out []DisputeLine
	for _, d := range rows {
		d.Sealed = nil
		out = append(out, DisputeLine{*d, a.MerchantName(d.MerchantID)})
	}
	return out, a.looked(ctx, who, "list_disputes", len(out))
}
