package app

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"

	"zahlziel/cal"
	"zahlziel/document"
	"zahlziel/gateway"
	"zahlziel/gateway/letter"
	"zahlziel/pay"
	"zahlziel/store"
)

// Jobs of checks.
const (
	JobLetter = "address_letter" // print and post the code that proves an address
	JobVerify = "verify"         // ask a partner what came of a check
)

// letterLetters are read and typed without mistakes: no 0, O, 1, I, L. Eight of them are 40 bits, and five tries.
const letterLetters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

func newLetterCode() string {
	var b [64]byte
	rand.Read(b[:])
	code := make([]byte, 0, 9)
	for _, c := range b {
		if c >= 248 { // 8 times 31: what is above would favour some letters
			continue
		}
		if code = append(code, letterLetters[int(c)%len(letterLetters)]); len(code) == 4 {
			code = append(code, '-')
		}
		if len(code) == 9 {
			break
		}
	}
	return string(code)
}

// normalCode is a code as it was made, however it was typed.
func normalCode(s string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(letterLetters, c) {
			return c
		}
		return -1
	}, strings.ToUpper(s))
}

// letterJob is what the job that prints a letter needs. It is sealed: whoever reads the code could prove the address.
type letterJob struct{ Code string }

// orderLetter makes the code and queues its letter. Earlier letters of the person stop working.
func (a *App) orderLetter(ctx context.Context, v *pay.Verification) (*Begun, error) {
	older, err := a.DB.VerificationsOf(ctx, v.ConsumerID, verifyHistory)
	if err != nil {
		return nil, err
	}
	code := newLetterCode()
	_, err = a.onVerification(ctx, v.ConsumerID, v.ID, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
		profile, err := p.profile()
		if err != nil {
			return "", err
		}
		for _, old := range older {
			if old.ID == row.ID || old.Kind != row.Kind || old.State != pay.VerificationOpen {
				continue
			}
			if old, err = store.Get(tx, store.Verifications, string(old.ID)); err != nil {
				return "", err
			}
			old.State = pay.VerificationFailed
			store.Save(tx, store.Verifications, old)
		}
		row.CodeMAC, row.ExpiresAt = a.Vault.MAC("letter", string(row.ID)+normalCode(code)), tx.At+letterMicros
		row.Sealed = p.seal(string(row.ID), pay.VerificationContent{Way: wayLetter, Home: a.homeDigest(profile.Billing)})
		store.Save(tx, store.Verifications, row)
		a.queue(tx, JobLetter, string(row.ID), p.key.Seal(JobLetter, mustJSON(letterJob{code})))
		return row.State, nil
	})
	return &Begun{ID: v.ID, State: pay.VerificationOpen, Letter: true}, err
}

// addressLetter is the job that prints and posts a code. The paper is not kept, because whoever opens it has the code.
func (h poster) addressLetter(ctx context.Context, j *pay.Job) error {
	v, err := store.LoadID(ctx, h.DB, store.Verifications, pay.VerificationID(j.Subject))
	if err != nil || v == nil || v.State != pay.VerificationOpen {
		return err
	}
	p, err := h.readPerson(ctx, v.ConsumerID)
	if err != nil {
		return Permanent{err}
	}
	said, err := open[letterJob](p.key, JobLetter, j.Body)
	if err != nil {
		return Permanent{err}
	}
	profile, err := p.profile()
	if err != nil {
		return Permanent{err}
	}
	to := partyOf(profile.Billing, "")
	pdf, err := document.AddressLetter{From: h.letterhead(), To: to, Code: said.Code, Link: strings.TrimPrefix(strings.TrimPrefix(h.BaseURL, "https://"), "http://") + "/me",
		Issued: pay.Germany.DayAt(v.CreatedAt), Until: pay.Germany.DayAt(v.ExpiresAt)}.PDF(p.row.Language)
	if err != nil {
		return Permanent{err}
	}
	service := h.portalSources().Letter
	if service == nil {
		return Permanent{errors.New("no print service is set")}
	}
	err = service.Send(ctx, letter.Letter{ID: string(v.ID), Lines: append([]string{to.Name}, to.Address...), Country: profile.Billing.Country, Language: p.row.Language, PDF: pdf})
	if errors.Is(err, gateway.ErrRefused) {
		return Permanent{err}
	}
	return err
}

// useLetterCode checks the code that a person read in the letter, and counts wrong tries.
func (a *App) useLetterCode(ctx context.Context, who pay.ConsumerID, id pay.VerificationID, code string) (string, error) {
	wrong := false
	state, err := a.onVerification(ctx, who, id, func(tx *store.Tx, p *person, row *pay.Verification) (string, error) {
		wrong = false
		content, err := open[pay.VerificationContent](p.key, string(row.ID), row.Sealed)
		if err != nil {
			return "", err
		}
		profile, err := p.profile()
		if err != nil {
			return "", err
		}
		if row.CodeMAC == "" || row.ExpiresAt <= tx.At || row.Tries >= letterTries || content.Home != a.homeDigest(profile.Billing) {
			return "", errCodeOver
		}
		if !a.Vault.SameMAC("letter", string(row.ID)+normalCode(code), row.CodeMAC) {
			row.Tries++
			wrong = true
			store.Save(tx, store.Verifications, row)
			return row.State, nil
		}
		row.CodeMAC = ""
		return a.concludeCheck(tx, p, row, content, outcome{gateway.Stamp{Source: a.Operator().Name, AsOf: tx.Day, Until: cal.NoDay}, gateway.Confirmed, 0})
	})
	if err == nil && wrong {
		return "", errWrongMark
	}
	return state, err
}
