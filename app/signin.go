package app

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"zahlziel/document"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
	"zahlziel/vault"
)

// Kinds of visit.
const (
	visitLink   = "link"   // a sign-in link on its way by e-mail
	visitPortal = "portal" // a signed-in consumer
	visitDesk   = "desk"   // signed-in staff
)

// How long a visit lasts. A portal visit ends 30 days after sign-in, or 12 hours after the last look.
const (
	linkMicros       pay.Micros = 30 * 60 * 1e6
	portalMicros     pay.Micros = 30 * 24 * 3600 * 1e6
	portalIdleMicros pay.Micros = 12 * 3600 * 1e6
	portalSlide      pay.Micros = 3600 * 1e6 // the end moves at most once an hour, so that looking seldom writes
	deskMicros       pay.Micros = 8 * 3600 * 1e6
)

// SignInMinutes is how long a sign-in link works.
const SignInMinutes = int(linkMicros / 60e6)

// signInMail is what the job that mails a sign-in link needs.
type signInMail struct {
	Email    string
	Link     string
	Language string // de, en
}

var errOldLink = pay.Errorf(pay.TooLate, "link_over", "", "The link was used already or is too old; ask for a new one")

// SendSignInLink mails a link to the consumer of an address. What it answers and how much it writes is the same for
// known and unknown people, so that nobody can learn who is a customer here.
func (a *App) SendSignInLink(ctx context.Context, email, language string) error {
	if !looksLikeEmail(email) {
		return pay.Errorf(pay.Invalid, "bad_email", "email", "Enter an e-mail address such as name@example.org")
	}
	email = NormalEmail(email)
	digest := a.Vault.Index("email", email)
	id, err := a.ConsumerByEmail(ctx, email)
	if err != nil {
		return err
	}
	bucket, subject := digestBucket(digest), digest
	if id != "" {
		bucket, subject = bucketOf(id), string(id)
	}
	u := store.Unit{Bucket: bucket, Load: []store.Ref{store.Consumers.At(bucket, subject)}}
	_, err = do(ctx, a, System, "sign-in", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		tx.Audit("nobody", "sign_in_asked", subject, "")
		p, err := a.person(tx, pay.ConsumerID(subject))
		if isMissing(err) {
			return struct{}{}, nil
		} else if err != nil {
			return struct{}{}, err
		}
		m := signInMail{Email: email, Link: a.BaseURL + "/me/link/" + a.startVisit(tx, visitLink, subject, linkMicros), Language: language}
		a.queue(tx, JobSignIn, subject, p.key.Seal(JobSignIn, mustJSON(m)))
		return struct{}{}, nil
	})
	return err
}

// signIn mails a sign-in link. The mail is not kept, because whoever reads it could sign in.
func (h poster) signIn(ctx context.Context, j *pay.Job) error {
	p, err := h.readPerson(ctx, pay.ConsumerID(j.Subject))
	if err != nil {
		return Permanent{err}
	}
	m, err := open[signInMail](p.key, JobSignIn, j.Body)
	if err != nil {
		return Permanent{err}
	}
	profile, err := p.profile()
	if err != nil {
		return Permanent{err}
	}
	subject, text, html, err := document.Mail(document.MailSignIn, document.MailData{Operator: h.letterhead(),
		Name: profile.Billing.FullName(), Link: m.Link, Minutes: SignInMinutes}, m.Language)
	if err != nil {
		return Permanent{err}
	}
	return h.send(ctx, string(j.ID), mail.Message{To: m.Email, Subject: subject, Text: text, HTML: html, Language: m.Language})
}

func isMissing(err error) bool {
	var e *pay.Error
	return errors.As(err, &e) && e.Kind == pay.Missing
}

// startVisit stores a visit and returns its token. A token begins with its bucket, so that it finds its row alone.
func (a *App) startVisit(tx *store.Tx, kind, subject string, keep pay.Micros) string {
	token := fmt.Sprintf("%02d%s", tx.Bucket, vault.Token())
	store.Save(tx, store.Visits, &pay.Visit{Bucket: tx.Bucket, Digest: a.Vault.Index(kind, token), Kind: kind, Subject: subject,
		CreatedAt: tx.At, ExpiresAt: tx.At + keep})
	return token
}

// visitPlace is where the row of a visit's token lies; ok is false for what is no token of ours.
func (a *App) visitPlace(kind, token string) (bucket int, digest string, ok bool) {
	if len(token) < 34 || len(token) > 64 {
		return 0, "", false
	}
	bucket, err := strconv.Atoi(token[:2])
	if err != nil || bucket < 0 || bucket >= pay.Buckets {
		return 0, "", false
	}
	return bucket, a.Vault.Index(kind, token), true
}

// UseSignInLink turns the token of a link into the token of a visit. A link works once.
func (a *App) UseSignInLink(ctx context.Context, token string) (string, error) {
	return a.useLink(ctx, token, visitLink, visitPortal, portalIdleMicros)
}

func (a *App) useLink(ctx context.Context, token, kind, visit string, keep pay.Micros) (string, error) {
	bucket, digest, ok := a.visitPlace(kind, token)
	if !ok {
		return "", errOldLink
	}
	u := store.Unit{Bucket: bucket, Load: []store.Ref{store.Visits.At(bucket, digest)}}
	return do(ctx, a, System, "sign-in", Key{}, u, func(tx *store.Tx) (string, error) {
		link, err := store.Get(tx, store.Visits, digest)
		if err != nil {
			return "", err
		}
		if link == nil || link.ExpiresAt <= tx.At {
			return "", errOldLink
		}
		link.ExpiresAt = tx.At
		store.Save(tx, store.Visits, link)
		tx.Audit(link.Subject, "signed_in", link.Subject, visit)
		return a.startVisit(tx, visit, link.Subject, keep), nil
	})
}

// PortalVisitor is the consumer whose visit a token opens; the zero Actor when it opens none.
func (a *App) PortalVisitor(ctx context.Context, token string) (Actor, error) {
	v, err := a.visit(ctx, visitPortal, token)
	if err != nil || v == nil {
		return Actor{}, err
	}
	if err := a.slide(ctx, v); err != nil {
		return Actor{}, err
	}
	id, err := a.survivor(ctx, pay.ConsumerID(v.Subject))
	return Actor{Consumer: id}, err
}

// ConsumerOfToken is the consumer whom a token proves, that of a sign-in or of a remembered device; the zero Actor for any other.
func (a *App) ConsumerOfToken(ctx context.Context, token string) (Actor, error) {
	who, err := a.PortalVisitor(ctx, token)
	if err != nil || who.Consumer != "" {
		return who, err
	}
	id, _, err := a.deviceOwner(ctx, token)
	if err != nil || id == "" {
		return Actor{}, err
	}
	id, err = a.survivor(ctx, id)
	return Actor{Consumer: id}, err
}

// visit loads a live visit of a kind, or nil.
func (a *App) visit(ctx context.Context, kind, token string) (*pay.Visit, error) {
	bucket, digest, ok := a.visitPlace(kind, token)
	if !ok {
		return nil, nil
	}
	v, err := store.Load(ctx, a.DB, store.Visits, bucket, digest)
	if err != nil || v == nil || v.ExpiresAt <= a.Clock.Now() {
		return nil, err
	}
	return v, nil
}

// slide moves the end of a portal visit that is in use.
func (a *App) slide(ctx context.Context, v *pay.Visit) error {
	now := a.Clock.Now()
	end := min(now+portalIdleMicros, v.CreatedAt+portalMicros)
	if end-v.ExpiresAt < portalSlide {
		return nil
	}
	u := store.Unit{Bucket: v.Bucket, Load: []store.Ref{store.Visits.At(v.Bucket, v.Digest)}}
	_, err := do(ctx, a, System, "visit", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		row, err := store.Get(tx, store.Visits, v.Digest)
		if err == nil && row != nil && row.ExpiresAt > tx.At {
			row.ExpiresAt = end
			store.Save(tx, store.Visits, row)
		}
		return struct{}{}, err
	})
	return err
}

// SignOut ends a visit of the portal; SignOutStaff one of the desk. Ending what has ended changes nothing.
func (a *App) SignOut(ctx context.Context, token string) error {
	return a.endVisit(ctx, visitPortal, token)
}

func (a *App) endVisit(ctx context.Context, kind, token string) error {
	bucket, digest, ok := a.visitPlace(kind, token)
	if !ok {
		return nil
	}
	u := store.Unit{Bucket: bucket, Load: []store.Ref{store.Visits.At(bucket, digest)}}
	_, err := do(ctx, a, System, "sign-out", Key{}, u, func(tx *store.Tx) (struct{}, error) {
		v, err := store.Get(tx, store.Visits, digest)
		if err != nil || v == nil || v.ExpiresAt <= tx.At {
			return struct{}{}, err
		}
		v.ExpiresAt = tx.At
		store.Save(tx, store.Visits, v)
		tx.Audit(v.Subject, "signed_out", v.Subject, kind)
		return struct{}{}, nil
	})
	return err
}
