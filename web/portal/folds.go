package portal

import (
	"context"

	"zahlziel/app"
	"zahlziel/credit"
	"zahlziel/web"
)

// The lines below say what each closed part of the standing comes to.

func missingPoints(ctx context.Context, s *app.Standing) string {
	if missing := bestScore(s) - s.Score; missing > 0 {
		return web.TN(ctx, "standing.fold.hurts", int(missing))
	}
	return web.T(ctx, "standing.hurts.none")
}

func lastPoints(ctx context.Context, s *app.Standing) string {
	if len(s.Forecast) < 2 {
		return web.T(ctx, "standing.fold.still", web.Data{"Points": s.Score})
	}
	last := s.Forecast[len(s.Forecast)-1]
	return web.T(ctx, "standing.fold.forecast", web.Data{"Points": last.Score, "Day": web.Day(ctx, last.Day)})
}

// possible counts the methods that work today.
func possible(s *app.Standing) (n int) {
	for _, m := range s.Methods {
		if m.Max > 0 {
			n++
		}
	}
	return n
}

// nextRung is the most that is possible today, or else what is possible first.
func nextRung(ctx context.Context, m *app.MyStanding) string {
	var today int64
	var first credit.Rung
	for _, l := range m.Ladder {
		for _, r := range l.Rungs {
			switch {
			case !r.From.IsSet():
			case r.From <= m.Day:
				today = max(today, r.Amount)
			case first.Amount == 0 || r.From < first.From || r.From == first.From && r.Amount > first.Amount:
				first = r
			}
		}
	}
	switch {
	case today > 0:
		return web.T(ctx, "standing.fold.today", web.Data{"Amount": web.Money(ctx, today, m.Currency)})
	case first.Amount > 0:
		return web.T(ctx, "standing.fold.from", web.Data{"Amount": web.Money(ctx, first.Amount, m.Currency), "Day": web.Day(ctx, first.From)})
	}
	return web.T(ctx, "standing.ladder.none")
}

// latestDecision is the day and answer of the newest; the list begins with it.
func latestDecision(ctx context.Context, list []app.DecisionLine) string {
	return web.T(ctx, "standing.fold.decision", web.Data{"Day": web.Day(ctx, list[0].Row.Day), "Answer": decisionAnswer(ctx, list[0])})
}
