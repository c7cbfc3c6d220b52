package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"zahlziel/cal"
	"zahlziel/ledger"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// cur is a currency, short where a signature names many things.
type cur = money.Currency

// deliverMax bounds one batch of messages into one party's books.
const deliverMax = 200

// Deliver brings undelivered messages of all buckets into the books of their parties. It returns how many it delivered.
// The outbox row is the truth until the party's inbox holds the message; a crash between the two delivers it again without
// effect. A message that cannot be booked stays and is reported; it holds up no other party.
func (a *App) Deliver(ctx context.Context) (int, error) {
	buckets, err := a.DB.BucketsWithMessages(ctx)
	if err != nil {
		return 0, err
	}
	total := 0
	var problems []error
	for _, bucket := range buckets {
		for {
			msgs, err := a.DB.Undelivered(ctx, bucket, deliverMax)
			if err != nil {
				return total, err
			}
			n, err := a.deliverSome(ctx, bucket, msgs)
			total += n
			if err != nil {
				problems = append(problems, err)
			}
			if err != nil || len(msgs) < deliverMax {
				break
			}
		}
	}
	return total, errors.Join(problems...)
}

// deliver brings messages of a bucket to their parties.
func (a *App) deliver(ctx context.Context, bucket int, msgs []*pay.Message) error {
	_, err := a.deliverSome(ctx, bucket, msgs)
	return err
}

// deliverSome notes what arrived even where other messages fail, and returns how many that are.
func (a *App) deliverSome(ctx context.Context, bucket int, msgs []*pay.Message) (int, error) {
	byParty := map[string][]*pay.Message{}
	for _, m := range msgs {
		byParty[m.Party] = append(byParty[m.Party], m)
	}
	var problems []error
	var refs []store.Ref
	var arrived []string
	for party, batch := range byParty {
		if err := a.receive(ctx, party, batch); err != nil {
			problems = append(problems, fmt.Errorf("messages of bucket %d for %s: %w", bucket, party, err))
			continue
		}
		for _, m := range batch {
			refs, arrived = append(refs, store.Outbox.At(bucket, m.ID)), append(arrived, m.ID)
		}
	}
	if len(refs) == 0 {
		return 0, errors.Join(problems...)
	}
	_, err := do(ctx, a, System, "delivered", Key{}, store.Unit{Bucket: bucket, Load: refs}, func(tx *store.Tx) (struct{}, error) {
		for _, id := range arrived {
			row, err := store.Get(tx, store.Outbox, id)
			if err != nil {
				return struct{}{}, err
			}
			if row == nil || row.Delivered != 0 {
				continue
			}
			row.Delivered = tx.At
			store.Save(tx, store.Outbox, row)
		}
		return struct{}{}, nil
	})
	if err != nil {
		return 0, errors.Join(append(problems, err)...)
	}
	return len(refs), errors.Join(problems...)
}

// receive books messages in the party's bucket, each once.
func (a *App) receive(ctx context.Context, party string, msgs []*pay.Message) error {
	b := bucketOf(party)
	var refs []store.Ref
	for _, m := range msgs {
		refs = append(refs, store.Inbox.At(b, m.ID))
	}
	if strings.HasPrefix(party, pay.PrefixConsumer) {
		refs = append(refs, store.Consumers.At(b, party))
	}
	_, err := do(ctx, a, System, "receive", Key{}, store.Unit{Bucket: b, Load: refs}, func(tx *store.Tx) (struct{}, error) {
		for _, m := range msgs {
			seen, err := store.Get(tx, store.Inbox, m.ID)
			if err != nil {
				return struct{}{}, err
			}
			if seen != nil {
				continue
			}
			store.Save(tx, store.Inbox, &pay.Received{Bucket: b, ID: m.ID, At: tx.At})
			if err := a.bookMessage(tx, party, m); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

func (a *App) bookMessage(tx *store.Tx, party string, m *pay.Message) error {
	if strings.HasPrefix(party, pay.PrefixConsumer) {
		return a.bookAssigned(tx, pay.ConsumerID(party), m)
	}
	return a.bookForMerchant(tx, pay.MerchantID(party), m)
}

// assigned is the body of a message that brings an identified payment to its consumer's books.
type assigned struct {
	PaymentID pay.PaymentID `json:"payment_id"`
	InvoiceID pay.InvoiceID `json:"invoice_id"`
	ValueDay  cal.Day       `json:"value_day"`
	Rule      string        `json:"rule"`
}

// bookAssigned puts money that was identified away from its owner's books on the owner's invoice.
func (a *App) bookAssigned(tx *store.Tx, id pay.ConsumerID, m *pay.Message) error {
	var to assigned
	if err := json.Unmarshal(m.Body, &to); err != nil {
		return err
	}
	p, err := a.person(tx, id)
	if err != nil {
		return err
	}
	_, err = a.allocate(tx, p, to, m.Amount, m.Currency, ledger.Clearing(string(id), m.Bucket))
	if err != nil {
		return err
	}
	return p.save(tx)
}
