package credit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"zahlziel/cal"
)

// The binary form is a version byte and then the fields in declaration order: numbers as varints, days as their distance
// from the day before in a list, texts with their length. It is deterministic, so equal values have equal bytes.
const (
	storedVersion    = 1
	recordVersion    = 1
	sectionedVersion = 2 // of records with sections behind the decision
)

// errShort reports bytes that end too early.
var errShort = errors.New("credit: the stored bytes end too early; they are damaged or of another kind")

// coder appends values.
type coder struct{ b []byte }

func (c *coder) uint(v uint64) { c.b = binary.AppendUvarint(c.b, v) }
func (c *coder) int(v int64)   { c.b = binary.AppendVarint(c.b, v) }
func (c *coder) byte(v uint8)  { c.b = append(c.b, v) }
func (c *coder) text(s string) { c.uint(uint64(len(s))); c.b = append(c.b, s...) }
func (c *coder) count(n int)   { c.uint(uint64(n)) }
func (c *coder) day(d cal.Day) { c.near(d, 0) }

// near writes a day by its distance from another; 0 means not set.
func (c *coder) near(d, other cal.Day) {
	if !d.IsSet() {
		c.uint(0)
		return
	}
	diff := int64(d) - int64(other)
	c.uint(uint64(diff<<1^diff>>63) + 1)
}

func (c *coder) flag(v bool) {
	var n uint8
	if v {
		n = 1
	}
	c.byte(n)
}

// decoder reads values and keeps the first error; after it every value is zero. All texts share one string.
type decoder struct {
	s   string
	err error
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errShort
	}
	d.s = ""
}

func (d *decoder) uint() (v uint64) {
	for shift := 0; shift < 64; shift += 7 {
		if len(d.s) == 0 {
			break
		}
		b := d.s[0]
		d.s = d.s[1:]
		v |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return v
		}
	}
	d.fail()
	return 0
}

func (d *decoder) int() int64 {
	v := d.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (d *decoder) int32() int32 {
	v := d.int()
	if v < math.MinInt32 || v > math.MaxInt32 {
		d.fail()
		return 0
	}
	return int32(v)
}

func (d *decoder) uint32() uint32 {
	v := d.uint()
	if v > math.MaxUint32 {
		d.fail()
		return 0
	}
	return uint32(v)
}

func (d *decoder) byte() uint8 {
	if len(d.s) == 0 {
		d.fail()
		return 0
	}
	v := d.s[0]
	d.s = d.s[1:]
	return v
}

// below reads a byte that must be smaller than n, for enumerations.
func (d *decoder) below(n uint8) uint8 {
	v := d.byte()
	if v >= n {
		d.fail()
		return 0
	}
	return v
}

func (d *decoder) flag() bool { return d.below(2) == 1 }

func (d *decoder) text() string {
	n := d.uint()
	if n > uint64(len(d.s)) {
		d.fail()
		return ""
	}
	s := d.s[:n]
	d.s = d.s[n:]
	return s
}

func (d *decoder) day() cal.Day { return d.near(0) }

func (d *decoder) near(other cal.Day) cal.Day {
	v := d.uint()
	if v == 0 || d.err != nil {
		return cal.NoDay
	}
	v--
	day := int64(other) + (int64(v>>1) ^ -int64(v&1))
	if day < -maxDay || day > maxDay {
		d.fail()
		return cal.NoDay
	}
	return cal.Day(day)
}

// maxDay keeps decoded days inside some thousand years around 1970, so that sums of days never overflow.
const maxDay = 4_000_000

// list reads a length; every element takes at least one byte, so a damaged length cannot ask for much memory.
func list[T any](d *decoder) []T {
	n := d.uint()
	if n > uint64(len(d.s)) {
		d.fail()
		return nil
	}
	if n == 0 {
		return nil
	}
	return make([]T, n)
}

// version reads the version of what follows; newest is the latest that this program knows.
func (d *decoder) version(newest uint8) uint8 {
	v := d.byte()
	if d.err == nil && (v < 1 || v > newest) {
		d.err = fmt.Errorf("credit: stored version %d is newer than %d or none; use the program that wrote it", v, newest)
		d.s = ""
	}
	return v
}

func (d *decoder) end() error {
	if d.err == nil && len(d.s) > 0 {
		d.err = fmt.Errorf("credit: %d bytes are left over after the end; the stored bytes are damaged", len(d.s))
	}
	return d.err
}
