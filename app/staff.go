package app

import (
	"context"
	"slices"
	"strings"

	"github.com/alexedwards/argon2id"

	"zahlziel/pay"
	"zahlziel/store"
)

// Deed is something that staff may be allowed to do.
type Deed string

// The deeds of the desk.
const (
	DeedLook      Deed = "look"      // search people and see everything about one of them
	DeedPayments  Deed = "payments"  // see payments that nobody could be found for
	DeedAssign    Deed = "assign"    // put such a payment on an invoice
	DeedMerchants Deed = "merchants" // see the shops and their terms
	DeedOnboard   Deed = "onboard"   // create shops, their keys and addresses; ask for and confirm their activation
	DeedHealth    Deed = "health"    // see how the installation is doing
	DeedPromises  Deed = "promises"  // see how promises are kept and what they bind
	DeedStaff     Deed = "staff"     // create staff
	DeedDisputes  Deed = "disputes"  // see disputes
	DeedDecide    Deed = "decide"    // decide them
	DeedPayouts   Deed = "payouts"   // see what shops are paid
	DeedTerms     Deed = "terms"     // change when and how shops are paid
	DeedPolicies  Deed = "policies"  // see policies and cards, preview them, ask for and confirm their steps
	DeedScreening Deed = "screening" // decide whether somebody is on a sanctions list
	DeedFraud     Deed = "fraud"     // decide about orders that wait, keep the block list
	DeedReview    Deed = "review"    // answer people who contest a decision or a fact
)

// allowed says which roles may do what; an administrator may everything.
var allowed = map[Deed][]string{
	DeedLook:      {pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk},
	DeedPayments:  {pay.RoleSupport, pay.RoleCollections, pay.RoleFinance},
	DeedAssign:    {pay.RoleFinance},
	DeedMerchants: {pay.RoleSupport, pay.RoleFinance, pay.RoleRisk},
	DeedOnboard:   {pay.RoleFinance, pay.RoleRisk},
	DeedHealth:    {pay.RoleFinance, pay.RoleRisk},
	DeedPromises:  {pay.RoleFinance, pay.RoleRisk},
	DeedStaff:     {},
	DeedDisputes:  {pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk},
	DeedDecide:    {pay.RoleSupport, pay.RoleRisk},
	DeedPayouts:   {pay.RoleFinance},
	DeedTerms:     {pay.RoleFinance},
	DeedPolicies:  {pay.RoleRisk},
	DeedScreening: {pay.RoleRisk},
	DeedFraud:     {pay.RoleRisk},
	DeedReview:    {pay.RoleRisk, pay.RoleCollections, pay.RoleSupport},
}

// Roles are the roles of staff, least first.
var Roles = []string{pay.RoleSupport, pay.RoleCollections, pay.RoleFinance, pay.RoleRisk, pay.RoleAdmin}

// Can reports whether the actor is staff that may do a deed.
func (a Actor) Can(d Deed) bool { return a.may(allowed[d]...) }

// passwordMin and passwordMax bound a password, in bytes.
const (
	passwordMin = 12
	passwordMax = 256
)

// passwordParams follow the OWASP recommendation for argon2id with 64 MB of memory.
var passwordParams = &argon2id.Params{Memory: 64 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// nobodysPassword is compared where there is no such person, so that both answers take the same time.
// It is the hash of a password that was thrown away, made with passwordParams.
const nobodysPassword = "$argon2id$v=19$m=65536,t=2,p=1$zqdJLYHF6mntgZKWLe0d/w$AKis4DTlakM0oYnP7Oma2oHoxsAoO7j8Ejd53nnWWmg"

// passwordTurns bounds how many passwords are hashed at once, and with it the memory.
var passwordTurns = make(chan struct{}, 2)

// CreateStaff stores a person at the desk. The password has at least 12 characters.
func (a *App) CreateStaff(ctx context.Context, who Actor, s pay.Staff, password string) (pay.Staff, error) {
	if !who.System && !who.Can(DeedStaff) {
		return s, errForbidden
	}
	s.Email = NormalEmail(s.Email)
	switch {
	case !looksLikeEmail(s.Email):
		return s, pay.Errorf(pay.Invalid, "bad_email", "email", "Enter an e-mail address such as name@example.org")
	case strings.TrimSpace(s.Name) == "":
		return s, pay.Errorf(pay.Invalid, "bad_name", "name", "Enter the person's name")
	case !slices.Contains(Roles, s.Role):
		return s, pay.Errorf(pay.Invalid, "bad_role", "role", "Choose one of the roles %s", strings.Join(Roles, ", "))
	case len(password) < passwordMin || len(password) > passwordMax:
		return s, pay.Errorf(pay.Invalid, "bad_password", "password", "Choose a password of %d to %d characters", passwordMin, passwordMax)
	}
	old, err := a.DB.Staff(ctx, s.Email)
	if err != nil {
		return s, err
	}
	if old != nil {
		return s, pay.Errorf(pay.Conflict, "staff_exists", "email", "There is someone with this address already")
	}
	if s.Password, err = argon2id.CreateHash(password, passwordParams); err != nil {
		return s, err
	}
	s.ID, s.Active = pay.StaffID(a.newID(pay.PrefixStaff)), true
	if err := a.DB.PutStaff(ctx, s); err != nil {
		return s, err
	}
	return s, a.audit(ctx, who, "staff_created", bucketOf(s.ID), string(s.ID), s.Role)
}

// audit writes one line of the audit trail.
func (a *App) audit(ctx context.Context, who Actor, action string, bucket int, subject, detail string) error {
	_, err := do(ctx, a, who, "audit", Key{}, store.Unit{Bucket: bucket}, func(tx *store.Tx) (struct{}, error) {
		tx.Audit(who.String(), action, subject, detail)
		return struct{}{}, nil
	})
	return err
}

var errWrongPassword = pay.Errorf(pay.Refused, "wrong_password", "", "E-mail address or password is wrong")

// SignInStaff checks a password and returns the token of a visit of eight hours.
// A wrong address and a wrong password are the same answer after the same work.
func (a *App) SignInStaff(ctx context.Context, email, password string) (string, error) {
	s, err := a.DB.Staff(ctx, NormalEmail(email))
	if err != nil {
		return "", err
	}
	hash := nobodysPassword
	if s != nil && strings.Contains(email, "@") { // the look-up also knows ids; people sign in with their address
		hash = s.Password
	}
	right, err := comparePassword(ctx, password, hash)
	if err != nil {
		return "", err
	}
	if s == nil || hash == nobodysPassword || !s.Active || !right {
		return "", a.wrongPassword(ctx, s)
	}
	return do(ctx, a, System, "sign-in", Key{}, store.Unit{Bucket: bucketOf(s.ID)}, func(tx *store.Tx) (string, error) {
		tx.Audit(string(s.ID), "signed_in", string(s.ID), visitDesk)
		return a.startVisit(tx, visitDesk, string(s.ID), deskMicros), nil
	})
}

// wrongPassword notes a failed sign-in; for an unknown address it writes as much.
func (a *App) wrongPassword(ctx context.Context, s *pay.Staff) error {
	bucket, subject := 0, "nobody"
	if s != nil {
		bucket, subject = bucketOf(s.ID), string(s.ID)
	}
	if err := a.audit(ctx, Actor{}, "sign_in_failed", bucket, subject, visitDesk); err != nil {
		return err
	}
	return errWrongPassword
}

func comparePassword(ctx context.Context, password, hash string) (bool, error) {
	if len(password) > passwordMax {
		password = "" // nobody has it; hashing megabytes would be the only effect
	}
	select {
	case passwordTurns <- struct{}{}:
		defer func() { <-passwordTurns }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	return argon2id.ComparePasswordAndHash(password, hash)
}

// DeskVisitor is the person whose desk visit a token opens, with the role of today; the zero Actor when it opens none.
func (a *App) DeskVisitor(ctx context.Context, token string) (Actor, pay.Staff, error) {
	v, err := a.visit(ctx, visitDesk, token)
	if err != nil || v == nil {
		return Actor{}, pay.Staff{}, err
	}
	s, err := a.DB.Staff(ctx, v.Subject)
	if err != nil || s == nil || !s.Active {
		return Actor{}, pay.Staff{}, err
	}
	s.Password = ""
	return Actor{Staff: s.ID, Role: s.Role}, *s, nil
}

// SignOutStaff ends a visit of the desk.
func (a *App) SignOutStaff(ctx context.Context, token string) error {
	return a.endVisit(ctx, visitDesk, token)
}
