package cal

import "time"

// DueDay returns the last day to pay for a term of days that starts with an event on start (an invoice received,
// goods delivered): the day of the event is not counted (§ 187(1) BGB), the term ends with its last day (§ 188(1)),
// and a Saturday, Sunday or holiday moves to the next working day (§ 193). Without a start there is NoDay.
func DueDay(start Day, termDays int, c Calendar) Day {
	if !start.IsSet() {
		return NoDay
	}
	return c.MoveDue(start + Day(termDays))
}

// AddMonths adds whole months to d; where the target month is shorter, the result is its last day (§ 188(3) BGB).
// Count from the first day of a plan and not from month to month, or a 31st stays on the 28th for ever. NoDay stays.
func AddMonths(d Day, months int) Day {
	if !d.IsSet() {
		return NoDay
	}
	year, month, day := d.YMD()
	return inMonth(year, int(month)+months, day)
}

// inMonth returns the day of a month that may be out of 1..12, or the last day if the month is shorter.
func inMonth(year, month, day int) Day {
	first := Date(year, time.Month(month), 1)
	return min(first+Day(day)-1, Date(year, time.Month(month)+1, 1)-1)
}

// Birthday returns the day on which a person born on born is age years old, from its first minute.
//
// The day of birth counts as a full day (§ 187(2) s. 2 BGB), so a year of life ends with the day before the one that
// has the number of the day of birth (§ 188(2) second case). Who was born on 29 February completes a year of life at
// the end of 28 February in every year, and is a year older from the next day: 29 February in a leap year, 1 March
// in any other. Without a day of birth there is NoDay.
func Birthday(born Day, age int) Day {
	if !born.IsSet() {
		return NoDay
	}
	year, month, day := born.YMD()
	return Date(year+age, month, day)
}

// FullYears returns the age in completed years on day, by the rule of Birthday; negative before the birth, and -1 if
// one of the days is not set, so that an unknown age never counts as of age.
func FullYears(born, day Day) int {
	if !born.IsSet() || !day.IsSet() {
		return -1
	}
	year, _, _ := born.YMD()
	now, _, _ := day.YMD()
	years := now - year
	if day < Birthday(born, years) {
		years--
	}
	return years
}
