// Package shopapi speaks the v1 wire formats that existing shop software already speaks:
// payments, hosted payment page and order management, over HTTP Basic and JSON at the root of the host.
//
// It is a door: decode, authenticate, call app, encode. What a field may hold is checked
// here; what a purchase may do is decided below. Another vendor's names that clients need
// on the wire stay inside this package. Speaking these formats implies no affiliation.
package shopapi
