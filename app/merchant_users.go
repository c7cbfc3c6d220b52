package app

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"zahlziel/document"
	"zahlziel/gateway/mail"
	"zahlziel/pay"
	"zahlziel/store"
)

// Kinds of visit of a merchant's pages.
const (
	visitShopLink = "shop_link" // a sign-in link on its way by e-mail
	visitShop     = "shop"      // a signed-in user of a merchant
)

// shopMicros is how long a visit of a merchant's pages lasts; it does not slide, because keys are made there.
const shopMicros pay.Micros = 12 * 3600 * 1e6

// merchantUsersMax bounds the users of a merchant, ended ones too; userNameMax a name, in bytes.
const (
	merchantUsersMax = 100
	userNameMax      = 100
)

// MerchantUserView is a person of a merchant, without what is sealed.
type MerchantUserView struct {
	pay.MerchantUser
	pay.MerchantPerson
}

// Label names the person: by name, or by address.
func (v MerchantUserView) Label() string {
	if v.Name != "" {
		return v.Name
	}
	return v.Email
}

// userMail is what the job that mails a merchant's user needs.
type userMail struct {
	Kind document.MailKind
	Link string
	Lang string
}

func (a *App) openUser(u pay.MerchantUser) (MerchantUserView, error) {
	v := MerchantUserView{MerchantUser: u}
	b, err := a.Vault.RowKey(string(u.ID)).Open("person", u.Sealed)
	if err != nil {
		return v, err
	}
	v.Sealed = nil
	return v, json.Unmarshal(b, &v.MerchantPerson)
}

// MerchantUsers lists the people of a merchant, for themselves and for those who take merchants on. Who of the staff looks is noted.
func (a *App) MerchantUsers(ctx context.Context, who Actor, m pay.MerchantID) ([]MerchantUserView, error) {
	if !who.owns(m) && !who.Can(DeedOnboard) {
		return nil, errForbidden
	}
	if who.Staff != "" {
		if err := a.audit(ctx, who, "merchant_users_look", bucketOf(m), string(m), ""); err != nil {
			return nil, err
		}
	}
	return a.usersOf(ctx, m)
}

func (a *App) usersOf(ctx context.Context, m pay.MerchantID) ([]MerchantUserView, error) {
	rows, err := a.DB.MerchantUsersOf(ctx, m)
	if err != nil {
		return nil, err
	}
	out := make([]MerchantUserView, len(rows))
	for i, u := range rows {
		if out[i], err = a.openUser(u); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(x, y MerchantUserView) int {
		return cmp.Or(cmp.Compare(y.Role, x.Role), cmp.Compare(x.Email, y.Email))
	}) // owners first
	return out, nil
}

// InviteMerchantUser makes somebody a user of a merchant and mails them where to sign in. Somebody who ended before is a
// user again, in the role given now, and signs in anew.
func (a *App) InviteMerchantUser(ctx context.Context, who Actor, m pay.MerchantID, p pay.MerchantPerson, role string) (*MerchantUserView, error) {
	if !mayKey(who, m) {
		return nil, errForbidden
	}
	p.Email, p.Name = NormalEmail(p.Email), strings.TrimSpace(p.Name)
	switch {
	case !looksLikeEmail(p.Email):
		return nil, pay.Errorf(pay.Invalid, "bad_email", "email", "Enter an e-mail address such as name@example.org")
	case !slices.Contains(pay.MerchantRoles, role):
		return nil, pay.Errorf(pay.Invalid, "bad_role", "role", "Choose one of the roles %s", strings.Join(pay.MerchantRoles, ", "))
	case len(p.Name) > userNameMax:
		return nil, pay.Errorf(pay.Invalid, "bad_name", "name", "Enter a name of at most %d bytes", userNameMax)
	}
	if p.Language != "en" {
		p.Language = "de"
	}
	if _, err := a.freshMerchant(ctx, m); err != nil {
		return nil, err
	}
	all, err := a.DB.MerchantUsersOf(ctx, m)
	if err != nil {
		return nil, err
	}
	u := pay.MerchantUser{ID: pay.MerchantUserID(a.newID(pay.PrefixMerchantUser)), MerchantID: m, Digest: a.Vault.Index("shop_user", p.Email), CreatedAt: a.Clock.Now()}
	if i := slices.IndexFunc(all, func(x pay.MerchantUser) bool { return x.Digest == u.Digest }); i >= 0 {
		if all[i].Active {
			return nil, pay.Errorf(pay.Conflict, "user_exists", "email", "Somebody with this address is a user of this shop already")
		}
		u = all[i]
	} else if len(all) >= merchantUsersMax {
		return nil, pay.Errorf(pay.Refused, "too_many_users", "email", "A shop has at most %d users", merchantUsersMax)
	}
	u.Role, u.Active = role, true
	u.Sealed = a.Vault.RowKey(string(u.ID)).Seal("person", mustJSON(p))
	if err := a.DB.PutMerchantUser(ctx, u); err != nil {
		return nil, err
	}
	if err := a.audit(ctx, who, "merchant_user_add", bucketOf(m), string(m), string(u.ID)+" "+role); err != nil {
		return nil, err
	}
	u.Sealed = nil
	return &MerchantUserView{u, p}, a.mailUser(ctx, u.ID, userMail{document.MailShopInvite, a.BaseURL + "/merchant/sign-in", p.Language})
}

func (a *App) mailUser(ctx context.Context, id pay.MerchantUserID, m userMail) error {
	_, err := do(ctx, a, System, "user-mail", Key{}, store.Unit{Bucket: bucketOf(id)}, func(tx *store.Tx) (struct{}, error) {
		a.queueUserMail(tx, id, m)
		return struct{}{}, nil
	})
	return err
}

func (a *App) queueUserMail(tx *store.Tx, id pay.MerchantUserID, m userMail) {
	a.queue(tx, JobUserMail, string(id), a.Vault.RowKey(string(id)).Seal(JobUserMail, mustJSON(m)))
}

// EndMerchantUser ends a user of a merchant; what they have open closes at once. The last owner cannot end.
func (a *App) EndMerchantUser(ctx context.Context, who Actor, m pay.MerchantID, id pay.MerchantUserID) error {
	if !mayKey(who, m) {
		return errForbidden
	}
	all, err := a.DB.MerchantUsersOf(ctx, m)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(u pay.MerchantUser) bool { return !u.Active })
	i := slices.IndexFunc(all, func(u pay.MerchantUser) bool { return u.ID == id })
	if i < 0 {
		return pay.Errorf(pay.Missing, "no_such_user", "", "There is no such active user of this shop")
	}
	u := all[i]
	others := slices.ContainsFunc(all, func(x pay.MerchantUser) bool { return x.ID != id && x.Role == pay.RoleOwner })
	if u.Role == pay.RoleOwner && !others && who.User != "" {
		return pay.Errorf(pay.Refused, "last_owner", "", "This is the only owner; make somebody else an owner first")
	}
	u.Active, u.VisitsFrom = false, a.Clock.Now()
	if err := a.DB.PutMerchantUser(ctx, u); err != nil {
		return err
	}
	return a.audit(ctx, who, "merchant_user_end", bucketOf(m), string(m), string(id))
}

// SendShopLink mails a sign-in link for each merchant that the person of an address works for. What it answers is the same for
// known and unknown people.
func (a *App) SendShopLink(ctx context.Context, email, language string) error {
	if !looksLikeEmail(email) {
		return pay.Errorf(pay.Invalid, "bad_email", "email", "Enter an e-mail address such as name@example.org")
	}
	digest := a.Vault.Index("shop_user", NormalEmail(email))
	users, err := a.DB.MerchantUsersAt(ctx, digest)
	if err != nil {
		return err
	}
	users = slices.DeleteFunc(users, func(u pay.MerchantUser) bool { return !u.Active })
	if len(users) == 0 {
		return a.audit(ctx, Actor{}, "sign_in_asked", digestBucket(digest), digest, visitShop)
	}
	for _, u := range users {
		_, err := do(ctx, a, System, "sign-in", Key{}, store.Unit{Bucket: bucketOf(u.ID)}, func(tx *store.Tx) (struct{}, error) {
			tx.Audit("nobody", "sign_in_asked", string(u.ID), visitShop)
			link := a.BaseURL + "/merchant/link/" + a.startVisit(tx, visitShopLink, string(u.ID), linkMicros)
			a.queueUserMail(tx, u.ID, userMail{document.MailShopSignIn, link, language})
			return struct{}{}, nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mailUser mails a merchant's user. The mail is not kept, because whoever reads it could sign in.
func (h poster) mailUser(ctx context.Context, j *pay.Job) error {
	u, err := h.DB.MerchantUser(ctx, pay.MerchantUserID(j.Subject))
	if err != nil || u == nil || !u.Active {
		return err
	}
	v, err := h.openUser(*u)
	if err != nil {
		return Permanent{err}
	}
	b, err := h.Vault.RowKey(j.Subject).Open(JobUserMail, j.Body)
	if err != nil {
		return Permanent{err}
	}
	var m userMail
	if err := json.Unmarshal(b, &m); err != nil {
		return Permanent{err}
	}
	subject, text, html, err := document.Mail(m.Kind, document.MailData{Operator: h.letterhead(), Name: v.Name, Link: m.Link, Minutes: SignInMinutes,
		Shop: h.MerchantName(u.MerchantID)}, m.Lang)
	if err != nil {
		return Permanent{err}
	}
	return h.send(ctx, string(j.ID), mail.Message{To: v.Email, Subject: subject, Text: text, HTML: html, Language: m.Lang})
}

// UseShopLink turns the token of a link into the token of a visit. A link works once.
func (a *App) UseShopLink(ctx context.Context, token string) (string, error) {
	return a.useLink(ctx, token, visitShopLink, visitShop, shopMicros)
}

// ShopVisitor is the merchant's user whose visit a token opens, with the role of today; the zero Actor when it opens none.
func (a *App) ShopVisitor(ctx context.Context, token string) (Actor, MerchantUserView, error) {
	v, err := a.visit(ctx, visitShop, token)
	if err != nil || v == nil {
		return Actor{}, MerchantUserView{}, err
	}
	u, err := a.DB.MerchantUser(ctx, pay.MerchantUserID(v.Subject))
	if err != nil || u == nil || !u.Active || v.CreatedAt <= u.VisitsFrom {
		return Actor{}, MerchantUserView{}, err
	}
	view, err := a.openUser(*u)
	return Actor{Merchant: u.MerchantID, User: u.ID, Role: u.Role}, view, err
}

// SignOutShop ends a visit of a merchant's pages.
func (a *App) SignOutShop(ctx context.Context, token string) error {
	return a.endVisit(ctx, visitShop, token)
}
