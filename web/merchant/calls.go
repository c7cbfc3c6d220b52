package merchant

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// callList is one page of what the shop was told.
type callList struct {
	Told   []app.ToldView
	Before app.ToldMark
	Next   app.ToldMark
	Done   bool
}

func (p *Pages) calls(w http.ResponseWriter, r *http.Request, who visitor) error {
	list := callList{Done: known(r, "done", "resend") != ""}
	var err error
	if text := r.URL.Query().Get("before"); text != "" {
		var ok bool
		if list.Before, ok = parseMark(text); !ok {
			return web.Status(http.StatusNotFound)
		}
	}
	if list.Told, list.Next, err = p.app.Told(r.Context(), who.Actor, who.Merchant, list.Before); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, callsPage(who, list))
}

// resend has one thing told again and goes back to the page where it stood.
func (p *Pages) resend(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	id, ok := pay.ParseID[pay.ShopCallID](pay.PrefixShopCall, r.PostForm.Get("call"))
	if !ok {
		return web.Status(http.StatusNotFound)
	}
	if _, err := p.app.Resend(r.Context(), who.Actor, app.Key{}, id); err != nil {
		return err
	}
	back := url.Values{"done": {"resend"}}
	if mark, ok := parseMark(r.PostForm.Get("before")); ok {
		back.Set("before", markText(mark))
	}
	return web.Redirect(w, r, "/merchant/calls?"+back.Encode())
}

// markText writes a place in the list, parseMark reads it; the place before the newest is empty.
func markText(m app.ToldMark) string {
	if m.At == 0 {
		return ""
	}
	return strconv.FormatInt(m.At, 10) + "." + pay.Bare(m.ID)
}

func parseMark(text string) (app.ToldMark, bool) {
	at, id, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	call, ok := pay.ParseID[pay.ShopCallID](pay.PrefixShopCall, id)
	return app.ToldMark{At: n, ID: call}, err == nil && n > 0 && ok
}

func callTable(ctx context.Context, who visitor, list callList) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.calls.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.col.what")}, {Head: web.T(ctx, "merchant.col.about")},
		{Head: web.T(ctx, "merchant.col.host")}, {Head: web.T(ctx, "merchant.col.answer")}, {Head: web.T(ctx, "merchant.col.tries")}, {Head: web.T(ctx, "merchant.col.next")}, {}}}
	for _, v := range list.Told {
		last := v.Last()
		next := ""
		if last.NextAt > 0 {
			next = web.Instant(ctx, last.NextAt)
		}
		row := []web.Cell{{Text: callName(ctx, v)}, about(ctx, v), {Text: last.Host}, {Body: answerTag(v)}, {Body: triesCell(v)}, {Text: next}, {}}
		if who.owner() {
			row[6].Body = resendForm(list, last)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// callName is the type of an event as the shop's program reads it, or what a callback is about.
func callName(ctx context.Context, v app.ToldView) string {
	if v.Event != "" {
		return v.Event
	}
	return web.T(ctx, "merchant.call."+v.Last().Kind)
}

// about names what was told, with a link where the shop has a page of it.
func about(ctx context.Context, v app.ToldView) web.Cell {
	prefix, _, _ := strings.Cut(v.Subject, "_")
	switch prefix {
	case pay.PrefixOrder:
		return web.Cell{Text: web.T(ctx, "merchant.order.title", web.Data{"Number": pay.ShortReference(pay.OrderID(v.Subject))}), Href: orderHref(pay.OrderID(v.Subject))}
	case pay.PrefixPayout:
		return web.Cell{Text: web.T(ctx, "merchant.about.payout"), Href: payoutHref(pay.PayoutID(v.Subject))}
	case pay.PrefixDispute:
		return web.Cell{Text: web.T(ctx, "merchant.about.dispute"), Href: disputeHref(pay.DisputeID(v.Subject))}
	}
	return web.Cell{Text: pay.Bare(v.Subject)}
}

// answerText is what came of one try.
func answerText(ctx context.Context, c *pay.ShopCall) string {
	switch {
	case c.Status > 0:
		return strconv.FormatInt(c.Status, 10)
	case c.Problem != "":
		return web.T(ctx, "merchant.call.no_answer")
	}
	return web.T(ctx, "merchant.call.taken")
}

func answerKind(failed bool) web.Kind {
	if failed {
		return web.Caution
	}
	return web.Success
}
