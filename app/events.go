package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
)

// Types of events that a merchant's endpoint is told.
const (
	EventOrderCreated    = "order.created"
	EventOrderCaptured   = "order.captured"
	EventOrderRefunded   = "order.refunded"
	EventOrderCancelled  = "order.cancelled"
	EventOrderExpired    = "order.expired"
	EventPendingAccepted = "order.pending.accepted"
	EventPendingRejected = "order.pending.rejected"
	EventOrderStopped    = "order.stopped"
	EventPrepaid         = "prepayment.received"
	EventPayoutCreated   = "payout.created"
	EventDisputeOpened   = "dispute.opened"
	EventDisputeUpdated  = "dispute.updated"
	EventDisputeClosed   = "dispute.closed"
)

var verdictEvents = map[string]string{noticeAccepted: EventPendingAccepted, noticeRejected: EventPendingRejected, noticeStopped: EventOrderStopped}

// endpoint is where a merchant wants events, or nil.
func (a *App) endpoint(m pay.MerchantID) *pay.Endpoint {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if e, ok := a.ends[m]; ok {
		return &e
	}
	return nil
}

// tell writes an event and its job in the unit that causes it. A merchant without an endpoint costs no row.
func (a *App) tell(tx *store.Tx, m pay.MerchantID, typ, subject string, data map[string]any) {
	if a.endpoint(m) == nil {
		return
	}
	e := &pay.Event{ID: pay.EventID(tx.ID(pay.PrefixEvent)), MerchantID: m, Type: typ, Subject: subject, At: tx.At, Data: mustJSON(data)}
	store.Save(tx, store.MerchantEvents, e)
	a.queue(tx, JobWebhook, string(e.ID), nil)
}

// tellOrder tells of an order; more are members besides those that every event of an order has.
func (a *App) tellOrder(tx *store.Tx, typ string, o *pay.Order, more map[string]any) {
	if a.endpoint(o.MerchantID) == nil {
		return
	}
	data := map[string]any{"order_id": pay.Bare(o.ID), "order_amount": o.Amount, "currency": o.Currency, "status": o.Status, "fraud_status": o.Fraud,
		"captured_amount": o.Captured, "refunded_amount": o.Refunded}
	for name, v := range more {
		data[name] = v
	}
	a.tell(tx, o.MerchantID, typ, string(o.ID), data)
}

// tellDispute tells of a dispute; what people wrote stays out of it.
func (a *App) tellDispute(tx *store.Tx, typ string, d *pay.Dispute) {
	if a.endpoint(d.MerchantID) == nil {
		return
	}
	data := map[string]any{"dispute_id": pay.Bare(d.ID), "order_id": pay.Bare(d.OrderID), "capture_id": pay.Bare(d.CaptureID), "reason": d.Reason, "state": d.State, "amount": d.Amount, "currency": d.Currency}
	if d.DeadlineDay.IsSet() {
		data["deadline"] = d.DeadlineDay.String()
	}
	if d.Outcome != "" {
		data["outcome"] = d.Outcome
	}
	a.tell(tx, d.MerchantID, typ, string(d.ID), data)
}

// Webhook headers as Standard Webhooks names them, and the prefix of its secrets.
const (
	webhookID        = "webhook-id"
	webhookTimestamp = "webhook-timestamp"
	webhookSignature = "webhook-signature"
	webhookPrefix    = "whsec_"
)

// webhook posts an event to its merchant's endpoint, signed with every secret that is live.
func (h poster) webhook(ctx context.Context, j *pay.Job) error {
	e, err := store.LoadID(ctx, h.DB, store.MerchantEvents, pay.EventID(j.Subject))
	if err != nil || e == nil {
		return err
	}
	end := h.endpoint(e.MerchantID)
	if end == nil {
		return Permanent{errors.New("the merchant has no address for events any more")}
	}
	if until := h.silentUntil(e.MerchantID); until > h.Clock.Now() {
		return putOff{until}
	}
	secrets, err := h.liveSecrets(end)
	if err != nil {
		return Permanent{err}
	}
	body, at := eventBody(e), h.Clock.Now()/1e6
	err = callShop(ctx, outgoing{Merchant: e.MerchantID, To: end.URL, Body: body, Header: map[string]string{webhookID: string(e.ID),
		webhookTimestamp: strconv.FormatInt(at, 10), webhookSignature: sign(secrets, string(e.ID), at, body)}}, h.Demo)
	if made, ok := ctx.Value(attemptKey{}).(*attempt); ok && err != nil && made.status == 0 {
		h.leaveAlone(e.MerchantID)
	}
	return err
}

// silentPause is how long an endpoint that gave no answer is left alone: the worker waits for one call of it in that time,
// however many events there are.
const silentPause pay.Micros = 60 * 1e6

func (a *App) silentUntil(m pay.MerchantID) pay.Micros {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.silent[m]
}

func (a *App) leaveAlone(m pay.MerchantID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.silent[m] = a.Clock.Now() + silentPause
}

// eventBody is an event as merchants read it.
func eventBody(e *pay.Event) []byte {
	return mustJSON(struct {
		ID        string          `json:"id"`
		Type      string          `json:"type"`
		Timestamp string          `json:"timestamp"`
		Data      json.RawMessage `json:"data"`
	}{string(e.ID), e.Type, time.UnixMicro(e.At).UTC().Format("2006-01-02T15:04:05.000Z"), e.Data})
}

// sign is the signature header: one v1 signature for each secret, over id, timestamp and body.
func sign(secrets [][]byte, id string, at int64, body []byte) string {
	var out []string
	for _, secret := range secrets {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(id + "." + strconv.FormatInt(at, 10) + "."))
		mac.Write(body)
		out = append(out, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(out, " ")
}

// liveSecrets are the newest secret of an endpoint and the one before it until its end.
func (a *App) liveSecrets(e *pay.Endpoint) ([][]byte, error) {
	key := a.Vault.RowKey(string(e.MerchantID))
	now, err := key.Open("webhook", e.Secret)
	if err != nil {
		return nil, err
	}
	out := [][]byte{now}
	if len(e.Previous) == 0 || e.PreviousUntil <= a.Clock.Now() {
		return out, nil
	}
	before, err := key.Open("webhook", e.Previous)
	return append(out, before), err
}

// secretOverlap is how long the secret before a new one signs, too.
const secretOverlap pay.Micros = 24 * 3600 * 1e6

// mayDirect reports whether an actor may say where a merchant's events go.
func (a *App) mayDirect(who Actor, m pay.MerchantID) bool {
	return who.owns(m) && !who.readsOnly() || who.Can(DeedOnboard)
}

// SetEndpoint stores where a merchant wants events and returns the secret that signs them, which is shown only once. With
// an endpoint already there the address is replaced and the secret exchanged; the old one signs for another day.
// An empty address changes the secret alone. A key gives its secret again as long as no other has taken its place.
func (a *App) SetEndpoint(ctx context.Context, who Actor, key Key, m pay.MerchantID, to string) (string, error) {
	if !a.mayDirect(who, m) || a.merchant(m) == nil {
		return "", errForbidden
	}
	if err := a.Reload(ctx); err != nil { // another process may have changed it
		return "", err
	}
	old := a.endpoint(m)
	next := pay.Endpoint{MerchantID: m, URL: to, CreatedAt: a.Clock.Now()}
	if old != nil {
		next.Previous, next.PreviousUntil, next.CreatedAt = old.Secret, a.Clock.Now()+secretOverlap, old.CreatedAt
		if to == "" {
			next.URL = old.URL
		}
	}
	if _, err := publicURL(next.URL, a.Demo); err != nil {
		return "", pay.Errorf(pay.Invalid, "bad_url", "url", "Give an https address that can be reached from the internet")
	}
	secret, again, err := a.endpointSecret(ctx, who, key, old)
	if err != nil || again {
		return webhookPrefix + base64.StdEncoding.EncodeToString(secret), err
	}
	next.Secret = a.Vault.RowKey(string(m)).Seal("webhook", secret)
	if err := a.DB.PutEndpoint(ctx, next); err != nil {
		return "", err
	}
	if err := a.audit(ctx, who, "webhook_secret", bucketOf(m), string(m), ""); err != nil {
		return "", err
	}
	return webhookPrefix + base64.StdEncoding.EncodeToString(secret), a.Reload(ctx)
}

// endpointSecret makes the secret of an endpoint. A key makes its own, so that no answer with a secret has to be stored; again
// is true where the key came before.
func (a *App) endpointSecret(ctx context.Context, who Actor, key Key, old *pay.Endpoint) (secret []byte, again bool, err error) {
	if key.Value == "" {
		secret = make([]byte, 32)
		rand.Read(secret)
		return secret, false, nil
	}
	secret = a.Vault.Secret("webhook:" + HashRequest(who.String(), key.Value, key.Hash))
	again = true
	_, err = do(ctx, a, who, "webhook", key, store.Unit{Bucket: bucketOf(who.Merchant)}, func(*store.Tx) (struct{}, error) {
		again = false
		return struct{}{}, nil
	})
	if err != nil || !again {
		return secret, again, err
	}
	var live []byte
	if old != nil {
		if live, err = a.Vault.RowKey(string(old.MerchantID)).Open("webhook", old.Secret); err != nil {
			return nil, true, err
		}
	}
	if !bytes.Equal(secret, live) {
		return nil, true, pay.Errorf(pay.Conflict, "secret_replaced", "", "This secret is not in use any more; ask for a new one with another idempotency key")
	}
	return secret, true, nil
}

// DropEndpoint ends the events of a merchant; those that wait are given up.
func (a *App) DropEndpoint(ctx context.Context, who Actor, m pay.MerchantID) error {
	if !a.mayDirect(who, m) {
		return errForbidden
	}
	if err := a.DB.DropEndpoint(ctx, m); err != nil {
		return err
	}
	if err := a.audit(ctx, who, "webhook_end", bucketOf(m), string(m), ""); err != nil {
		return err
	}
	return a.Reload(ctx)
}
