package pay

import (
	_ "embed"
	"encoding/json"

	"zahlziel/cal"
)

// Keeping says for how long one kind of row is kept, and why not longer. Reason also names the day that it counts from.
type Keeping struct {
	What      string  `json:"what"`
	ValidFrom cal.Day `json:"valid_from"`
	Days      int     `json:"days"`
	Reason    string  `json:"reason"`
}

// What is forgotten.
const (
	KeepSession      = "session"
	KeepReport       = "report"
	KeepShopCall     = "shop_call"
	KeepEvent        = "merchant_event"
	KeepSourceAnswer = "source_answer"
)

//go:embed keeping.json
var keepingJSON []byte

// keepings is every rule there was, those of one kind oldest first.
var keepings = func() (all []Keeping) {
	if err := json.Unmarshal(keepingJSON, &all); err != nil {
		panic(err) // the file is compiled in
	}
	return all
}()

// KeepingOn is the rule in force on a day, or nil: then nothing of this kind is forgotten.
func KeepingOn(what string, day cal.Day) *Keeping {
	for i := len(keepings) - 1; i >= 0; i-- {
		if k := &keepings[i]; k.What == what && k.ValidFrom <= day {
			return k
		}
	}
	return nil
}

// KeptSince is the first day whose rows are still kept on a day; what is older is forgotten. Without a rule it is NoDay.
func KeptSince(what string, day cal.Day) cal.Day {
	k := KeepingOn(what, day)
	if k == nil {
		return cal.NoDay
	}
	return day - cal.Day(k.Days)
}
