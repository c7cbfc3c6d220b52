package bankfile

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"zahlziel/money"
)

// EPC is the content of the QR code that starts a SEPA credit transfer in a banking app
// (EPC069-12, version 2.1: "Quick Response Code: Guidelines to enable data capture").
type EPC struct {
	Version   int    // 1 or 2; version 1 needs the BIC
	Charset   int    // 1 UTF-8, 2..8 ISO 8859-1, -2, -4, -5, -7, -10, -15
	BIC       string // may be empty in version 2
	Name      string // payee, at most 70 characters
	IBAN      IBAN
	Amount    int64  // euro cents, 1 to 99,999,999,999; 0 leaves it to the payer
	Purpose   string // up to four letters, such as GDDS
	Reference string // structured reference (ISO 11649), at most 35 characters; or
	Text      string // unstructured remittance, at most 140 characters
	Info      string // note to the payer, at most 70 characters
}

// NewEPC makes a version 2 code in UTF-8 for an amount in cents with a creditor reference.
func NewEPC(name string, iban IBAN, cents int64, ref Reference) (EPC, error) {
	e := EPC{Version: 2, Charset: 1, Name: name, IBAN: iban, Amount: cents, Reference: string(ref)}
	return e, e.Validate()
}

const (
	epcBytesMax  = 331
	epcAmountMax = 99_999_999_999
	epcService   = "SCT"
)

// epcCharsets are the encodings by their number in the third line.
var epcCharsets = [...]encoding.Encoding{
	2: charmap.ISO8859_1, 3: charmap.ISO8859_2, 4: charmap.ISO8859_4, 5: charmap.ISO8859_5,
	6: charmap.ISO8859_7, 7: charmap.ISO8859_10, 8: charmap.ISO8859_15,
}

// Validate checks each field against the guideline.
func (e EPC) Validate() error {
	if e.Version != 1 && e.Version != 2 {
		return fmt.Errorf("EPC QR: version %d is neither 1 nor 2", e.Version)
	}
	if e.Charset < 1 || e.Charset > 8 {
		return fmt.Errorf("EPC QR: character set %d is not 1 to 8", e.Charset)
	}
	if e.BIC == "" && e.Version == 1 {
		return errors.New("EPC QR: version 1 needs the BIC")
	}
	if e.BIC != "" && !validBIC(e.BIC) {
		return fmt.Errorf("EPC QR: %s is not a BIC", quote(e.BIC))
	}
	if err := e.IBAN.Validate(); err != nil {
		return fmt.Errorf("EPC QR: %w", err)
	}
	if e.Amount < 0 || e.Amount > epcAmountMax {
		return errors.New("EPC QR: the amount must be 0.01 to 999999999.99 euros, or 0 for none")
	}
	if e.Name == "" {
		return errors.New("EPC QR: the name of the payee is missing")
	}
	if e.Reference != "" && e.Text != "" {
		return errors.New("EPC QR: there may be a reference or a text, not both")
	}
	if strings.HasPrefix(e.Reference, "RF") {
		if err := Reference(e.Reference).Validate(); err != nil {
			return fmt.Errorf("EPC QR: %w", err)
		}
	}
	if err := e.checkLengths(); err != nil {
		return err
	}
	_, err := e.encode()
	return err
}

func (e EPC) checkLengths() error {
	for _, f := range []struct {
		what, text string
		limit      int
	}{
		{"name", e.Name, 70}, {"purpose", e.Purpose, 4}, {"reference", e.Reference, 35},
		{"text", e.Text, 140}, {"note", e.Info, 70},
	} {
		if n := utf8.RuneCountInString(f.text); n > f.limit {
			return fmt.Errorf("EPC QR: the %s has %d characters, allowed are %d", f.what, n, f.limit)
		}
		if strings.ContainsAny(f.text, "\r\n") {
			return fmt.Errorf("EPC QR: the %s has a line break", f.what)
		}
	}
	return nil
}

// validBIC checks the form of a BIC (ISO 9362): six letters, then two or five letters or digits.
func validBIC(s string) bool {
	return (len(s) == 8 || len(s) == 11) && inClass(s[:4], 'c') && inClass(s[4:6], 'a') && inClass(s[6:], 'c')
}

// String prints the payload as text: lines parted by line feeds, nothing after the last that is filled.
func (e EPC) String() string {
	amount := ""
	if e.Amount > 0 {
		amount = "EUR" + money.FormatPlain(e.Amount, money.EUR)
	}
	lines := []string{"BCD", fmt.Sprintf("%03d", e.Version), fmt.Sprint(e.Charset), epcService, e.BIC, e.Name,
		string(e.IBAN), amount, e.Purpose, e.Reference, e.Text, e.Info}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Payload returns the bytes for the QR code, in the code's own character set. The symbol needs error
// correction level M.
func (e EPC) Payload() ([]byte, error) {
	if err := e.Validate(); err != nil {
		return nil, err
	}
	return e.encode()
}

func (e EPC) encode() ([]byte, error) {
	payload := []byte(e.String())
	if enc := epcCharsets[:]; e.Charset > 1 {
		b, err := enc[e.Charset].NewEncoder().Bytes(payload)
		if err != nil {
			return nil, fmt.Errorf("EPC QR: a character does not exist in character set %d; use 1 (UTF-8)", e.Charset)
		}
		payload = b
	}
	if len(payload) > epcBytesMax {
		return nil, fmt.Errorf("EPC QR: the payload has %d bytes, allowed are %d; shorten the text", len(payload), epcBytesMax)
	}
	return payload, nil
}

// ParseEPC reads a payload. It refuses what is no such code at all; whether the fields are right says
// Validate. Bytes that are UTF-8 are read as such whatever character set they name.
func ParseEPC(payload []byte) (EPC, error) {
	text := strings.ReplaceAll(string(payload), "\r\n", "\n")
	lines := strings.Split(text, "\n")
	if lines[0] != "BCD" {
		return EPC{}, errors.New("EPC QR: the code does not begin with BCD; it is no SEPA payment code")
	}
	if len(lines) < 7 {
		return EPC{}, fmt.Errorf("EPC QR: the code has %d lines, it needs at least 7", len(lines))
	}
	if len(strings.TrimRight(text, "\n")) > epcBytesMax {
		return EPC{}, fmt.Errorf("EPC QR: the code has more than %d bytes", epcBytesMax)
	}
	e := EPC{}
	switch lines[1] {
	case "001":
		e.Version = 1
	case "002":
		e.Version = 2
	default:
		return EPC{}, fmt.Errorf("EPC QR: version %s is neither 001 nor 002", quote(lines[1]))
	}
	if len(lines[2]) != 1 || lines[2] < "1" || lines[2] > "8" {
		return EPC{}, fmt.Errorf("EPC QR: character set %s is not 1 to 8", quote(lines[2]))
	}
	e.Charset = int(lines[2][0] - '0')
	if lines[3] != epcService {
		return EPC{}, fmt.Errorf("EPC QR: the service is %s, only SCT is known", quote(lines[3]))
	}
	if !utf8.ValidString(text) {
		if e.Charset == 1 {
			return EPC{}, errors.New("EPC QR: the code is not UTF-8 though it says so")
		}
		decoded, err := epcCharsets[e.Charset].NewDecoder().String(text)
		if err != nil {
			return EPC{}, fmt.Errorf("EPC QR: the code is not in its character set %d", e.Charset)
		}
		lines = strings.Split(decoded, "\n")
	}
	return e, e.fill(lines)
}

// fill reads the lines from the fifth on.
func (e *EPC) fill(lines []string) error {
	for len(lines) < 12 {
		lines = append(lines, "")
	}
	if strings.Join(lines[12:], "") != "" {
		return errors.New("EPC QR: the code has more than 12 lines")
	}
	e.BIC, e.Name, e.IBAN = lines[4], lines[5], NormalIBAN(lines[6])
	e.Purpose, e.Reference, e.Text, e.Info = lines[8], lines[9], lines[10], lines[11]
	if lines[7] == "" {
		return nil
	}
	digits, isEuro := strings.CutPrefix(lines[7], "EUR")
	cents, err := parseAmount(digits, money.EUR)
	if !isEuro || err != nil || cents == 0 || cents > epcAmountMax {
		return fmt.Errorf("EPC QR: %s is not an amount such as EUR12.30", quote(lines[7]))
	}
	e.Amount = cents
	return nil
}
