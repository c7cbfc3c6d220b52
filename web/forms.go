package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"zahlziel/cal"
	"zahlziel/money"
)

// Field is one question of a form. Error is the same sentence that stands in the error summary.
type Field struct {
	Name         string // form name and id
	Label        string
	Hint         string
	Error        string
	Value        string // what was typed, kept when the form comes back
	Type         string // text if empty; email, tel, password
	Autocomplete string // token of the HTML autofill list
	InputMode    string
	Width        int // 4, 6, 10 or 20 characters; 0 is the full width
	MaxLength    int
	Optional     bool
	Focus        bool
}

func (f Field) typ() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

func (f Field) inputClass() string {
	if f.Width == 0 {
		return "input"
	}
	return "input w" + strconv.Itoa(f.Width)
}

// attrs are the attributes that only some fields have.
func (f Field) attrs() templ.Attributes {
	a := templ.Attributes{}
	if f.Autocomplete != "" {
		a["autocomplete"] = f.Autocomplete
	}
	if f.InputMode != "" {
		a["inputmode"] = f.InputMode
	}
	if f.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(f.MaxLength)
	}
	if d := f.describedBy(); d != "" {
		a["aria-describedby"] = d
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	if f.Focus {
		a["autofocus"] = true
	}
	if !f.Optional {
		a["required"] = true
	}
	return a
}

func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.Name+"-error")
	}
	return strings.Join(ids, " ")
}

// FieldError is a sentence about one field; Field is the name of the field.
type FieldError struct{ Field, Text string }

// FieldErrors are the errors of a form in the order of its fields.
type FieldErrors []FieldError

// Add appends the sentence for a field.
func (e *FieldErrors) Add(field, text string) { *e = append(*e, FieldError{field, text}) }

// For returns the first sentence for the field, or "".
func (e FieldErrors) For(field string) string {
	for _, x := range e {
		if x.Field == field {
			return x.Text
		}
	}
	return ""
}

// Option is one entry of a select field.
type Option struct{ Value, Text string }

// Choice is one card of a group; all cards have the same weight.
type Choice struct {
	Value string
	Title string
	Aside string          // at the right of the title: the price, the date
	Body  templ.Component // what it means; nil without
	Class string
}

// DateValue is a day as typed into three boxes, kept as it was typed.
type DateValue struct{ Day, Month, Year string }

// DateValueOf fills the boxes from a day; NoDay leaves them empty.
func DateValueOf(d cal.Day) DateValue {
	if !d.IsSet() {
		return DateValue{}
	}
	y, m, day := d.YMD()
	return DateValue{strconv.Itoa(day), strconv.Itoa(int(m)), strconv.Itoa(y)}
}

// FormDate reads the three boxes of the date field name as they were typed.
func FormDate(form url.Values, name string) DateValue {
	get := func(part string) string { return strings.TrimSpace(form.Get(name + "." + part)) }
	return DateValue{get("day"), get("month"), get("year")}
}

// Parse returns the day, or ok false when the boxes name no real day between 1900 and 2199.
func (v DateValue) Parse() (d cal.Day, ok bool) {
	day, err1 := strconv.Atoi(v.Day)
	month, err2 := strconv.Atoi(v.Month)
	year, err3 := strconv.Atoi(v.Year)
	if err1 != nil || err2 != nil || err3 != nil || year < 1900 || year > 2199 {
		return cal.NoDay, false
	}
	d = cal.Date(year, time.Month(month), day)
	y, m, dd := d.YMD()
	return d, y == year && int(m) == month && dd == day
}

// AmountText is an amount as a money field shows it, without the currency's sign: 84,40 or 84.40.
// Read what comes back with money.Parse.
func AmountText(ctx context.Context, minor int64, cur money.Currency) string {
	s := money.FormatPlain(minor, cur)
	if LangOf(ctx) == German {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

func langCode(l Lang) string { return strings.ToUpper(string(l)) }

func dateMax(part string) string {
	if part == "year" {
		return "4"
	}
	return "2"
}

func dateAutofill(autofill, part string) string {
	if autofill == "" {
		return "off"
	}
	return autofill + "-" + part
}

func choiceAttrs(f Field, c Choice) templ.Attributes {
	a := templ.Attributes{}
	if c.Body != nil {
		a["aria-describedby"] = f.Name + "-" + c.Value + "-body"
	}
	return a
}
