package pay

import (
	"time"
	_ "time/tzdata" // a civil day needs its zone on every machine

	"zahlziel/cal"
	"zahlziel/money"
)

// Market is a country that consumers are served in.
type Market struct {
	Code     string // ISO 3166-1 alpha-2
	Currency money.Currency
	Zone     *time.Location
	Language string // default language of documents and mails
}

// Germany is the first market.
var Germany = Market{Code: "DE", Currency: money.EUR, Zone: mustZone("Europe/Berlin"), Language: "de"}

// MarketOf returns the market of a country code; ok is false where nothing is served.
func MarketOf(country string) (m Market, ok bool) {
	if country == Germany.Code {
		return Germany, true
	}
	return Market{}, false
}

// DayAt returns the civil day of an instant in the market's zone.
func (m Market) DayAt(at Micros) cal.Day { return cal.DayOf(time.UnixMicro(at), m.Zone) }

// Midnight returns the first instant of a civil day in the market's zone.
func (m Market) Midnight(d cal.Day) Micros {
	y, mo, day := d.YMD()
	return time.Date(y, mo, day, 0, 0, 0, 0, m.Zone).UnixMicro()
}

func mustZone(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // the zone data is compiled in
	}
	return loc
}
