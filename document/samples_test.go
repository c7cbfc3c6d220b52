package document

import (
	"fmt"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
)

func operator() Operator {
	return Operator{
		Party: Party{
			Name: "Zahlziel Muster GmbH", Address: []string{"Kontorweg 7", "20457 Hamburg"},
			Email: "hilfe@zahlziel.example", Phone: "040 5550100", Web: "zahlziel.example",
		},
		Legal:      []string{"Amtsgericht Hamburg HRB 000000", "Geschäftsführung: Ömer Gül, Lena Maß"},
		Supervisor: "Bundesanstalt für Finanzdienstleistungsaufsicht, Marie-Curie-Str. 24–28, 60439 Frankfurt am Main",
		Complaints: "Schlichtungsstelle Muster, Postfach 1, 10117 Berlin",
		DebtAdvice: "www.beratung.example",
		Withdraw:   "https://zahlziel.example/widerruf",
	}
}

func account() Account {
	return Account{Holder: "Zahlziel Muster GmbH", IBAN: "DE89370400440532013000", BIC: "COBADEFFXXX", Bank: "Musterbank"}
}

func shop() Shop {
	return Shop{
		Party:   Party{Name: "Schuhladen Käthe Größe e. K.", Address: []string{"Marktstraße 1", "80331 München"}, Email: "service@schuhladen.example"},
		Invoice: "RE-2026-4711", Order: "SL-90210", Returns: "retoure@schuhladen.example",
	}
}

func consumer() Party {
	return Party{Name: "Jürgen Weiß-Łukaszewicz", Address: []string{"Hinterhaus 2. OG", "Äußere Rosenstraße 12b", "99084 Erfurt"}, Email: "juergen@example.org"}
}

// request is a usual claim with a discount, a part payment and a return.
func request() PaymentRequest {
	return PaymentRequest{
		Number: "R-07-000123", Reference: "RF18539007547034", TermAgreed: true,
		Issued: cal.Date(2026, 11, 22), Due: cal.Date(2026, 12, 22),
		Operator: operator(), Consumer: consumer(), Shop: shop(), Order: "B-7K2M-9QXD", Currency: money.EUR,
		Lines: []Line{
			{Name: "Winterstiefel „Größe“ Leder, gefüttert, Farbe Cognac, Größe 42", Quantity: 1, UnitPrice: 12990, Discount: 1000, Amount: 11990},
			{Name: "Wollsocken", Quantity: 3, UnitPrice: 890, Amount: 2670},
			{Name: "Versand", Quantity: 1, UnitPrice: 490, Amount: 490},
		},
		Total: 15150, Paid: 4000, Refunded: 2670,
		Account: account(), PayLink: "https://zahlziel.example/r/7K2M9QXD", DefaultMargin: 500,
	}
}

// longRequest has as many lines as asked for and names of every length.
func longRequest(lines int) PaymentRequest {
	r := request()
	r.Lines, r.Total, r.Paid, r.Refunded = nil, 0, 0, 0
	for i := range lines {
		name := fmt.Sprintf("Artikel %d mit Umlauten äöüÄÖÜß und einem langen Namen, der sicher nicht in eine Zeile passt, sondern in zwei oder mehr", i+1)
		if i%3 == 0 {
			name = fmt.Sprintf("Artikel %d", i+1)
		}
		r.Lines = append(r.Lines, Line{Name: name, Quantity: int64(i + 1), UnitPrice: 1999, Amount: int64(i+1) * 1999})
		r.Total += int64(i+1) * 1999
	}
	return r
}

func credit() Credit {
	return Credit{
		Creditor: operator(), Consumer: consumer(), Shop: shop(), Order: "B-7K2M-9QXD",
		Currency: money.EUR, Amount: 15150, Payments: []Payment{{Due: cal.Date(2026, 12, 22), Amount: 15150}},
		TermDays: 30, TermFrom: FromDelivery, BaseRate: 152, BaseSince: cal.Date(2026, 7, 1), DefaultMargin: 500,
		LetterFee: 120, WithdrawalDays: 14,
	}
}

func preContract() PreContract {
	return PreContract{Credit: credit(), Issued: cal.Date(2026, 11, 22), ValidUntil: cal.Date(2026, 11, 23), Automated: true}
}

// instalments is a credit with a cost: six parts of 104.00 for 600.00, 14.47 % (a published vector).
func instalments() Credit {
	c := credit()
	c.Amount, c.Cost, c.APR, c.BorrowingRate, c.Payments = 60000, 2400, 1447, 1359, nil
	for i := range 6 {
		c.Payments = append(c.Payments, Payment{Due: cal.AddMonths(cal.Date(2026, 12, 31), i), Amount: 10400})
	}
	return c
}

func agreement() Agreement {
	berlin := time.FixedZone("CET", 3600)
	return Agreement{
		Credit: credit(), Number: "V-07-000123", Account: account(),
		ConsentAt: time.Date(2026, 11, 22, 14, 5, 30, 0, berlin), ConsentWay: ByEmailCode,
		PreContractVersion: Version, PreContractDigest: preContract().Paper("de").Digest(),
		PreContractSentAt: time.Date(2026, 11, 22, 14, 1, 0, 0, berlin),
	}
}

func promise() Promise {
	return Promise{
		Number: "7K2M9QXD", Operator: operator(), Consumer: consumer(), Method: "invoice_14", Currency: money.EUR, Amount: 5000,
		Accepted: cal.Date(2026, 11, 22), From: cal.Date(2026, 12, 3), ValidUntil: cal.Date(2027, 1, 2),
		Steps: []PromiseStep{
			{cal.Date(2026, 11, 25), Both{"Zahlen Sie Rechnung R-1001 (59,90 €) bis 25. November 2026.", "Pay invoice R-1001 (€59.90) by 25 November 2026."}},
			{cal.Date(2026, 12, 2), Both{"Zahlen Sie Rechnung R-1003 (120,00 €) wie vereinbart bis 2. Dezember 2026.", "Pay invoice R-1003 (€120.00) as agreed by 2 December 2026."}},
		},
		Extra: 8440, Agreed: 12000, Checks: []string{"assessment", "sanctions", "bureau"}, Overdue: true,
		Voids: []Both{{"Eine Rechnung außerhalb des Plans ist zu spät.", "An invoice outside the plan is late."}, {"Ein Schritt wurde versäumt.", "A step was missed."}},
		Rules: "de-standard 1, card-v0 1",
	}
}

func addressLetter() AddressLetter {
	return AddressLetter{From: operator(), To: consumer(), Code: "7KQM-3XWP", Link: "zahlziel.example/me", Issued: cal.Date(2026, 11, 22), Until: cal.Date(2026, 12, 20)}
}
