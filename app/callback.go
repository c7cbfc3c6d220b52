package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"syscall"
	"time"

	"zahlziel/pay"
	"zahlziel/store"
)

// shopCallback acts on a prepayment that arrived while nobody waited: it finishes the hosted page that the purchase began
// on, which places the order where the shop leaves that to us, and tells the shop
// {"authorization_token","session_id"} at the address it gave.
func (h poster) shopCallback(ctx context.Context, j *pay.Job) error {
	auth, err := store.LoadID(ctx, h.DB, store.Authorizations, pay.AuthorizationID(j.Subject))
	if err != nil || auth == nil {
		return err
	}
	s, err := h.ReadSession(ctx, System, auth.SessionID)
	if err != nil {
		return Permanent{err}
	}
	if err := h.finishPage(ctx, auth); err != nil {
		return err
	}
	to := s.Cart.URLs.Authorization
	if to == "" {
		return nil
	}
	body, err := json.Marshal(map[string]string{"authorization_token": pay.Bare(auth.ID), "session_id": pay.Bare(auth.SessionID)})
	if err != nil {
		return Permanent{err}
	}
	return callShop(ctx, to, body, h.Demo)
}

// finishPage completes the newest page of an authorization's session, unless it is over.
func (h poster) finishPage(ctx context.Context, auth *pay.Authorization) error {
	pages, err := h.DB.PagesOf(ctx, auth.SessionID)
	if err != nil || len(pages) == 0 {
		return err
	}
	_, err = h.CompletePage(ctx, pages[0].ID, auth.ID)
	var known *pay.Error
	if errors.As(err, &known) && known.Kind != pay.Busy && known.Kind != pay.Internal {
		return nil // cancelled, or ordered differently in the meantime: the shop hears of the money anyway
	}
	return err
}

// callShop posts JSON to a shop's address. Only public https addresses are called; a demo may call loopback too.
// The address is checked on the connection itself, so a name that resolves elsewhere later does not help an attacker.
func callShop(ctx context.Context, to string, body []byte, demo bool) error {
	u, err := url.Parse(to)
	if err != nil || u.Host == "" || u.User != nil || u.Scheme != "https" && !(demo && u.Scheme == "http") {
		return Permanent{fmt.Errorf("the callback address is not https")}
	}
	dialer := &net.Dialer{Timeout: 2 * time.Second, Control: func(_, address string, _ syscall.RawConn) error {
		return publicAddress(address, demo)
	}}
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return Permanent{withoutURL(err)}
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("the shop answered the callback with %d", res.StatusCode)
	}
	return nil
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
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.IsLoopback() || ip.IsLinkLocalUnicast() || sharedSpace.Contains(ip) {
		return fmt.Errorf("%s is not a public address", ip)
	}
	return nil
}

// sharedSpace is the carrier-grade NAT range of RFC 6598.
var sharedSpace = netip.MustParsePrefix("100.64.0.0/10")
