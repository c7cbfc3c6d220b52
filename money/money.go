// Package money holds currencies and exact amounts in minor units.
//
// An amount is an int64 count of minor units (cents, ore); it is never a float.
// Every rounding is one call of a function in this package that is named at its use.
package money

// Currency is an ISO 4217 alphabetic code, upper case.
type Currency string

// The currencies that markets of this platform use.
const (
	EUR Currency = "EUR"
	CHF Currency = "CHF"
	SEK Currency = "SEK"
	USD Currency = "USD"
	GBP Currency = "GBP"
)
