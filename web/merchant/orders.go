package merchant

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// pageSize is how many rows a list shows.
const pageSize = 25

// orderList is one page of the shop's orders; Next is the id that the page behind it begins before.
type orderList struct {
	Orders []*pay.Order
	Later  bool // it is not the first page
	Next   pay.OrderID
}

func (p *Pages) orders(w http.ResponseWriter, r *http.Request, who visitor) error {
	var before pay.OrderID
	if text := r.URL.Query().Get("before"); text != "" {
		id, ok := pay.ParseID[pay.OrderID](pay.PrefixOrder, text)
		if !ok {
			return web.Status(http.StatusNotFound)
		}
		before = id
	}
	all, err := p.app.MerchantOrders(r.Context(), who.Actor, before, pageSize+1)
	if err != nil {
		return err
	}
	list := orderList{Orders: all, Later: before != ""}
	if len(all) > pageSize {
		list.Orders, list.Next = all[:pageSize], all[pageSize-1].ID
	}
	return web.Render(w, r, http.StatusOK, ordersPage(who, list))
}

// orderPageView is one order with the disputes about it. How the buyer pays and what is known of them is not the shop's.
type orderPageView struct {
	*app.OrderView
	Disputes []*app.DisputeView
}

func (p *Pages) order(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.OrderID](r, "id", pay.PrefixOrder)
	if err != nil {
		return err
	}
	v, err := p.app.ReadOrder(r.Context(), who.Actor, id)
	if err != nil {
		return err
	}
	about, err := p.app.Disputes(r.Context(), who.Actor, app.DisputeQuery{Order: id, Descending: true, Limit: pageSize})
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, orderPage(who, orderPageView{v, about.Disputes}))
}

func orderHref(id pay.OrderID) string { return "/merchant/orders/" + pay.Bare(id) }

func orderTable(ctx context.Context, list []*pay.Order) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.orders.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.number")}, {Head: web.T(ctx, "merchant.col.when")},
		{Head: web.T(ctx, "merchant.col.method")}, {Head: web.T(ctx, "merchant.col.state")}, {Head: web.T(ctx, "merchant.col.amount"), Num: true}, {Head: web.T(ctx, "merchant.col.captured"), Num: true},
		{Head: web.T(ctx, "merchant.col.refunded"), Num: true}}}
	for _, o := range list {
		row := web.Cells(pay.ShortReference(o.ID), web.Instant(ctx, o.CreatedAt), web.T(ctx, "method.title."+o.Method), orderState(ctx, o), web.Money(ctx, o.Amount, o.Currency),
			web.Money(ctx, o.Captured, o.Currency), web.Money(ctx, o.Refunded, o.Currency))
		row[0].Href = orderHref(o.ID)
		t.Rows = append(t.Rows, row)
	}
	return t
}

// orderState says how an order stands; one that waits for a person at the operator's says that first.
func orderState(ctx context.Context, o *pay.Order) string {
	if o.Fraud == pay.FraudPending {
		return web.T(ctx, "merchant.review.PENDING")
	}
	return web.T(ctx, "merchant.order."+o.Status)
}

func orderFacts(ctx context.Context, v orderPageView) []web.Fact {
	o, c := &v.Order, &v.Cart
	facts := []web.Fact{{Label: web.T(ctx, "merchant.col.state"), Value: web.T(ctx, "merchant.order."+o.Status)}, {Label: web.T(ctx, "merchant.review"), Value: web.T(ctx, "merchant.review."+o.Fraud)},
		{Label: web.T(ctx, "merchant.col.method"), Value: web.T(ctx, "method.title."+o.Method)}, {Label: web.T(ctx, "merchant.col.when"), Value: web.Instant(ctx, o.CreatedAt)}}
	if o.Remaining() > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.order.until"), Value: web.Instant(ctx, o.ExpiresAt)})
	}
	for i, ref := range []string{c.Reference1, c.Reference2} {
		if ref != "" {
			facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.reference", web.Data{"N": i + 1}), Value: ref})
		}
	}
	if ad := c.Delivery(); ad != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchant.order.to"), Value: place(ad)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "merchant.order.id"), Value: pay.Bare(o.ID)})
}

// place is where goods go, as the shop wrote it.
func place(ad *pay.Address) string {
	var parts []string
	for _, s := range []string{ad.Organization, ad.FullName(), ad.Street, ad.Street2, strings.TrimSpace(ad.PostalCode + " " + ad.City), ad.Country} {
		if s = strings.TrimSpace(s); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ", ")
}

func orderSums(ctx context.Context, o *pay.Order) []web.Fact {
	facts := []web.Fact{{Label: web.T(ctx, "merchant.col.amount"), Value: web.Money(ctx, o.Amount, o.Currency)}}
	for _, part := range []struct {
		label string
		sum   int64
	}{{web.T(ctx, "merchant.col.captured"), o.Captured}, {web.T(ctx, "merchant.col.refunded"), o.Refunded}, {web.T(ctx, "merchant.col.released"), o.Released}} {
		if part.sum > 0 {
			facts = append(facts, web.Fact{Label: part.label, Value: web.Money(ctx, part.sum, o.Currency)})
		}
	}
	return append(facts, web.Fact{Label: web.T(ctx, "merchant.col.remaining"), Value: web.Money(ctx, o.Remaining(), o.Currency), Total: true})
}

func lineTable(ctx context.Context, v orderPageView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.order.lines"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.item")}, {Head: web.T(ctx, "merchant.col.reference")},
		{Head: web.T(ctx, "merchant.col.quantity"), Num: true}, {Head: web.T(ctx, "merchant.col.amount"), Num: true}}}
	for _, l := range v.Cart.Lines {
		t.Rows = append(t.Rows, web.Cells(l.Name, l.Reference, strconv.FormatInt(l.Quantity, 10), web.Money(ctx, l.TotalAmount, v.Order.Currency)))
	}
	return t
}

// moves are captures and refunds in the order of their making.
func moves(ctx context.Context, v orderPageView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.order.moves"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.when")}, {Head: web.T(ctx, "merchant.col.what")},
		{Head: web.T(ctx, "merchant.col.reference")}, {Head: web.T(ctx, "merchant.col.text")}, {Head: web.T(ctx, "merchant.col.amount"), Num: true}}}
	type move struct {
		at  pay.Micros
		row []web.Cell
	}
	var all []move
	for _, c := range v.Captures {
		text := []string{c.Parcel.Description}
		for _, s := range c.Parcel.Shipping {
			text = append(text, strings.TrimSpace(s.Company+" "+s.TrackingNumber))
		}
		text = slices.DeleteFunc(text, func(s string) bool { return s == "" })
		all = append(all, move{c.Capture.At, web.Cells(web.Instant(ctx, c.Capture.At), web.T(ctx, "merchant.capture"), c.Parcel.Reference, strings.Join(text, ", "), web.Money(ctx, c.Capture.Amount, v.Order.Currency))})
	}
	for _, f := range v.Refunds {
		all = append(all, move{f.Refund.At, web.Cells(web.Instant(ctx, f.Refund.At), web.T(ctx, "merchant.refund"), f.Parcel.Reference, f.Parcel.Description, web.Money(ctx, -f.Refund.Amount, v.Order.Currency))})
	}
	slices.SortStableFunc(all, func(a, b move) int { return int(min(max(a.at-b.at, -1), 1)) })
	for _, m := range all {
		t.Rows = append(t.Rows, m.row)
	}
	return t
}
