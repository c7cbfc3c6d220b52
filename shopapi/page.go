package shopapi

import (
	"net/http"
	"net/url"
	"strings"

	"zahlziel/app"
	"zahlziel/pay"
)

// pageCategories are the categories a shop may ask a hosted page for. The last one is another
// vendor's name for "all of them" and is read as such.
var pageCategories = []string{"DIRECT_DEBIT", "DIRECT_BANK_TRANSFER", "PAY_NOW", "PAY_LATER", "PAY_OVER_TIME", "KLARNA"}

// pageCreated is the answer to a new hosted page.
type pageCreated struct {
	Distribution    distribution `json:"distribution_module"`
	DistributionURL string       `json:"distribution_url"`
	ExpiresAt       string       `json:"expires_at"`
	QRCodeURL       string       `json:"qr_code_url"`
	RedirectURL     string       `json:"redirect_url"`
	SessionID       string       `json:"session_id"`
	SessionURL      string       `json:"session_url"`
}

// distribution is how a shop shows the page to a buyer who stands before it: the page, and a picture of its address to scan.
type distribution struct {
	GenerationURL string `json:"generation_url"`
	StandaloneURL string `json:"standalone_url"`
	Token         string `json:"token"`
}

// pageRead is how far a hosted page came.
type pageRead struct {
	AuthorizationToken string `json:"authorization_token,omitempty"`
	ExpiresAt          string `json:"expires_at"`
	Reference          string `json:"klarna_reference,omitempty"`
	OrderID            string `json:"order_id,omitempty"`
	SessionID          string `json:"session_id"`
	Status             string `json:"status"`
	UpdatedAt          string `json:"updated_at"`
}

func (a *API) createPage(c *call) error {
	o, err := c.body()
	if err != nil {
		return err
	}
	session, ok := paymentSession(o)
	settings := readPageSettings(o)
	if err := o.bad.err(); err != nil {
		return err
	}
	if !ok {
		return errNoSession
	}
	p, err := a.app.CreatePage(c.r.Context(), c.who, app.Key{}, session, settings)
	if err != nil {
		return err
	}
	bare := pay.Bare(p.Page.ID)
	at := a.base + pagesPath + bare
	c.answer(http.StatusCreated, pageCreated{
		Distribution:    distribution{GenerationURL: at + qrSuffix, StandaloneURL: p.RedirectURL, Token: bare},
		DistributionURL: at + "/distribution",
		ExpiresAt:       timestamp(p.Page.ExpiresAt),
		QRCodeURL:       at + qrSuffix,
		RedirectURL:     p.RedirectURL,
		SessionID:       bare,
		SessionURL:      at,
	})
	return nil
}

// paymentSession takes the session's id from the end of payment_session_url. The host there is whatever
// the plugin is configured for, so it says nothing.
func paymentSession(o object) (pay.SessionID, bool) {
	o.require("payment_session_url")
	u, err := url.Parse(o.text("payment_session_url", 2000))
	if err != nil {
		return "", false
	}
	path := segments(u.Path)
	if len(path) == 0 {
		return "", false
	}
	return pay.ParseID[pay.SessionID](pay.PrefixSession, path[len(path)-1])
}

func readPageSettings(o object) pay.PageSettings {
	var s pay.PageSettings
	if u, ok := o.object("merchant_urls"); ok {
		s.Success = readURL(u, "success")
		s.Cancel = readURL(u, "cancel")
		s.Back = readURL(u, "back")
		s.Failure = readURL(u, "failure")
		s.Error = readURL(u, "error")
		s.StatusUpdate = readURL(u, "status_update")
	}
	x, ok := o.object("options")
	if !ok {
		return s
	}
	s.PlaceOrder = x.oneOf("place_order_mode", "NONE", "PLACE_ORDER", "CAPTURE_ORDER")
	s.Title = x.text("page_title", 255)
	x.oneOf("purchase_type", "BUY", "RENT", "BOOK", "SUBSCRIBE", "DOWNLOAD", "ORDER", "CONTINUE")
	x.oneOf("show_subtotal_detail", "HIDE")
	wanted := x.texts("payment_method_categories", pageCategories...)
	if one := x.oneOf("payment_method_category", pageCategories...); one != "" {
		wanted = append(wanted, one)
	}
	for _, name := range wanted {
		if name == pageCategories[len(pageCategories)-1] {
			s.Categories = nil
			break
		}
		s.Categories = append(s.Categories, strings.ToLower(name))
	}
	return s
}

func (a *API) readPage(c *call) error {
	page, err := id[pay.PageID](c, "page", pay.PrefixPage)
	if err != nil {
		return err
	}
	view, err := a.app.ReadPage(c.r.Context(), c.who, page)
	if err != nil {
		return err
	}
	c.answer(http.StatusOK, pageOf(&view.Page))
	return nil
}

// tellPage is what a shop's address for news of a page is sent.
func tellPage(event string, v *app.PageView) []byte {
	return encode(struct {
		EventID string   `json:"event_id"`
		Session pageRead `json:"session"`
	}{event, pageOf(&v.Page)})
}

func pageOf(p *pay.Page) pageRead {
	answer := pageRead{
		AuthorizationToken: pay.Bare(p.Authorization),
		ExpiresAt:          timestamp(p.ExpiresAt),
		OrderID:            pay.Bare(p.OrderID),
		SessionID:          pay.Bare(p.ID),
		Status:             p.Status,
		UpdatedAt:          timestamp(p.UpdatedAt),
	}
	if p.OrderID != "" {
		answer.Reference = pay.ShortReference(p.OrderID)
	}
	return answer
}

func (a *API) cancelPage(c *call) error {
	page, err := id[pay.PageID](c, "page", pay.PrefixPage)
	if err != nil {
		return err
	}
	if err := a.app.CancelPage(c.r.Context(), c.who, app.Key{}, page); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}

// distributePage mails the page's address to the buyer. Other ways than e-mail have no partner here.
func (a *API) distributePage(c *call) error {
	page, err := id[pay.PageID](c, "page", pay.PrefixPage)
	if err != nil {
		return err
	}
	o, err := c.body()
	if err != nil {
		return err
	}
	o.require("method", "contact_information")
	method := o.oneOf("method", "email", "sms", "token")
	o.oneOf("template", "INSTORE_PURCHASE")
	var email string
	if contact, ok := o.object("contact_information"); ok {
		email = contact.line("email", 99)
		contact.text("phone", 99)
		contact.text("phone_country", 2)
		if method == "email" {
			contact.require("email")
		}
	}
	if method != "" && method != "email" {
		o.complain("method", "must be email: this installation sends no text messages")
	}
	if err := o.bad.err(); err != nil {
		return err
	}
	if err := a.app.DistributePage(c.r.Context(), c.who, app.Key{}, page, email); err != nil {
		return err
	}
	c.answer(http.StatusNoContent, nil)
	return nil
}
