package app

import (
	"context"
	"sync"
	"time"

	"zahlziel/cal"
	"zahlziel/pay"
)

// Clock tells the one time of an installation: the wall clock, moved to the persisted business day where that is ahead.
type Clock struct {
	mu     sync.Mutex
	wall   func() time.Time
	market pay.Market
	day    cal.Day
	frozen pay.Micros // a turned clock in tests and demo worlds; 0: the wall's time of day
}

// NewClock returns a clock over the wall clock; nil means the system's.
func NewClock(wall func() time.Time) *Clock {
	if wall == nil {
		wall = time.Now
	}
	return &Clock{wall: wall, market: pay.Germany, day: cal.NoDay}
}

// Now is the instant: the wall clock's, or that time of day on the business day if the business day is ahead.
func (c *Clock) Now() pay.Micros {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.wall()
	if c.frozen != 0 {
		return c.frozen
	}
	if !c.day.IsSet() || c.market.DayAt(now.UnixMicro()) >= c.day {
		return now.UnixMicro()
	}
	local := now.In(c.market.Zone)
	of := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second + time.Duration(local.Nanosecond())
	return c.market.Midnight(c.day) + of.Microseconds()
}

// Today is the civil day of the wall clock in the market's zone.
func (c *Clock) Today() cal.Day { return c.market.DayAt(c.wall().UnixMicro()) }

// Set tells the clock the persisted business day.
func (c *Clock) Set(day cal.Day) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.day.IsSet() || day > c.day {
		c.day = day
	}
}

// Turn freezes the clock at an instant, for worlds that are made with a turned clock; 0 lets it run again.
func (c *Clock) Turn(at pay.Micros) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = at
}

func (a *App) clockFrom(ctx context.Context) error {
	day, err := a.DB.Day(ctx)
	if err != nil {
		return err
	}
	a.Clock.Set(day)
	return nil
}

// Day is the business day of the installation.
func (a *App) Day(ctx context.Context) (cal.Day, error) {
	day, err := a.DB.Day(ctx)
	if err == nil {
		a.Clock.Set(day)
	}
	return day, err
}
