// Package document writes what a consumer receives on paper, on screen and by mail: the payment request, the
// pre-contract information, the credit agreement and the mail texts, in German and English.
//
// Each document is first a Paper: plain sections of words and rows that the web pages show as they are. PDF draws
// the same Paper on A4, so that page and file never differ. Rendering is pure: equal input gives equal bytes, no
// clock is read and the creation date of a file is the day in its input.
//
// The texts live in words/de.txt and words/en.txt. They describe German law for consumers; whoever runs the platform
// has them checked by counsel. Every figure of law (base rate, margin, days) is part of the input.
package document

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"zahlziel/cal"
)

// Version names this edition of the texts and of the order of sections. It is stored with every contract.
const Version = "2026-11.1"

// Paper is a document as data: what a page shows and what PDF draws.
type Paper struct {
	Kind     string // "request", "precontract", "agreement"
	Lang     string // "de" or "en"
	Number   string // our number of the document; empty for information that has none
	Title    string
	Subtitle string
	Day      cal.Day // the day of issue, also the creation date of the file
	From     Operator
	To       Party
	Letter   bool  // with an address for a window envelope
	Info     []Row // short facts at the top right: number, date, order
	Sections []Section
}

// Section is one block of a Paper under its own heading. Paragraphs come first, then rows, then the table.
type Section struct {
	ID         string // stable within a kind of document, fit for an HTML id
	Title      string
	Paragraphs []string
	Rows       []Row
	Table      *Table
	Key        bool   // belongs to what must be seen first; PDF keeps all key sections on page 1
	Strong     bool   // must stand out: the warning, the notice of default
	QR         string // content of a QR code beside the rows, or empty
	QRTitle    string // what the code is for
}

// Row is a label with its value. Parts of a value are joined by no-break spaces where they belong together.
type Row struct {
	Label, Value string
	Strong       bool
}

// Table has a flexible first column; all others are figures, aligned right.
type Table struct {
	Head []string
	Rows [][]string
	Foot []Row // totals below the last column
}

// Party is a person or company with its address.
type Party struct {
	Name    string
	Address []string // lines below the name, as on an envelope
	Email   string
	Phone   string
	Web     string // shown as it is, "zahlziel.example"
}

// Operator is the company behind the platform, with what the law asks it to show.
type Operator struct {
	Party
	Legal      []string // register, managing directors, supervisory numbers; one fact per line (§ 35a GmbHG)
	Supervisor string   // supervisory authority with its address
	Complaints string   // body for out-of-court dispute resolution
	DebtAdvice string   // where free debt advice is found (Article 36 of Directive (EU) 2023/2225)
	Withdraw   string   // address of the page "Vertrag widerrufen" (§ 356a BGB)
}

// Shop is the merchant who sold the goods.
type Shop struct {
	Party
	Invoice string // number of the shop's own invoice
	Order   string // the shop's order number
	Returns string // where to send a withdrawal from the purchase; Email is used when it is empty
}

// Account receives payments.
type Account struct {
	Holder string // at most 70 characters (EPC069-12)
	IBAN   string // electronic format, no spaces
	BIC    string
	Bank   string
}

// Digest is the SHA-256, in hex, over everything the Paper says and over Version. The agreement cites the digest of
// the pre-contract information, so it can be shown later what the consumer had seen.
func (p Paper) Digest() string {
	text, err := json.Marshal(struct {
		Version string
		Paper   Paper
	}{Version, p})
	if err != nil {
		panic("document: a paper of plain strings did not encode: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
