// Package sim plays worlds: shops, consumers and a bank that live through time by the use cases of package app alone,
// with a turned clock, and an auditor that keeps its own naive books and compares.
package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"zahlziel/app"
	"zahlziel/bankfile"
	"zahlziel/cal"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
)

// Options say which world to make.
type Options struct {
	Seed      uint64
	Day       cal.Day               // the last business day of the world; its first lies Days before
	Consumers int                   // 0 means 30
	Sender    mail.Sender           // takes the mails; nil drops them
	MailFrom  string                // sender address of the mails
	Progress  func(done, total int) // told after each day; may be nil
}

// Days is how long a world lives: a year.
const Days = 365

// World fills an empty, migrated installation whose business day is Options.Day - Days. The same seed gives the same
// people, purchases and payments; ids, keys, passwords and times of the wall differ.
func World(ctx context.Context, a *app.App, o Options) (*Demo, error) {
	if o.Consumers == 0 {
		o.Consumers = len(cast)
	}
	if o.Sender == nil {
		o.Sender = nobody{}
	}
	w := &world{a: a, first: o.Day - Days, last: o.Day, agenda: map[cal.Day][]task{}}
	defer a.Clock.Turn(0)
	w.turn(w.first, 8)
	if err := w.open(ctx); err != nil {
		return nil, err
	}
	w.worker = &app.Worker{App: a, Handlers: a.Handlers(o.Sender, o.MailFrom), Owner: "world"}
	w.people(o.Seed, o.Consumers)
	for w.day = w.first; ; w.day++ {
		if err := w.live(ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", w.day, err)
		}
		if o.Progress != nil {
			o.Progress(int(w.day-w.first)+1, Days+1)
		}
		if w.day == w.last {
			break
		}
	}
	if err := w.books.check(ctx, w); err != nil {
		return nil, err
	}
	return w.demo(ctx)
}

// nobody is a mail server without people behind it.
type nobody struct{}

// Send takes the message and forgets it.
func (nobody) Send(context.Context, mail.Message) error { return nil }

// world is one run.
type world struct {
	a           *app.App
	first, last cal.Day
	day         cal.Day // today in the world
	shops       []*shop
	players     []*player
	bank        *bank
	books       *auditor
	worker      *app.Worker
	mu          sync.Mutex
	agenda      map[cal.Day][]task
}

// task is something that one player does on a day.
type task struct {
	who *player
	do  func(context.Context) error
}

// turn puts the clock on an hour of a day in the market's zone.
func (w *world) turn(day cal.Day, hour int) {
	w.a.Clock.Turn(pay.Germany.Midnight(day) + pay.Micros(hour)*3600*1e6)
}

func (w *world) open(ctx context.Context) error {
	o := operator()
	if err := w.a.DB.PutOperator(ctx, o); err != nil {
		return err
	}
	if err := w.a.Reload(ctx); err != nil {
		return err
	}
	w.bank = &bank{owner: o.Name, iban: bankfile.IBAN(o.IBAN), bic: o.BIC, days: map[cal.Day][]transfer{}}
	w.books = newAuditor()
	var err error
	w.shops, err = openShops(ctx, w.a)
	return err
}

// people brings the cast to life and lets everybody make their plans.
func (w *world) people(seed uint64, n int) {
	for i := range n {
		rnd := rand.New(rand.NewPCG(seed, uint64(i)))
		r := cast[i%len(cast)]
		p := &player{w: w, person: newPerson(rnd, i, w.last), rnd: rnd, state: r.state}
		w.players = append(w.players, p)
		r.play(p)
	}
	for i, stranger := range []transfer{
		{amount: 4500, name: "Kegelclub Frohsinn e.V.", iban: germanIBAN("99900000", 4242), text: []string{"Jahresbeitrag"}},
		{amount: 1990, name: "M. Unbekannt", text: []string{"Rechnung vom Montag"}},
		{amount: 75000, name: "Wohnbau Seeblick", iban: germanIBAN("99900000", 777), text: []string{"Miete, falsches Konto?"}},
	} {
		day := w.last - cal.Day(2+3*i)
		w.bank.send(day, stranger)
		w.books.received(nil, stranger.amount)
	}
}

// shopOf is the shop that sells a basket.
func (w *world) shopOf(items []item) *shop {
	for _, s := range w.shops {
		for _, g := range s.goods.Products {
			if g.SKU == items[0].sku {
				return s
			}
		}
	}
	panic("nobody sells " + items[0].sku)
}

func (w *world) plan(day cal.Day, who *player, do func(context.Context) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.agenda[max(day, w.day)] = append(w.agenda[max(day, w.day)], task{who, do})
}

// live lets one day pass: the day run, what people and shops do, the bank's statement in the evening.
func (w *world) live(ctx context.Context) error {
	w.turn(w.day, 5)
	if w.day > w.first {
		if _, err := w.a.DayRun(ctx, w.day, nil); err != nil {
			return err
		}
	}
	for hour := 9; len(w.agenda[w.day]) > 0 && hour < 19; hour += 2 {
		w.turn(w.day, hour)
		if err := w.act(ctx); err != nil {
			return err
		}
		if err := w.work(ctx); err != nil {
			return err
		}
	}
	w.turn(w.day, 20)
	if _, err := w.bank.importDay(ctx, w.a, w.day, time.UnixMicro(w.a.Clock.Now())); err != nil {
		return err
	}
	return w.work(ctx)
}

// act does what is planned so far for today, everybody at once and each in order.
func (w *world) act(ctx context.Context) error {
	byPlayer := map[*player][]task{}
	for _, t := range w.agenda[w.day] {
		byPlayer[t.who] = append(byPlayer[t.who], t)
	}
	delete(w.agenda, w.day)
	var wg sync.WaitGroup
	errs := make([]error, len(w.players))
	for i, p := range w.players {
		if len(byPlayer[p]) == 0 {
			continue
		}
		wg.Go(func() {
			for _, t := range byPlayer[p] {
				if errs[i] == nil {
					errs[i] = t.do(ctx)
				}
			}
		})
	}
	wg.Wait()
	i := slices.IndexFunc(errs, func(err error) bool { return err != nil })
	if i >= 0 {
		return fmt.Errorf("%s: %w", w.players[i].state, errs[i])
	}
	return nil
}

// work does the jobs until none is due: papers, mails, the books of the shops.
func (w *world) work(ctx context.Context) error {
	for {
		n, err := w.worker.Once(ctx)
		if err != nil || n == 0 {
			return err
		}
	}
}

// pause keeps the reminders of an invoice still, as an agent does after a complaint.
func (w *world) pause(ctx context.Context, id pay.InvoiceID, until cal.Day, why string) error {
	bucket := pay.BucketOf(pay.CellOf(string(id)))
	return w.a.DB.Do(ctx, &store.Unit{Bucket: bucket, Load: []store.Ref{store.Invoices.At(bucket, string(id))}, Do: func(tx *store.Tx) error {
		inv, err := store.Get(tx, store.Invoices, string(id))
		if err != nil {
			return err
		}
		inv.PausedUntil = until
		store.Save(tx, store.Invoices, inv)
		store.Save(tx, store.Pauses, &pay.Pause{ID: tx.IDIn("pau", pay.CellOf(string(id))), InvoiceID: id, FromDay: tx.Day, UntilDay: until, Reason: why})
		return nil
	}})
}
