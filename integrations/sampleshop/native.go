package sampleshop

import (
	"context"
	"errors"

	"zahlziel/client"
)

// Native sells through the provider's JSON API.
type Native struct{ Client *client.Client }

// Open makes a session and its hosted payment page.
func (n Native) Open(ctx context.Context, s Sale) (string, error) {
	tax := s.Tax()
	in := client.NewSession{
		Cart: client.Cart{Country: country, Currency: currency, Locale: s.Locale, Amount: s.Amount(), TaxAmount: &tax, Reference: s.Number,
			Billing: &client.Address{GivenName: s.Buyer.GivenName, FamilyName: s.Buyer.FamilyName, Email: s.Buyer.Email,
				Street: s.Buyer.Street, PostalCode: s.Buyer.PostalCode, City: s.Buyer.City, Country: country},
			URLs: &client.URLs{Authorization: s.Returns.Told}},
		Buyer: &client.Buyer{BirthDate: s.Buyer.birthDate()},
	}
	for _, i := range s.Items {
		in.Lines = append(in.Lines, client.Line{Type: "physical", Reference: i.SKU, Name: i.Name, Quantity: i.Quantity,
			UnitPrice: i.Price, TaxRate: vatRate, TotalAmount: i.Total(), TaxAmount: i.Tax()})
	}
	session, err := n.Client.CreateSession(ctx, in)
	if err != nil {
		return "", refused(err)
	}
	page, err := n.Client.CreatePage(ctx, session.ID, client.NewPage{Then: "none", URLs: client.PageURLs{
		Success: s.Returns.Done, Cancel: s.Returns.Basket, Back: s.Returns.Basket, Failure: s.Returns.Failed, Error: s.Returns.Failed}})
	if err != nil {
		return "", refused(err)
	}
	return page.URL, nil
}

// Place orders what the token stands for.
func (n Native) Place(ctx context.Context, s Sale, token string) (string, error) {
	o, err := n.Client.PlaceOrder(ctx, client.NewOrder{AuthorizationToken: token, Amount: s.Amount(), Reference: s.Number})
	if err != nil {
		return "", refused(err)
	}
	return o.ID, nil
}

// Order reads an order.
func (n Native) Order(ctx context.Context, id string) (Order, error) {
	o, err := n.Client.Order(ctx, id)
	if err != nil {
		return Order{}, refused(err)
	}
	return Order{Status: o.Status, Pending: o.Review == "pending", Amount: o.Amount, Captured: o.CapturedAmount, Refunded: o.RefundedAmount, Remaining: o.RemainingAmount}, nil
}

// Ship captures the whole sale.
func (n Native) Ship(ctx context.Context, id string, s Sale) error {
	_, err := n.Client.Capture(ctx, id, client.Parcel{Amount: s.Amount()})
	return refused(err)
}

// Refund gives money back.
func (n Native) Refund(ctx context.Context, id string, amount int64) error {
	_, err := n.Client.Refund(ctx, id, client.Parcel{Amount: amount})
	return refused(err)
}

// Cancel ends the order.
func (n Native) Cancel(ctx context.Context, id string) error {
	_, err := n.Client.Cancel(ctx, id)
	return refused(err)
}

// refused turns an answer of the server into the shop's error; a broken line stays what it is.
func refused(err error) error {
	if e := (*client.Error)(nil); errors.As(err, &e) {
		return &RefusedError{Status: e.Status, Code: e.Code, Number: e.CorrelationID, Text: e.Hint}
	}
	return err
}
