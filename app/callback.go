package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
)

// shopCallback acts on a prepayment that arrived while nobody waited. A purchase on a hosted page is finished there, which
// places the order where the shop leaves that to us; one in a frame of the shop's page has none. The shop is told either way.
func (h poster) shopCallback(ctx context.Context, j *pay.Job) error {
	auth, err := store.LoadID(ctx, h.DB, store.Authorizations, pay.AuthorizationID(j.Subject))
	if err != nil || auth == nil {
		return err
	}
	if err := h.finishPage(ctx, auth); err != nil {
		return err
	}
	return h.tellAuthorized(ctx, auth)
}

// tellAuthorized posts {"authorization_token","session_id"} to the address that the shop gave for it, if it gave one.
func (h poster) tellAuthorized(ctx context.Context, auth *pay.Authorization) error {
	s, err := h.ReadSession(ctx, System, auth.SessionID)
	if isMissing(err) {
		return Permanent{err}
	} else if err != nil {
		return err
	}
	to := s.Cart.URLs.Authorization
	if to == "" {
		return nil
	}
	body := mustJSON(map[string]string{"authorization_token": pay.Bare(auth.ID), "session_id": pay.Bare(auth.SessionID)})
	return callShop(ctx, outgoing{Merchant: auth.MerchantID, To: FillPage(to, auth.SessionID, "", auth.ID, ""), Body: body, Timeout: authorizationTimeout}, h.Demo)
}

// finishPage completes the newest page of an authorization's session, unless it is over.
func (h poster) finishPage(ctx context.Context, auth *pay.Authorization) error {
	return h.completeNewest(ctx, auth.SessionID, auth.ID)
}

// outgoing is one POST to an address that a merchant gave.
type outgoing struct {
	Merchant pay.MerchantID
	To       string
	Body     []byte
	Header   map[string]string // besides the content type
	Timeout  time.Duration     // of the whole call; 0 means callTimeout
}

// How long a merchant may take to answer.
const (
	authorizationTimeout = 2 * time.Second
	callTimeout          = 3 * time.Second
)

// attempt is what a job's call of a merchant's address came to; the worker writes it down with the job's state.
type attempt struct {
	merchant pay.MerchantID
	host     string
	status   int
}

type attemptKey struct{}

// callShop posts JSON to a shop's address. Only public https addresses are called; a demo may call loopback too.
// The address is checked on the connection itself, so a name that resolves elsewhere later does not help an attacker.
func callShop(ctx context.Context, c outgoing, demo bool) error {
	made, _ := ctx.Value(attemptKey{}).(*attempt)
	if made == nil {
		made = &attempt{}
	}
	u, err := publicURL(c.To, demo)
	made.merchant = c.Merchant
	if err != nil {
		return Permanent{err}
	}
	made.host = u.Host
	if c.Timeout == 0 {
		c.Timeout = callTimeout
	}
	dialer := &net.Dialer{Timeout: c.Timeout, Control: func(_, address string, _ syscall.RawConn) error {
		return publicAddress(address, demo)
	}}
	client := &http.Client{Timeout: c.Timeout, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.To, bytes.NewReader(c.Body))
	if err != nil {
		return Permanent{withoutURL(err)}
	}
	req.Header.Set("Content-Type", "application/json")
	for name, value := range c.Header {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer res.Body.Close()
	made.status = res.StatusCode
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the shop answered the callback with %d", res.StatusCode)
	}
	return nil
}

// publicURL checks the form of an address that may be called.
func publicURL(to string, demo bool) (*url.URL, error) {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(demo && u.Scheme == "http") {
		return nil, errors.New("the callback address is not https")
	}
	return u, nil
}

// withoutURL is the cause of a failed call; a shop may keep a secret in its address.
func withoutURL(err error) error {
	var call *url.Error
	if errors.As(err, &call) {
		return fmt.Errorf("the shop's callback address does not answer: %w", call.Err)
	}
	return err
}

func publicAddress(address string, demo bool) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap()
	if demo && ip.IsLoopback() {
		return nil
	}
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

// notPublic are ranges that look global but lead elsewhere: this network, carrier-grade NAT (RFC 6598), protocol assignments,
// benchmarks, reserved ones, and IPv6 addresses in which an IPv4 address is hidden (NAT64, 6to4, Teredo).
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("2001::/32"),
}
