package document

import (
	"fmt"

	"zahlziel/bankfile"
	"zahlziel/money"
)

// EPC is the content of the payment QR code (EPC069-12, version 002, UTF-8) with the reference in its structured
// field. amount is in cents; only euro amounts above zero can be paid this way.
func EPC(a Account, amount int64, cur money.Currency, reference string) (string, error) {
	if cur != money.EUR || amount <= 0 {
		return "", fmt.Errorf("payment code: %s is not an amount above zero in EUR", money.Format(amount, cur, "en"))
	}
	code := bankfile.EPC{
		Version: 2, Charset: 1, BIC: a.BIC, Name: a.Holder, IBAN: bankfile.NormalIBAN(a.IBAN), Amount: amount, Reference: reference,
	}
	payload, err := code.Payload()
	return string(payload), err
}
