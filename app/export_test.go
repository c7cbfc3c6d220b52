package app

import (
	"cmp"
	"slices"

	"zahlziel/credit"
)

// UsePolicies puts other policies in force, as a new version of the program would.
func (a *App) UsePolicies(list credit.Policies) {
	b := &policyBook{all: list}
	for _, p := range list {
		b.acting = append(b.acting, actingPolicy{p.ValidFrom, p})
	}
	slices.SortStableFunc(b.acting, func(x, y actingPolicy) int { return cmp.Compare(x.day, y.day) })
	a.policies = b
}

// PublicAddress is the check of every connection to a merchant's address.
var PublicAddress = publicAddress
