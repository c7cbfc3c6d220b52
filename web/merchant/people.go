package merchant

import (
	"context"
	"net/http"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

// peopleView is the page of the shop's people with the invitation as it was typed.
type peopleView struct {
	People []app.MerchantUserView
	Email  string
	Name   string
	Role   string
	Done   string
	Errors web.FieldErrors
}

func (p *Pages) people(w http.ResponseWriter, r *http.Request, who visitor) error {
	return p.showPeople(w, r, who, http.StatusOK, peopleView{Role: pay.RoleMember, Done: known(r, "done", "invite", "end")})
}

func (p *Pages) showPeople(w http.ResponseWriter, r *http.Request, who visitor, status int, v peopleView) (err error) {
	if v.People, err = p.app.MerchantUsers(r.Context(), who.Actor, who.Merchant); err != nil {
		return err
	}
	return web.Render(w, r, status, peoplePage(who, v))
}

func (p *Pages) invite(w http.ResponseWriter, r *http.Request, who visitor) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	v := peopleView{Email: strings.TrimSpace(r.PostForm.Get("email")), Name: strings.TrimSpace(r.PostForm.Get("name")), Role: r.PostForm.Get("role")}
	if who.owner() && !p.invites.Allow(string(who.Merchant), p.now()) {
		v.Errors.Add("email", web.T(r.Context(), "merchant.peopleerror.too_many_invites"))
		return p.showPeople(w, r, who, http.StatusTooManyRequests, v)
	}
	person := pay.MerchantPerson{Email: v.Email, Name: v.Name, Language: string(web.LangOf(r.Context()))}
	_, err := p.app.InviteMerchantUser(r.Context(), who.Actor, who.Merchant, person, v.Role)
	if e := refused(err); e != nil {
		v.Errors.Add(e.Field, web.T(r.Context(), "merchant.peopleerror."+e.Code))
		return p.showPeople(w, r, who, http.StatusUnprocessableEntity, v)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/merchant/people?done=invite")
}

func (p *Pages) endPerson(w http.ResponseWriter, r *http.Request, who visitor) error {
	id, err := web.PathID[pay.MerchantUserID](r, "id", pay.PrefixMerchantUser)
	if err != nil {
		return err
	}
	err = p.app.EndMerchantUser(r.Context(), who.Actor, who.Merchant, id)
	if e := refused(err); e != nil {
		v := peopleView{Role: pay.RoleMember}
		v.Errors.Add("people", web.T(r.Context(), "merchant.peopleerror."+e.Code))
		return p.showPeople(w, r, who, http.StatusUnprocessableEntity, v)
	} else if err != nil {
		return err
	}
	return web.Redirect(w, r, "/merchant/people?done=end")
}

func peopleTable(ctx context.Context, who visitor, v peopleView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchant.people.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchant.email")}, {Head: web.T(ctx, "merchant.col.name")}, {Head: web.T(ctx, "merchant.people.role")},
		{Head: web.T(ctx, "merchant.people.since")}, {Head: web.T(ctx, "merchant.col.state")}, {}}}
	for _, u := range v.People {
		row := web.Cells(u.Email, u.Name, web.T(ctx, "merchant.role."+u.Role), web.Instant(ctx, u.CreatedAt), web.T(ctx, "merchant.key.ended"), "")
		if u.Active {
			row[4].Text = web.T(ctx, "merchant.people.active")
			if who.owner() {
				row[5].Body = endPersonForm(u.ID)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func roleOptions(ctx context.Context) []web.Option {
	var out []web.Option
	for _, role := range pay.MerchantRoles {
		out = append(out, web.Option{Value: role, Text: web.T(ctx, "merchant.role_name."+role)})
	}
	return out
}
