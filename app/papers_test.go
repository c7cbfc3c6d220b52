package app

import (
	"context"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/pay"
)

// PapersOf are the papers of an order's contract as data, for tests.
func (a *App) PapersOf(ctx context.Context, id pay.OrderID, day cal.Day) (*document.PreContract, document.Agreement, error) {
	p, err := a.contractPapers(ctx, id, day)
	if err != nil {
		return nil, document.Agreement{}, err
	}
	return p.info, p.agreement, nil
}
