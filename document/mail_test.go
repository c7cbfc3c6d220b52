package document

import (
	"regexp"
	"strings"
	"testing"

	"zahlziel/cal"
	"zahlziel/money"
)

func mailData() MailData {
	return MailData{
		Name: "Jürgen Weiß-Łukaszewicz", Operator: operator(), Link: "https://zahlziel.example/s/abc?x=1&y=2", Code: "402913", Minutes: 15,
		Shop: "Schuhladen Käthe Größe e. K.", Number: "R-07-000123", Reference: "RF18539007547034", Currency: money.EUR, Amount: 8480,
		Due: cal.Date(2026, 12, 22), Account: account(), Received: cal.Date(2026, 12, 20), Today: cal.Date(2026, 12, 21), WithdrawUntil: cal.Date(2026, 12, 6), Outcome: "lost",
		From: cal.Date(2026, 12, 3), Until: cal.Date(2027, 1, 2), Reason: "Ein Schritt fehlt.", Steps: []string{"Zahlen Sie Rechnung R-1001 bis 25. November 2026."},
	}
}

var kinds = []MailKind{MailSignIn, MailCode, MailRequest, MailReminder, MailReceived, MailPage, MailChanged, MailAgreement, MailWithdrawal, MailLimit, MailPromise, MailPromiseOver, MailReview, MailReviewed, MailDispute, MailDisputeEnd, MailShopSignIn, MailShopInvite}

func TestMailGolden(t *testing.T) {
	for _, kind := range kinds {
		for _, lang := range []string{"de", "en"} {
			subject, text, html, err := Mail(kind, mailData(), lang)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "mail_"+string(kind)+"_"+lang+".txt", subject+"\n\n"+text)
			if lang == "de" && kind == MailReminder {
				golden(t, "mail_reminder_de.html", html)
			}
			if found := placeholder.FindString(subject + text); found != "" {
				t.Errorf("%s %s: %s", kind, lang, found)
			}
		}
	}
}

// TestMailPartsAgree: who reads the plain part knows as much as who reads the HTML part, and nothing is loaded from afar.
func TestMailPartsAgree(t *testing.T) {
	tags, remote := regexp.MustCompile(`(?s)<style>.*?</style>|<[^>]*>`), regexp.MustCompile(`(?i)<(img|script|link|iframe|form)|src=|url\(|@import|style="`)
	for _, kind := range kinds {
		_, text, html, err := Mail(kind, mailData(), "en")
		if err != nil {
			t.Fatal(err)
		}
		if found := remote.FindString(html); found != "" {
			t.Errorf("%s: the HTML has %s", kind, found)
		}
		shown := squeeze(strings.NewReplacer("&amp;", "&", "&#43;", "+", "&#39;", "'", "\u00a0", " ").Replace(tags.ReplaceAllString(html, " ")))
		for _, line := range strings.Split(text, "\n") {
			for _, part := range strings.SplitN(strings.TrimSuffix(strings.TrimSpace(line), ":"), ": ", 2) {
				if part = squeeze(part); part != "--" && !strings.Contains(shown, part) {
					t.Errorf("%s: the HTML lacks %q", kind, part)
				}
			}
		}
	}
}

// TestMailForeignTexts: names come from outside, so they forge neither a header nor HTML.
func TestMailForeignTexts(t *testing.T) {
	d := mailData()
	d.Name, d.Shop = "<img src=x>\r\n{amount}", "Shop\r\nBcc: all@example.org\u2028<script>"
	d.Link = "javascript:alert(1)"
	for _, kind := range kinds {
		subject, text, html, err := Mail(kind, d, "de")
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(subject, "\r\n\u2028") || strings.Contains(text, "\r\nBcc") {
			t.Errorf("%s: subject %q", kind, subject)
		}
		if strings.Contains(html, "<img") || strings.Contains(html, "<script") || strings.Contains(html, `href="javascript`) {
			t.Errorf("%s: the HTML takes foreign markup", kind)
		}
	}
	if _, _, _, err := Mail("advertisement", d, "de"); err == nil {
		t.Error("an unknown kind was written")
	}
}

func TestMailReceivedCases(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*MailData)
		want   string
	}{
		"all paid":  {func(*MailData) {}, "Damit ist alles bezahlt"},
		"rest":      {func(d *MailData) { d.Open = 100 }, "Offen sind noch 1,00 €. Bitte zahlen Sie den Rest bis zum 22. Dezember 2026."},
		"rest late": {func(d *MailData) { d.Open, d.Today = 100, cal.Date(2026, 12, 23) }, "seit dem 22. Dezember 2026 fällig"},
		"too much":  {func(d *MailData) { d.Credit = 250 }, "2,50 € zu viel gezahlt"},
	} {
		d := mailData()
		c.change(&d)
		if _, text, _, err := Mail(MailReceived, d, "de"); err != nil || !strings.Contains(text, c.want) {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// TestEveryOutcomeHasItsMail: a missing text would stop the program.
func TestEveryOutcomeHasItsMail(t *testing.T) {
	for _, outcome := range []string{"won", "lost", "withdrawn", "refunded"} {
		for _, lang := range []string{"de", "en"} {
			d := mailData()
			d.Outcome = outcome
			if _, text, _, err := Mail(MailDisputeEnd, d, lang); err != nil || placeholder.MatchString(text) {
				t.Errorf("%s in %s: %v %s", outcome, lang, err, text)
			}
		}
	}
}
