package app_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/store/storetest"
)

// atOnce runs n calls side by side and returns their answers and errors.
func atOnce[T any](n int, f func(i int) (T, error)) ([]T, []error) {
	answers, errs := make([]T, n), make([]error, n)
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Add(1)
		go func() {
			defer done.Done()
			start.Wait()
			answers[i], errs[i] = f(i)
		}()
	}
	start.Done()
	done.Wait()
	return answers, errs
}

// none fails for any error.
func none(t *testing.T, errs []error) {
	t.Helper()
	for _, err := range errs {
		must(t, err)
	}
}

func succeeded(errs []error) (n int) {
	for _, err := range errs {
		if err == nil {
			n++
		}
	}
	return n
}

func distinct[T any, K comparable](list []T, key func(T) K) int {
	seen := map[K]bool{}
	for _, v := range list {
		seen[key(v)] = true
	}
	return len(seen)
}

// session opens a session for a person at the shop of the small world.
func (w *bank) session(p buyer, amount int64) *app.SessionView {
	w.t.Helper()
	s, err := w.CreateSession(ctx, w.shop, cartOf(p.email(), amount))
	must(w.t, err)
	return s
}

// confirm confirms a session with a credential.
func (w *bank) confirm(s *app.SessionView, r app.AuthorizeRequest) (*app.AuthorizeAnswer, error) {
	free := int64(500_000)
	r.Consent, r.MonthlyFree = true, &free
	if r.Method == "" {
		r.Method = "invoice_14"
	}
	return w.Authorize(ctx, s.Session.ID, s.ClientToken, r)
}

var withCode = app.AuthorizeRequest{EmailCode: "000000"}

func TestAtOnce(t *testing.T) {
	cases := map[string]func(t *testing.T, w *bank){
		"captures over the rest": func(t *testing.T, w *bank) {
			o := w.order(anna, 5000)
			_, errs := atOnce(8, func(int) (*pay.Capture, error) { return w.Capture(ctx, w.shop, app.Key{}, o.ID, 2000, pay.Parcel{}) })
			equal(t, "captures", succeeded(errs), 2)
			verifyFacts(t, w.App, o.ConsumerID)
		},
		"capture and refund": func(t *testing.T, w *bank) {
			inv := w.buy(anna, 2000)
			o := w.order(anna, 5000)
			_, errs := atOnce(10, func(i int) (any, error) {
				if i%2 == 0 {
					return w.Capture(ctx, w.shop, app.Key{}, o.ID, 1000, pay.Parcel{})
				}
				return w.Refund(ctx, w.shop, app.Key{}, inv.OrderID, 400, pay.Parcel{})
			})
			equal(t, "done", succeeded(errs), 10)
			verifyFacts(t, w.App, o.ConsumerID)
		},
		"refunds right after captures": func(t *testing.T, w *bank) {
			o := w.order(anna, 5000)
			_, errs := atOnce(20, func(i int) (any, error) {
				if i%2 == 0 {
					return w.Capture(ctx, w.shop, app.Key{}, o.ID, 500, pay.Parcel{})
				}
				return w.Refund(ctx, w.shop, app.Key{}, o.ID, 500, pay.Parcel{})
			})
			for _, err := range errs {
				if err != nil && codeOf(err) != "refund_not_allowed" {
					t.Error(err)
				}
			}
			verifyFacts(t, w.App, o.ConsumerID)
		},
		"orders with one token": func(t *testing.T, w *bank) {
			ans, cart := w.authorize(anna, "invoice_14", 4000)
			cart.AutoCapture = true
			orders, errs := atOnce(8, func(int) (*pay.Order, error) { return w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart) })
			none(t, errs)
			equal(t, "orders", distinct(orders, func(o *pay.Order) pay.OrderID { return o.ID }), 1)
			equal(t, "captures", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM captures"), 1)
			verifyFacts(t, w.App, ans.Consumer)
		},
		"confirmations of one session": func(t *testing.T, w *bank) {
			s := w.session(anna, 4000)
			answers, errs := atOnce(8, func(int) (*app.AuthorizeAnswer, error) { return w.confirm(s, withCode) })
			none(t, errs)
			equal(t, "tokens", distinct(answers, func(a *app.AuthorizeAnswer) pay.AuthorizationID { return a.Token }), 1)
			equal(t, "approved", answers[0].Approved, true)
			equal(t, "authorizations", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM authorizations"), 1)
			verifyFacts(t, w.App, answers[0].Consumer)
		},
		"two people, one refused, in one session": func(t *testing.T, w *bank) {
			devices := [2]string{}
			for i, p := range []buyer{anna, bert} {
				ans, err := w.confirm(w.session(p, 1000+8500*int64(i)), withCode) // what bert reserves here is all of his limit
				must(t, err)
				devices[i] = ans.DeviceToken
			}
			for range 15 {
				cart := cartOf("", 4000)
				s, err := w.CreateSession(ctx, w.shop, cart)
				must(t, err)
				answers, errs := atOnce(2, func(i int) (*app.AuthorizeAnswer, error) {
					return w.confirm(s, app.AuthorizeRequest{DeviceToken: devices[i]})
				})
				none(t, errs)
				if !answers[0].Approved || answers[1].Approved {
					t.Fatalf("approved: %v and %v", answers[0].Approved, answers[1].Approved)
				}
				row, err := store.LoadID(ctx, w.DB, store.Sessions, s.Session.ID)
				must(t, err)
				equal(t, "whose authorization the session names", row.Authorization, answers[0].Token)
				must(t, w.ReleaseAuthorization(ctx, w.shop, app.Key{}, answers[0].Token))
			}
		},
		"methods of one session": func(t *testing.T, w *bank) {
			s := w.session(anna, 4000)
			answers, errs := atOnce(9, func(i int) (*app.AuthorizeAnswer, error) {
				return w.confirm(s, app.AuthorizeRequest{EmailCode: "000000", Method: []string{"invoice_14", "invoice_30", "prepayment"}[i%3]})
			})
			none(t, errs)
			equal(t, "open authorizations", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM authorizations WHERE status IN ('live', 'awaiting_payment')"), 1)
			if n := storetest.Count(t, w.DB, "SELECT COUNT(*) FROM invoices WHERE open_amount > 0"); n > 1 {
				t.Errorf("%d open demands", n)
			}
			verifyFacts(t, w.App, answers[0].Consumer)
		},
		"sessions over the limit": func(t *testing.T, w *bank) {
			sessions := make([]*app.SessionView, 8)
			for i := range sessions {
				sessions[i] = w.session(anna, 4000)
			}
			answers, errs := atOnce(8, func(i int) (*app.AuthorizeAnswer, error) { return w.confirm(sessions[i], withCode) })
			none(t, errs)
			granted := 0
			for _, a := range answers {
				if a.Approved {
					granted++
				}
			}
			equal(t, "granted of a limit of 10000", granted, 2)
			verifyFacts(t, w.App, answers[0].Consumer)
		},
		"guests with one address": func(t *testing.T, w *bank) {
			sessions := make([]*app.SessionView, 8)
			for i := range sessions {
				sessions[i] = w.session(anna, 1000)
			}
			answers, errs := atOnce(8, func(i int) (*app.AuthorizeAnswer, error) { return w.confirm(sessions[i], withCode) })
			none(t, errs)
			equal(t, "consumers", distinct(answers, func(a *app.AuthorizeAnswer) pay.ConsumerID { return a.Consumer }), 1)
			equal(t, "rows", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM consumers"), 1)
			verifyFacts(t, w.App, answers[0].Consumer)
		},
		"one key": func(t *testing.T, w *bank) {
			o := w.order(anna, 5000)
			captures, errs := atOnce(8, func(int) (*pay.Capture, error) {
				return w.Capture(ctx, w.shop, app.Key{Value: "k", Hash: "h"}, o.ID, 1000, pay.Parcel{})
			})
			none(t, errs)
			equal(t, "captures", distinct(captures, func(c *pay.Capture) pay.CaptureID { return c.ID }), 1)
			verifyFacts(t, w.App, o.ConsumerID)
		},
		"one key, two bodies": func(t *testing.T, w *bank) {
			o := w.order(anna, 5000)
			_, errs := atOnce(8, func(i int) (*pay.Capture, error) {
				return w.Capture(ctx, w.shop, app.Key{Value: "k", Hash: fmt.Sprint(i % 2)}, o.ID, 1000+int64(i%2), pay.Parcel{})
			})
			equal(t, "answered", succeeded(errs), 4)
			equal(t, "captures", storetest.Count(t, w.DB, "SELECT COUNT(*) FROM captures"), 1)
		},
		"cancel and capture": func(t *testing.T, w *bank) {
			o := w.order(anna, 5000)
			_, errs := atOnce(2, func(i int) (any, error) {
				if i == 0 {
					return nil, w.CancelOrder(ctx, w.shop, app.Key{}, o.ID)
				}
				return w.Capture(ctx, w.shop, app.Key{}, o.ID, 5000, pay.Parcel{})
			})
			equal(t, "won", succeeded(errs), 1)
			verifyFacts(t, w.App, o.ConsumerID)
		},
		"order and release": func(t *testing.T, w *bank) {
			ans, cart := w.authorize(anna, "invoice_14", 4000)
			_, errs := atOnce(2, func(i int) (any, error) {
				if i == 0 {
					return nil, w.ReleaseAuthorization(ctx, w.shop, app.Key{}, ans.Token)
				}
				return w.PlaceOrder(ctx, w.shop, app.Key{}, ans.Token, cart)
			})
			equal(t, "won", succeeded(errs), 1)
			verifyFacts(t, w.App, ans.Consumer)
		},
	}
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		names := make([]string, 0, len(cases))
		for name := range cases {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			t.Run(name, func(t *testing.T) {
				fresh := storetest.SQLite
				if d.Postgres {
					fresh = storetest.Postgres
				}
				w := newBank(t, fresh(t))
				cases[name](t, w)
				_, err := w.Deliver(ctx)
				must(t, err)
				w.audit()
			})
		}
	})
}

// TestCodesAtOnce guesses a code and uses the right one many times side by side.
func TestCodesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, d storetest.Database) {
		w := newBank(t, d)
		w.live()
		s := w.session(anna, 2000)
		code := w.codeFor(s, anna.email())
		wrong := "111111"
		if code == wrong {
			wrong = "222222"
		}
		answers, errs := atOnce(4, func(int) (*app.AuthorizeAnswer, error) { return w.confirm(s, app.AuthorizeRequest{EmailCode: wrong}) })
		none(t, errs)
		for _, a := range answers {
			equal(t, "step", a.StepUp, "email_code")
		}
		row, err := store.LoadID(ctx, w.DB, store.Sessions, s.Session.ID)
		must(t, err)
		equal(t, "tries", row.CodeTries, 4)
		answers, errs = atOnce(6, func(int) (*app.AuthorizeAnswer, error) { return w.confirm(s, app.AuthorizeRequest{EmailCode: code}) })
		none(t, errs)
		proved := 0
		for _, a := range answers {
			if a.StepUp == "" {
				proved++
			}
		}
		equal(t, "proved with one code", proved, 1)
	})
}
