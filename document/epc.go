package document

import (
	"errors"
	"strings"

	"zahlziel/money"
)

// EPC is the content of the payment QR code (EPC069-12, version 002, SEPA credit transfer) with the reference in its
// structured field. Only euro amounts can be paid this way.
func EPC(a Account, amount int64, cur money.Currency, reference string) (string, error) {
	if cur != money.EUR || amount <= 0 || a.IBAN == "" || a.Holder == "" {
		return "", errors.New("a payment code needs a holder, an IBAN and a positive amount in EUR")
	}
	return strings.Join([]string{"BCD", "002", "1", "SCT", a.BIC, a.Holder, a.IBAN, "EUR" + money.FormatPlain(amount, cur), "", reference}, "\n"), nil
}
