package main

import (
	"context"
	"fmt"

	"zahlziel/app"
	"zahlziel/pay"
)

type merchantSettleCmd struct {
	Merchant    string `arg:"" help:"Id of the shop."`
	Cycle       string `default:"daily" enum:"daily,weekly,twice_monthly,monthly" help:"When payouts are made: ${enum}."`
	Weekday     int    `default:"1" help:"Day of a weekly cycle, 1 Monday to 7 Sunday."`
	FirstDays   int    `help:"Days that the first payout waits after its first amount became due."`
	ReserveRate int64  `help:"Share of each delivery that is kept as security, in percent times 100."`
	ReserveDays int    `help:"Days after which a security is given back."`
	DisputeFee  int64  `help:"Fee in cents for a lost dispute, without VAT."`
}

// Run stores the terms; deliveries from now on are booked by them.
func (c *merchantSettleCmd) Run(ctx context.Context, p *place) error {
	id, ok := pay.ParseID[pay.MerchantID](pay.PrefixMerchant, c.Merchant)
	if !ok {
		return fmt.Errorf("%s is no id of a shop; see admin merchant list", c.Merchant)
	}
	a, err := p.open(ctx)
	if err != nil {
		return err
	}
	defer a.DB.Close()
	terms := pay.SettlementTerms{Cycle: c.Cycle, Weekday: c.Weekday, FirstDays: c.FirstDays, ReserveRate: c.ReserveRate, ReserveDays: c.ReserveDays, DisputeFee: c.DisputeFee}
	if err := a.SetSettlement(ctx, app.System, id, terms); err != nil {
		return err
	}
	return printJSON(terms)
}
