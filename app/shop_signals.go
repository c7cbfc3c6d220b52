package app

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"

	"zahlziel/cal"
	"zahlziel/credit"
	"zahlziel/fraud"
	"zahlziel/pay"
	"zahlziel/store"
)

// Kinds of merchant signal.
const (
	SignalExposure     = "exposure"      // open claims against the shop's customers, minor units
	SignalFirstDefault = "first_default" // share of first invoices that were not paid, per mille
	SignalSpike        = "spike"         // orders of the day, percent of the mean of the days before
	SignalComplaints   = "complaints"    // refunds and disputes, share of what was captured, per mille
)

// settingShopStops holds the live shops whose customers owe more than their bound: they give no new credit (R20).
const settingShopStops = "shop_stops"

func (a *App) readStops(ctx context.Context) (map[pay.MerchantID]bool, error) {
	body, ok, err := a.DB.Setting(ctx, settingShopStops)
	if err != nil || !ok {
		return nil, err
	}
	var ids []pay.MerchantID
	if err := json.Unmarshal([]byte(body), &ids); err != nil {
		return nil, err
	}
	out := map[pay.MerchantID]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, nil
}

// stopShop keeps a shop over its exposure limit from giving more credit; paying now stays possible.
func (a *App) stopShop(m *pay.Merchant, req *credit.Request) {
	req.CreditStop = req.CreditStop || a.fraud.lists.Load().stopped[m.ID]
}

// payoutDay is when a shop is paid what becomes its due on a day. A live shop's first payouts come later.
func (a *App) payoutDay(tx *store.Tx, shop *pay.Merchant) (cal.Day, error) {
	due := cal.Target2.AddBankDays(tx.Day, shop.SettleDays)
	if _, over := a.fraud.settled.Load(shop.ID); over || shop.Mode != pay.ModeLive {
		return due, nil
	}
	rules, err := a.fraudRules(tx.Day)
	if err != nil {
		return due, err
	}
	n, err := tx.CountPayouts(shop.ID)
	if err != nil {
		return due, err
	}
	if n >= rules.Merchant.FirstPayouts {
		a.fraud.settled.Store(shop.ID, true)
		return due, nil
	}
	return cal.Target2.AddBankDays(due, int(rules.Merchant.DelayDays)), nil
}

// watchShops adds up what every shop did from ranges of ids and compares it with the rules' bounds.
func (r *dayRun) watchShops(ctx context.Context) error {
	rules, err := r.a.fraudRules(r.day)
	if err != nil {
		return err
	}
	trades, err := r.a.trades(ctx, r.day, &rules.Merchant)
	if err != nil {
		return err
	}
	r.a.mu.RLock()
	shops := slices.SortedFunc(maps.Values(r.a.shops), func(x, y pay.Merchant) int { return cmp.Compare(x.ID, y.ID) })
	r.a.mu.RUnlock()
	stops := []pay.MerchantID{}
	for i := range shops {
		m, t := &shops[i], trades[shops[i].ID]
		if t == nil {
			continue
		}
		signals := judgeShop(m, t, &rules.Merchant, r.day)
		for _, s := range signals {
			r.done.ShopAlarms += s.Alarm
			if s.Kind == SignalExposure && s.Alarm == 1 && m.Mode == pay.ModeLive {
				stops = append(stops, m.ID)
			}
		}
		if err := r.a.putSignals(ctx, signals); err != nil {
			return err
		}
	}
	body := string(mustJSON(stops))
	if old, _, err := r.a.DB.Setting(ctx, settingShopStops); err != nil || old == body || old == "" && len(stops) == 0 {
		return err
	}
	if err := r.a.DB.PutSetting(ctx, settingShopStops, body); err != nil {
		return err
	}
	return r.a.listsChanged(ctx)
}

// putSignals stores what was found out about one shop on a day; the same day again replaces it.
func (a *App) putSignals(ctx context.Context, signals []pay.MerchantSignal) error {
	b := signals[0].Bucket
	u := store.Unit{Bucket: b}
	for _, s := range signals {
		u.Load = append(u.Load, store.MerchantSignals.At(b, s.ID))
	}
	_, err := do(ctx, a, System, "day", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		for i := range signals {
			if _, err := store.Get(tx, store.MerchantSignals, signals[i].ID); err != nil {
				return struct{}{}, err
			}
			store.Save(tx, store.MerchantSignals, &signals[i])
		}
		return struct{}{}, nil
	})
	return err
}

// trades adds up the window that ends with a day.
func (a *App) trades(ctx context.Context, day cal.Day, m *fraud.Merchant) (map[pay.MerchantID]*store.Trade, error) {
	from, to := pay.Germany.Midnight(day-cal.Day(m.Window)), pay.Germany.Midnight(day+1)
	out := map[pay.MerchantID]*store.Trade{}
	for bucket := range pay.Buckets {
		if err := a.DB.AddTrade(ctx, bucket, from, to, pay.Germany.Currency, pay.Germany.DayAt, out); err != nil {
			return nil, err
		}
		// Invoices that became due long enough ago to be judged began up to two months before.
		if err := a.DB.AddFirsts(ctx, bucket, from-60*dayMicros, to, day-cal.Day(m.DefaultDays), out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// judgeShop turns sums into signals; a share of too few says nothing and is no alarm.
func judgeShop(m *pay.Merchant, t *store.Trade, b *fraud.Merchant, day cal.Day) []pay.MerchantSignal {
	exposure := b.Exposure
	if m.ExposureMax > 0 {
		exposure = m.ExposureMax
	}
	var before int64
	for d, n := range t.Orders {
		if d < day {
			before += n
		}
	}
	today := t.Orders[day]
	lines := []struct {
		kind             string
		value, bound, of int64
		counts           bool
	}{
		{SignalExposure, t.Open, exposure, 0, true},
		{SignalFirstDefault, share(t.FirstLate, t.First, 1000), b.DefaultShare, t.First, t.First >= b.DefaultCount},
		{SignalSpike, share(today*(b.Window-1), before, 100), b.SpikePercent, today, today >= b.SpikeCount && before > 0},
		{SignalComplaints, share(t.Refunded+t.Disputed, t.Captured, 1000), b.ComplaintShare, t.Captured, t.Captured >= b.ComplaintAmount},
	}
	var out []pay.MerchantSignal
	for _, l := range lines {
		out = append(out, pay.MerchantSignal{Bucket: bucketOf(m.ID), ID: string(m.ID) + ":" + day.String() + ":" + l.kind, MerchantID: m.ID, Kind: l.kind, Day: day, Value: l.value, Bound: l.bound, Of: l.of, Alarm: bit(l.counts && l.value > l.bound)})
	}
	return out
}

func share(part, whole, of int64) int64 {
	if whole <= 0 {
		return 0
	}
	return part * of / whole
}

// ShopSignals is what the newest day run found out about one shop.
type ShopSignals struct {
	Shop    pay.Merchant
	Signals []pay.MerchantSignal
	Stopped bool // over its exposure limit: no new credit
}

// ShopSignals lists the newest signals of every shop; those with an alarm come first.
func (a *App) ShopSignals(ctx context.Context, who Actor) ([]ShopSignals, error) {
	if !who.Can(DeedFraud) {
		return nil, errForbidden
	}
	a.mu.RLock()
	shops := slices.SortedFunc(maps.Values(a.shops), func(x, y pay.Merchant) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	a.mu.RUnlock()
	day, err := a.Day(ctx)
	if err != nil {
		return nil, err
	}
	alarms := func(s ShopSignals) (n int64) {
		for _, x := range s.Signals {
			n += x.Alarm
		}
		return n
	}
	var out []ShopSignals
	for _, m := range shops {
		rows, err := a.DB.SignalsOf(ctx, m.ID, day-7)
		if err != nil {
			return nil, err
		}
		line := ShopSignals{Shop: m, Stopped: a.fraud.lists.Load().stopped[m.ID]}
		for _, s := range rows {
			if s.Day == rows[0].Day {
				line.Signals = append(line.Signals, *s)
			}
		}
		if len(line.Signals) > 0 {
			out = append(out, line)
		}
	}
	slices.SortStableFunc(out, func(x, y ShopSignals) int { return cmp.Compare(alarms(y), alarms(x)) })
	return out, nil
}
