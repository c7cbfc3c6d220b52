package app

import (
	"zahlziel/pay"
)

// Actor is who calls a use case. Exactly one of merchant, consumer and staff is set, or System is true.
type Actor struct {
	Merchant pay.MerchantID
	User     pay.MerchantUserID // the merchant's person at its pages; empty: one of its programs
	Consumer pay.ConsumerID
	Staff    pay.StaffID
	Role     string // of staff, or of a merchant's user
	System   bool   // the program itself: worker, day run, import
}

// System is the program itself.
var System = Actor{System: true}

// String names the actor in the audit trail and in operation ids.
func (a Actor) String() string {
	switch {
	case a.System:
		return "system"
	case a.User != "":
		return string(a.User)
	case a.Merchant != "":
		return string(a.Merchant)
	case a.Consumer != "":
		return string(a.Consumer)
	case a.Staff != "":
		return string(a.Staff)
	}
	return "nobody"
}

var errForbidden = pay.Errorf(pay.Forbidden, "forbidden", "", "You may not do this; sign in with an account that may")

// owns reports whether a merchant's row may be seen by the actor.
func (a Actor) owns(m pay.MerchantID) bool { return a.System || a.Merchant != "" && a.Merchant == m }

// readsOnly reports whether the actor is a merchant's user who may change nothing.
func (a Actor) readsOnly() bool { return a.User != "" && a.Role != pay.RoleOwner }

// leads reports whether the actor may decide who and what speaks for a merchant: one of its owners, never one of its programs.
func (a Actor) leads(m pay.MerchantID) bool {
	return a.System || a.User != "" && a.Role == pay.RoleOwner && a.Merchant == m
}

// is reports whether the actor is this consumer.
func (a Actor) is(c pay.ConsumerID) bool { return a.Consumer != "" && a.Consumer == c }

// may reports whether the actor is staff with one of the roles; an administrator may everything.
func (a Actor) may(roles ...string) bool {
	if a.Staff == "" {
		return false
	}
	for _, r := range roles {
		if a.Role == r {
			return true
		}
	}
	return a.Role == pay.RoleAdmin
}
