package client

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"zahlziel/api"
	"zahlziel/pay"
	"zahlziel/web/portal/worldtest"
)

// TestEveryOperation: there is a method for each operation that the description lists, it calls that operation, and what
// changes something carries a key.
func TestEveryOperation(t *testing.T) {
	var called []string
	c := New("http://x", "k")
	c.HTTP = &http.Client{Transport: answers(func(r *http.Request) (*http.Response, error) {
		path := strings.TrimPrefix(r.URL.Path, "/api/v1")
		called = append(called, r.Method+" "+path)
		if keyed := r.Header.Get("Idempotency-Key") != ""; keyed != (r.Method != "GET") {
			t.Errorf("%s %s: key %v", r.Method, path, keyed)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}"))}, nil
	})}
	callEverything(t.Context(), c)
	var spec struct {
		Paths map[string]map[string]any
	}
	if err := yaml.Unmarshal(api.Spec, &spec); err != nil {
		t.Fatal(err)
	}
	var listed []string
	for path, methods := range spec.Paths {
		for method := range methods {
			listed = append(listed, strings.ToUpper(method)+" "+concrete.Replace(path))
		}
	}
	slices.Sort(listed)
	slices.Sort(called)
	if called = slices.Compact(called); !slices.Equal(called, listed) {
		for _, op := range listed {
			if !slices.Contains(called, op) {
				t.Errorf("no method calls %s", op)
			}
		}
		for _, op := range called {
			if !slices.Contains(listed, op) {
				t.Errorf("%s is called and not described", op)
			}
		}
	}
}

// concrete puts the ids of callEverything into a path.
var concrete = strings.NewReplacer("{id}", "i d", "{token}", "i d", "{plan}", "i d", "{capture}", "c", "{refund}", "c", "{request}", "c", "{attachment}", "c")

// callEverything calls every method once; the answers are empty.
func callEverything(ctx context.Context, c *Client) {
	const id, part = "i d", "c"
	c.CreateSession(ctx, NewSession{})
	c.Session(ctx, id)
	c.ChangeSession(ctx, id, SessionChange{})
	c.EndSession(ctx, id)
	c.CreatePage(ctx, id, NewPage{})
	c.Page(ctx, id)
	c.CancelPage(ctx, id)
	c.MailPage(ctx, id, "")
	c.Authorization(ctx, id)
	c.ReleaseAuthorization(ctx, id)
	c.Methods(ctx, id)
	c.Identify(ctx, id, "", "")
	c.Confirm(ctx, id, Confirmation{})

	c.PlaceOrder(ctx, NewOrder{})
	c.Orders(ctx, "", 0)
	c.Order(ctx, id)
	c.AcknowledgeOrder(ctx, id)
	c.SetReferences(ctx, id, nil, nil)
	c.ChangeAmount(ctx, id, AmountChange{})
	c.ChangeShipping(ctx, id, Address{})
	c.ExtendOrder(ctx, id)
	c.AddShipments(ctx, id)
	c.Cancel(ctx, id)
	c.Release(ctx, id)
	c.Capture(ctx, id, Parcel{})
	c.Refund(ctx, id, Parcel{})
	c.CaptureOf(ctx, id, part)
	c.RefundOf(ctx, id, part)
	c.AddCaptureShipments(ctx, id, part)
	c.SendAgain(ctx, id, part)
	c.ExtensionOptions(ctx, id, part)
	c.ExtendDueDay(ctx, id, part, 14)

	c.CreateCustomerToken(ctx, NewCustomerToken{})
	c.CustomerToken(ctx, id)
	c.PlaceTokenOrder(ctx, id, TokenOrder{})
	c.CancelCustomerToken(ctx, id)

	c.Disputes(ctx, DisputeFilter{}, "", 0)
	c.Dispute(ctx, id)
	c.AttachToDispute(ctx, id, "", nil)
	c.DisputeAttachment(ctx, id, part, io.Discard)
	c.AnswerDispute(ctx, id, part, DisputeReply{})
	c.AcceptLoss(ctx, id)

	c.Payouts(ctx, PayoutFilter{}, "", 0)
	c.Payout(ctx, id)
	for range c.PayoutTransactions(ctx, id) {
	}
	for range c.Transactions(ctx, "") {
	}
	c.PayoutCSV(ctx, id, io.Discard)
	c.PayoutPDF(ctx, id, "de", io.Discard)
	c.PayoutsCSV(ctx, "", "", io.Discard)
	c.PayoutsPDF(ctx, "", "", "de", io.Discard)

	c.Events(ctx, time.Time{})
	c.Resend(ctx, id)
	c.SetWebhook(ctx, "")

	c.MyStanding(ctx)
	c.WaysBack(ctx, "", 0, "")
	c.AcceptPlan(ctx, id)
	c.Contract(ctx, id)
	c.Simulate(ctx, Choice{})
	c.Decision(ctx, id, "de")
	c.AskReview(ctx, id, "", "")
	c.Review(ctx, id)
}

// TestMe reads a consumer's own things with the token of a sign-in.
func TestMe(t *testing.T) {
	w, shop := newWorld(t)
	o := w.Order(worldtest.Anna, w.Shoes, "invoice_14", worldtest.Line("Hut", 3000))
	w.Ship(w.Shoes, o)
	w.Work()
	token := ok[string](t)(w.UseSignInLink(w.Ctx, strings.TrimPrefix(w.Link(worldtest.Anna), "/me/link/")))
	c, ctx := New(shop.Base, token), t.Context()
	standing := ok[*Standing](t)(c.MyStanding(ctx))
	if standing.Currency != "EUR" || len(standing.Groups) == 0 || standing.InUse != 3000 || standing.Warning == "" {
		t.Errorf("%+v", standing)
	}
	way := ok[*WayBack](t)(c.WaysBack(ctx, "invoice_14", 90_000, "2026-12-10"))
	if way.Amount != 90_000 || way.Method != "invoice_14" || len(way.Ends) == 0 || (len(way.Plans) == 0) == (way.None == nil && !way.Open) {
		t.Errorf("%+v", way)
	}
	if s := ok[*Simulation](t)(c.Simulate(ctx, Choice{Day: "2026-12-24"})); s.With.Day != "2026-12-24" || s.Today.Score != standing.Score {
		t.Errorf("%+v", s)
	}
	why := ok[*Decision](t)(c.Decision(ctx, pay.Bare(o.DecisionID), "en"))
	if !why.Approved || why.Amount != 3000 || why.Shop != "Schuhladen" || len(why.Record) == 0 {
		t.Errorf("%+v", why)
	}
	asked := ok[*Review](t)(c.AskReview(ctx, why.ID, "Das stimmt nicht, bitte prüfen Sie es.", ""))
	if read := ok[*Review](t)(c.Review(ctx, asked.ID)); read.State != asked.State || !strings.HasSuffix(asked.URL, asked.ID) {
		t.Errorf("%+v %+v", asked, read)
	}
	for name, err := range map[string]error{"no_such_contract": second(c.Contract(ctx, "x")), "plan_over": second(c.AcceptPlan(ctx, "x"))} {
		if e, known := err.(*Error); !known || e.Code != name && e.Status != 404 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
