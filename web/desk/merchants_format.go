package desk

import (
	"context"
	"strconv"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
	"zahlziel/web"
)

func merchantTable(ctx context.Context, list []pay.Merchant) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "desk.merchants.title"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.shop")}, {Head: web.T(ctx, "desk.col.state")},
		{Head: web.T(ctx, "desk.col.mode")}, {Head: web.T(ctx, "desk.col.methods")}, {Head: web.T(ctx, "desk.col.fee"), Num: true}, {Head: web.T(ctx, "desk.col.settle"), Num: true}}}
	for _, m := range list {
		row := web.Cells(m.Name, web.T(ctx, "desk.merchant."+m.Status), web.T(ctx, "desk.mode."+m.Mode), methodNames(ctx, m), feeText(ctx, m), web.TN(ctx, "desk.bank_days", m.SettleDays))
		row[0].Href = "/desk/merchants/" + pay.Bare(m.ID)
		t.Rows = append(t.Rows, row)
	}
	return t
}

func methodNames(ctx context.Context, m pay.Merchant) string {
	var methods []string
	for _, name := range m.Methods {
		methods = append(methods, web.T(ctx, "method.title."+name))
	}
	return strings.Join(methods, "; ")
}

func feeText(ctx context.Context, m pay.Merchant) string {
	return web.T(ctx, "desk.merchants.fee", web.Data{"Rate": web.AmountText(ctx, m.FeeRate, m.Currency), "Fixed": web.Money(ctx, m.FeeFixed, m.Currency)})
}

// merchantFacts are what the second person has to see before the shop may sell.
func merchantFacts(ctx context.Context, v merchantView) []web.Fact {
	cycle := v.Settlement.Cycle
	if cycle == "" {
		cycle = pay.CycleDaily
	}
	facts := []web.Fact{{Label: web.T(ctx, "desk.col.state"), Value: web.T(ctx, "desk.merchant."+v.Status)}, {Label: web.T(ctx, "desk.col.mode"), Value: web.T(ctx, "desk.mode."+v.Mode)}}
	if app := v.Application; app != nil {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.legal"), Value: app.Legal}, web.Fact{Label: web.T(ctx, "merchants.field.register"), Value: app.RegisterNo},
			web.Fact{Label: web.T(ctx, "merchants.field.goods"), Value: web.T(ctx, "merchants.goods."+app.Goods)},
			web.Fact{Label: web.T(ctx, "merchants.field.guarantee"), Value: yesNo(ctx, app.Guarantee)})
	}
	for _, o := range v.Owners {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.owners"), Value: o.Name + ", " + web.Day(ctx, o.Born)})
	}
	facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.website"), Value: v.WebsiteURL}, web.Fact{Label: web.T(ctx, "merchants.field.email"), Value: v.Email},
		web.Fact{Label: web.T(ctx, "merchants.field.iban"), Value: web.SpacedIBAN(v.PayoutIBAN)}, web.Fact{Label: web.T(ctx, "merchants.field.market"), Value: v.Market},
		web.Fact{Label: web.T(ctx, "merchants.field.methods"), Value: methodNames(ctx, v.Merchant)}, web.Fact{Label: web.T(ctx, "desk.col.fee"), Value: feeText(ctx, v.Merchant)},
		web.Fact{Label: web.T(ctx, "merchants.field.settle"), Value: strconv.Itoa(v.SettleDays)}, web.Fact{Label: web.T(ctx, "merchants.field.cycle"), Value: web.T(ctx, "merchants.cycle."+cycle)})
	if t := v.Settlement; t.FirstDays > 0 || t.ReserveRate > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.first_days"), Value: strconv.Itoa(t.FirstDays)},
			web.Fact{Label: web.T(ctx, "merchants.field.reserve_rate"), Value: web.AmountText(ctx, t.ReserveRate, v.Currency)},
			web.Fact{Label: web.T(ctx, "merchants.field.reserve_days"), Value: strconv.Itoa(t.ReserveDays)})
	}
	if len(v.Origins) > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.origins"), Value: strings.Join(v.Origins, ", ")})
	}
	if v.ExposureMax > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.exposure_max"), Value: web.Money(ctx, v.ExposureMax, v.Currency)})
	}
	if v.OrderMax > 0 {
		facts = append(facts, web.Fact{Label: web.T(ctx, "merchants.field.order_max"), Value: web.Money(ctx, v.OrderMax, v.Currency)})
	}
	return append(facts, web.Fact{Label: web.T(ctx, "merchants.field.companies"), Value: yesNo(ctx, v.Companies)})
}

func yesNo(ctx context.Context, yes bool) string {
	if yes {
		return web.T(ctx, "merchants.yes")
	}
	return web.T(ctx, "merchants.no")
}

// activationText says where the activation stands.
func activationText(ctx context.Context, who visitor, v merchantView) string {
	switch {
	case v.Held:
		return web.T(ctx, "merchants.held")
	case v.Status == pay.MerchantClosed:
		return web.T(ctx, "merchants.closed")
	case v.Step != nil && v.Step.Deed == pay.StepClose && v.Status == pay.MerchantPending:
		return web.T(ctx, "merchants.pending")
	case v.Status == pay.MerchantActive && v.Step != nil && v.Step.Deed != pay.StepClose && v.Step.ConfirmedBy != "":
		return web.T(ctx, "merchants.active", web.Data{"Asked": v.Names[v.Step.AskedBy], "Confirmed": v.Names[v.Step.ConfirmedBy]})
	case v.Status == pay.MerchantActive:
		return web.T(ctx, "merchants.active_command")
	case v.Step == nil || !v.Current || v.Status != pay.MerchantPending:
		return web.T(ctx, "merchants.pending")
	case v.Step.AskedBy == string(who.Staff):
		return web.T(ctx, "merchants.asked_own")
	}
	return web.T(ctx, "merchants.asked", web.Data{"Name": v.Names[v.Step.AskedBy]})
}

func webhookText(ctx context.Context, v merchantView) string {
	if v.Endpoint == nil {
		return web.T(ctx, "merchants.webhook_none")
	}
	text := web.T(ctx, "merchants.webhook_to", web.Data{"URL": v.Endpoint.URL})
	if len(v.Endpoint.Previous) > 0 {
		text += " " + web.T(ctx, "merchants.webhook_until", web.Data{"Until": instant(ctx, v.Endpoint.PreviousUntil)})
	}
	return text
}

func keyTable(ctx context.Context, who visitor, v merchantView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchants.keys"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "merchants.user")}, {Head: web.T(ctx, "desk.col.state")}, {}}}
	for _, k := range v.Keys {
		row := web.Cells(k.Username, web.T(ctx, "merchants.key_ended"), "")
		if k.Active {
			row[1].Text = web.T(ctx, "merchants.key_live")
			if who.Can(app.DeedOnboard) {
				row[2].Body = endKeyForm(v, k.Username)
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func callTable(ctx context.Context, who visitor, v merchantView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchants.calls"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.when")}, {Head: web.T(ctx, "merchants.col.what")},
		{Head: web.T(ctx, "merchants.col.host")}, {Head: web.T(ctx, "merchants.col.try"), Num: true}, {Head: web.T(ctx, "merchants.col.answer")}, {Head: web.T(ctx, "merchants.col.next")}, {}}}
	for _, c := range v.Calls {
		answer, next := web.T(ctx, "merchants.no_answer"), ""
		if c.Status > 0 {
			answer = strconv.FormatInt(c.Status, 10)
		} else if c.Problem != "" {
			answer = c.Problem
		}
		if c.NextAt > 0 {
			next = instant(ctx, c.NextAt)
		}
		row := web.Cells(instant(ctx, c.At), web.T(ctx, "merchants.call."+c.Kind), c.Host, strconv.FormatInt(c.Try, 10), answer, next, "")
		if who.Can(app.DeedOnboard) {
			row[6].Body = resendForm(v, c)
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (f merchantForm) field(ctx context.Context, name string) web.Field {
	return web.Field{Name: name, Label: web.T(ctx, "merchants.field."+name), Value: f.get(name), Error: f.Errors.For(name), MaxLength: 200}
}

// hinted is a field with a sentence about what it is for.
func (f merchantForm) hinted(ctx context.Context, name string, optional bool) web.Field {
	field := f.field(ctx, name)
	field.Hint, field.Optional = web.T(ctx, "merchants.hint."+name), optional
	if name == "origins" {
		field.MaxLength = 1000
	}
	return field
}

func (f merchantForm) title(ctx context.Context) string {
	if f.Edit == "" {
		return web.T(ctx, "merchants.new")
	}
	return web.T(ctx, "merchants.edit")
}

func (f merchantForm) lead(ctx context.Context) string {
	if f.Edit == "" {
		return web.T(ctx, "merchants.new_text")
	}
	return web.T(ctx, "merchants.edit_text")
}

func (f merchantForm) action() string {
	if f.Edit == "" {
		return "/desk/merchants/new"
	}
	return f.Edit + "/edit"
}

func (f merchantForm) button(ctx context.Context) string {
	if f.Edit == "" {
		return web.T(ctx, "merchants.create")
	}
	return web.T(ctx, "merchants.save")
}

func closingTitle(ctx context.Context, v merchantView) string {
	if v.Status == pay.MerchantPending {
		return web.T(ctx, "merchants.refusing")
	}
	return web.T(ctx, "merchants.closing")
}

// closingText says where a closing stands.
func closingText(ctx context.Context, who visitor, v merchantView) string {
	waits := v.Step != nil && v.Step.Deed == pay.StepClose
	switch {
	case v.Status == pay.MerchantClosed && waits:
		return web.T(ctx, "merchants.closed_by", web.Data{"Asked": v.Names[v.Step.AskedBy], "Confirmed": v.Names[v.Step.ConfirmedBy]})
	case v.Status == pay.MerchantClosed:
		return web.T(ctx, "merchants.closed")
	case waits && v.Step.AskedBy == string(who.Staff):
		return web.T(ctx, "merchants.close_own")
	case waits:
		return web.T(ctx, "merchants.close_asked", web.Data{"Name": v.Names[v.Step.AskedBy]})
	}
	return web.T(ctx, "merchants.close_text")
}

func peopleTable(ctx context.Context, v merchantView) web.TableData {
	t := web.TableData{Caption: web.T(ctx, "merchants.people"), Hidden: true, Columns: []web.Column{{Head: web.T(ctx, "desk.col.email")}, {Head: web.T(ctx, "desk.col.name")},
		{Head: web.T(ctx, "merchants.person_role")}, {}}}
	for _, u := range v.People {
		row := web.Cells(u.Email, u.Name, web.T(ctx, "merchants.role."+u.Role), web.T(ctx, "merchants.key_ended"))
		if u.Active {
			row[3] = web.Cell{Body: endUserForm(v, u.ID)}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func roleOptions(ctx context.Context) []web.Option {
	var out []web.Option
	for _, role := range pay.MerchantRoles {
		out = append(out, web.Option{Value: role, Text: web.T(ctx, "merchants.role."+role)})
	}
	return out
}

func (f merchantForm) optional(ctx context.Context, name string) web.Field {
	field := f.field(ctx, name)
	field.Optional = true
	return field
}

func (f merchantForm) owner(ctx context.Context, i int) web.Field {
	name := ownerField(i)
	return web.Field{Name: name, Label: web.T(ctx, "merchants.owner", web.Data{"N": i + 1}), Value: f.get(name), Error: f.Errors.For(name), MaxLength: 200, Optional: i > 0}
}

func goodsOptions(ctx context.Context) []web.Option {
	out := []web.Option{{}}
	for _, g := range pay.Goods {
		out = append(out, web.Option{Value: g, Text: web.T(ctx, "merchants.goods."+g)})
	}
	return out
}

func marketOptions(context.Context) []web.Option {
	return []web.Option{{Value: pay.Germany.Code, Text: pay.Germany.Code}}
}

func modeOptions(ctx context.Context) []web.Option {
	return []web.Option{{Value: pay.ModeLive, Text: web.T(ctx, "desk.mode.live")}, {Value: pay.ModeTest, Text: web.T(ctx, "desk.mode.test")}}
}

func cycleOptions(ctx context.Context) []web.Option {
	var out []web.Option
	for _, c := range []string{pay.CycleDaily, pay.CycleWeekly, pay.CycleTwiceMonthly, pay.CycleMonthly} {
		out = append(out, web.Option{Value: c, Text: web.T(ctx, "merchants.cycle."+c)})
	}
	return out
}
