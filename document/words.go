package document

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"zahlziel/cal"
	"zahlziel/money"
)

//go:embed words/de.txt words/en.txt
var wordFiles embed.FS

// words are the texts of one language.
type words struct {
	lang   string
	texts  map[string]string
	digest string
}

var german, english = loadWords("de"), loadWords("en")

// loadWords reads one embedded file; a broken file stops the program at its start and in every test.
func loadWords(lang string) *words {
	raw, err := wordFiles.ReadFile("words/" + lang + ".txt")
	if err != nil {
		panic("document: words of " + lang + " are not embedded: " + err.Error())
	}
	sum := sha256.Sum256(raw)
	w := &words{lang: lang, texts: map[string]string{}, digest: hex.EncodeToString(sum[:])}
	for scan := bufio.NewScanner(bytes.NewReader(raw)); scan.Scan(); {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, text, ok := strings.Cut(line, " = ")
		if _, twice := w.texts[key]; !ok || twice {
			panic("document: words/" + lang + ".txt: not one \"key = text\": " + line)
		}
		w.texts[key] = holdTogether.Replace(text)
	}
	return w
}

// holdTogether keeps a citation of law on one line.
var holdTogether = strings.NewReplacer("§ ", "§\u00a0", "§§ ", "§§\u00a0", " Abs. ", "\u00a0Abs.\u00a0", " Nr. ", "\u00a0Nr.\u00a0", "section ", "section\u00a0", " BGB", "\u00a0BGB", " UStG", "\u00a0UStG")

// wordsOf returns German for every German tag ("de", "de-AT") and English for all others.
func wordsOf(lang string) *words {
	if lang == "de" || strings.HasPrefix(lang, "de-") || strings.HasPrefix(lang, "de_") {
		return german
	}
	return english
}

// WordsDigest is the SHA-256, in hex, of the file that holds the texts of a language.
func WordsDigest(lang string) string { return wordsOf(lang).digest }

// say returns the text of a key with its {names} filled in from pairs of name and value.
// A missing key is a mistake of this package, so it stops loudly; a test walks all documents.
func (w *words) say(key string, pairs ...string) string {
	text, ok := w.texts[key]
	if !ok {
		panic("document: no text for " + key + " in " + w.lang)
	}
	if len(pairs) == 0 {
		return text
	}
	named := make([]string, len(pairs))
	for i := 0; i < len(pairs); i += 2 {
		named[i], named[i+1] = "{"+pairs[i]+"}", pairs[i+1]
	}
	return strings.NewReplacer(named...).Replace(text)
}

func (w *words) row(label, value string) Row {
	return Row{Label: w.say("label." + label), Value: value}
}

func (w *words) money(minor int64, cur money.Currency) string {
	return money.Format(minor, cur, w.lang)
}

func (w *words) day(d cal.Day) string {
	return strings.ReplaceAll(cal.FormatLong(d, w.lang), " ", "\u00a0")
}

// percent prints hundredths of a percent: 652 is "6,52 %" or "6.52%"; always two decimals (PAngV Anlage 1(d)).
func (w *words) percent(hundredths int64) string {
	if w.lang == "de" {
		return w.decimal(hundredths) + "\u00a0%"
	}
	return w.decimal(hundredths) + "%"
}

// points prints hundredths of a percentage point without idle decimals: 500 is "5", 550 is "5,5".
func (w *words) points(hundredths int64) string {
	text := strings.TrimRight(w.decimal(hundredths), "0")
	return strings.TrimRight(text, ",.")
}

func (w *words) decimal(hundredths int64) string {
	sign := ""
	if hundredths < 0 {
		sign, hundredths = "\u2212", -hundredths
	}
	point := "."
	if w.lang == "de" {
		point = ","
	}
	cents := strconv.FormatInt(100+hundredths%100, 10)[1:]
	return sign + strconv.FormatInt(hundredths/100, 10) + point + cents
}

// moment prints day and time in the zone that the time carries: "22. November 2026, 14:05 (UTC+01:00)".
func (w *words) moment(t time.Time) string {
	return w.day(cal.DayOf(t, t.Location())) + ", " + t.Format("15:04") + " (UTC" + t.Format("-07:00") + ")"
}

// grouped prints an IBAN or RF reference in groups of four, which is how people read it (ISO 13616, ISO 11649).
func grouped(s string) string {
	s = strings.ReplaceAll(s, " ", "")
	var b strings.Builder
	for i, c := range s {
		if i > 0 && i%4 == 0 {
			b.WriteRune('\u00a0')
		}
		b.WriteRune(c)
	}
	return b.String()
}
