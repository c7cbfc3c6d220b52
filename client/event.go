package client

import (
	"context"
	"encoding/json"
	"net/url"
	"time"
)

// Event is what the shop's endpoint was or will be told, with the calls that told it.
type Event struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
	Calls     []EventCall     `json:"calls"`
}

// EventCall is one call of the shop's endpoint. Status is that of its answer, 0 where there was none.
type EventCall struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Host    string    `json:"host"`
	Try     int64     `json:"try"`
	Status  int64     `json:"status"`
	Problem string    `json:"problem"`
	NextAt  time.Time `json:"next_at"` // zero where it is not tried again
}

// Events reads the newest 50 events before an instant, newest first; the zero time is now.
func (c *Client) Events(ctx context.Context, before time.Time) ([]Event, error) {
	q := url.Values{}
	if !before.IsZero() {
		q.Set("before", before.UTC().Format(time.RFC3339Nano))
	}
	list, err := get[struct{ Events []Event }](ctx, c, "/events", q)
	if err != nil {
		return nil, err
	}
	return list.Events, nil
}

// Resend has a call of the endpoint made again.
func (c *Client) Resend(ctx context.Context, call string) error {
	_, err := post[struct{}](ctx, c, "/events/calls/"+url.PathEscape(call)+"/resend", struct{}{})
	return err
}

// SetWebhook sets the https address that events are sent to and returns the secret that signs them; an empty address exchanges
// the secret alone. The secret of before signs for another day.
func (c *Client) SetWebhook(ctx context.Context, to string) (secret string, err error) {
	made, err := post[struct{ Secret string }](ctx, c, "/webhook", map[string]string{"url": to})
	if err != nil {
		return "", err
	}
	return made.Secret, nil
}
