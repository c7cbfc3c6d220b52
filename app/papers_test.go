package app

import (
	"context"

	"zahlziel/document"
	"zahlziel/pay"
)

// PapersOf are the papers of a contract as data, for tests.
func (a *App) PapersOf(ctx context.Context, c *pay.Contract) (*document.PreContract, document.Agreement, error) {
	p, err := a.contractPapers(ctx, c)
	if err != nil {
		return nil, document.Agreement{}, err
	}
	return p.info, p.agreement, nil
}
