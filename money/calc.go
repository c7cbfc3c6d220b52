package money

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrOverflow means that a result does not fit an int64 of minor units. No function wraps around or saturates.
var ErrOverflow = errors.New("amount is out of range; use smaller amounts")

// Rounding names how a result between two minor units becomes one of them. The zero value is no rounding and refused,
// so that every call says which one it means.
type Rounding uint8

// The roundings. The names speak of the value: Floor and Ceil go down and up on the number line, the two halves are
// symmetric around zero, so that a refund mirrors its charge.
const (
	HalfUp   Rounding = iota + 1 // nearest, a half away from zero (DIN 1333, commercial rounding)
	HalfEven                     // nearest, a half to the even neighbour
	Floor                        // towards minus infinity
	Ceil                         // towards plus infinity
)

// String names the rounding.
func (r Rounding) String() string {
	switch r {
	case HalfUp:
		return "half up"
	case HalfEven:
		return "half even"
	case Floor:
		return "floor"
	case Ceil:
		return "ceil"
	}
	return fmt.Sprintf("unknown rounding %d", uint8(r))
}

// Add returns a+b, or ErrOverflow.
func Add(a, b int64) (int64, error) {
	sum := a + b
	if (sum > a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return sum, nil
}

// Sub returns a-b, or ErrOverflow.
func Sub(a, b int64) (int64, error) {
	diff := a - b
	if (diff < a) != (b > 0) && b != 0 {
		return 0, ErrOverflow
	}
	return diff, nil
}

// Sum adds amounts of one currency, or returns ErrOverflow. The sum of nothing is 0.
func Sum(amounts ...int64) (total int64, err error) {
	for _, a := range amounts {
		if total, err = Add(total, a); err != nil {
			return 0, err
		}
	}
	return total, nil
}

// Mul returns a*b, for example unit price times quantity, or ErrOverflow.
func Mul(a, b int64) (int64, error) {
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi != 0 {
		return 0, ErrOverflow
	}
	return signed(lo, (a < 0) != (b < 0))
}

// MulDiv returns a*b/c rounded once. The product has 128 bits, so only the result can be out of range (ErrOverflow).
// c must not be 0.
func MulDiv(a, b, c int64, r Rounding) (int64, error) {
	if c == 0 {
		return 0, errors.New("division of an amount by zero; check the divisor before the call")
	}
	if r < HalfUp || r > Ceil {
		return 0, fmt.Errorf("%v; use HalfUp, HalfEven, Floor or Ceil", r)
	}
	divisor := magnitude(c)
	negative := (a < 0) != (b < 0) != (c < 0)
	hi, lo := bits.Mul64(magnitude(a), magnitude(b))
	if hi >= divisor {
		return 0, ErrOverflow
	}
	quotient, rest := bits.Div64(hi, lo, divisor)
	if awayFromZero(quotient, rest, divisor, negative, r) {
		if quotient == math.MaxUint64 {
			return 0, ErrOverflow
		}
		quotient++
	}
	return signed(quotient, negative)
}

// awayFromZero decides whether quotient, cut off towards zero with a rest, moves one step from zero.
func awayFromZero(quotient, rest, divisor uint64, negative bool, r Rounding) bool {
	if rest == 0 {
		return false
	}
	switch r {
	case Floor:
		return negative
	case Ceil:
		return !negative
	}
	missing := divisor - rest // compared instead of 2*rest, which could be too large
	if rest != missing {
		return rest > missing
	}
	return r == HalfUp || quotient%2 == 1
}

// signed gives a magnitude its sign, or ErrOverflow.
func signed(m uint64, negative bool) (int64, error) {
	switch {
	case negative && m <= 1<<63:
		return int64(-m), nil
	case !negative && m <= math.MaxInt64:
		return int64(m), nil
	}
	return 0, ErrOverflow
}

// Percent returns a share of an amount; the rate is in basis points (1.99 % is 199), and may be negative.
func Percent(minor, rateInBasisPoints int64, r Rounding) (int64, error) {
	return MulDiv(minor, rateInBasisPoints, 10_000, r)
}

// TaxIn returns the tax that is contained in a gross amount; the rate is in hundredths of a percent (19 % is 1900):
// gross * rate / (100 % + rate), rounded once. The net is gross minus the tax, so both always add up to gross.
func TaxIn(gross, rateTimes100 int64, r Rounding) (int64, error) {
	if rateTimes100 < 0 || rateTimes100 > 1_000_000 {
		return 0, fmt.Errorf("tax rate %d is not between 0 and 1000000 hundredths of a percent", rateTimes100)
	}
	return MulDiv(gross, rateTimes100, 10_000+rateTimes100, r)
}
