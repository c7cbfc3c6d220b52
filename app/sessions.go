package app

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"zahlziel/cal"
	"zahlziel/money"
	"zahlziel/pay"
	"zahlziel/store"
)

// checkout is what a session keeps sealed: the shop's cart, and what the buyer said on our origin.
type checkout struct {
	Cart  pay.Cart `json:"cart"`
	Email string   `json:"email,omitempty"`
	Born  string   `json:"born,omitempty"`
	Codes int      `json:"codes,omitempty"` // how many were sent
	Paged bool     `json:"paged,omitempty"` // a hosted page was opened over the session
}

// SessionView is a session with its cart opened, for the merchant that made it and for the checkout page.
type SessionView struct {
	Session     pay.Session
	Cart        pay.Cart
	Email       string // whom a code was sent to, else the cart's
	Born        cal.Day
	ClientToken string
	Status      string              // incomplete, complete
	Paged       bool                // a hosted page was opened over it
	Token       pay.AuthorizationID // a live authorization, else empty
	Stale       bool                // the shop changed the cart after that authorization
}

// CreateSession opens a purchase attempt. The cart's form was checked by the door; here it is checked against the merchant.
func (a *App) CreateSession(ctx context.Context, who Actor, cart pay.Cart) (*SessionView, error) {
	return a.CreateSessionOnce(ctx, who, Key{}, cart)
}

// CreateSessionOnce is CreateSession under an idempotency key: the same request again gives the same session.
func (a *App) CreateSessionOnce(ctx context.Context, who Actor, key Key, cart pay.Cart) (*SessionView, error) {
	m, err := a.active(who.Merchant)
	if err != nil {
		return nil, err
	}
	if err := a.checkCart(m, &cart); err != nil {
		return nil, err
	}
	s, c := &pay.Session{ID: pay.SessionID(a.idOfKey(pay.PrefixSession, who, key)), MerchantID: m.ID, Amount: cart.Amount, Currency: cart.Currency}, &checkout{Cart: cart}
	a.sealCheckout(s, c)
	a.carts.put(sha256.Sum256(s.Sealed), c)
	made, err := do(ctx, a, who, "session", key, store.Unit{Bucket: bucketOf(s.ID)}, func(tx *store.Tx) (pay.SessionID, error) {
		s.CreatedAt, s.ExpiresAt = tx.At, tx.At+pay.SessionMicros
		store.Save(tx, store.Sessions, s)
		return s.ID, nil
	})
	if err != nil {
		return nil, err
	}
	if made != s.ID {
		return a.ReadSession(ctx, who, made)
	}
	v := a.view(s, c)
	v.ClientToken = a.clientToken(s)
	return v, nil
}

// checkCart says whether this merchant may sell such a cart here.
func (a *App) checkCart(m *pay.Merchant, c *pay.Cart) error {
	market, ok := pay.MarketOf(strings.ToUpper(c.Country))
	var bad []string
	if !ok {
		bad = append(bad, "purchase_country")
	}
	if !ok && c.Currency != m.Currency || ok && c.Currency != market.Currency {
		bad = append(bad, "purchase_currency")
	}
	if c.Buyer.IsOrganization() && !m.Companies {
		return pay.Errorf(pay.Invalid, "bad_value", "customer.type", "This merchant does not sell to companies")
	}
	if len(bad) > 0 {
		return pay.Errorf(pay.Invalid, "bad_value", strings.Join(bad, ", "), "This merchant sells in market %s in %s", m.Market, m.Currency)
	}
	return nil
}

// UpdateSession replaces what the shop told: change gets the present cart and alters it. A session that has its order
// is answered as complete, so that the shop opens another.
func (a *App) UpdateSession(ctx context.Context, who Actor, key Key, id pay.SessionID, change func(*pay.Cart) error) error {
	m, err := a.active(who.Merchant)
	if err != nil {
		return err
	}
	before, err := a.ReadSession(ctx, who, id)
	if err != nil {
		return err
	}
	_, err = do(ctx, a, who, "session-change", key, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (struct{}, error) {
			if before.Status == "complete" {
				return struct{}{}, errComplete // what was ordered stays as it was agreed
			}
			s, err := a.liveSession(tx, id)
			if err != nil {
				return struct{}{}, err
			}
			c, err := a.openCheckout(s)
			if err != nil {
				return struct{}{}, err
			}
			if err := change(&c.Cart); err != nil {
				return struct{}{}, err
			}
			if err := a.checkCart(m, &c.Cart); err != nil {
				return struct{}{}, err
			}
			s.Amount, s.Currency = c.Cart.Amount, c.Cart.Currency
			a.sealCheckout(s, c)
			store.Save(tx, store.Sessions, s)
			return struct{}{}, nil
		})
	return err
}

// ReadSession returns a session to the merchant that made it.
func (a *App) ReadSession(ctx context.Context, who Actor, id pay.SessionID) (*SessionView, error) {
	s, err := store.LoadID(ctx, a.DB, store.Sessions, id)
	if err != nil {
		return nil, err
	}
	if s == nil || !who.owns(s.MerchantID) {
		return nil, errNoSession
	}
	return a.readSession(ctx, s)
}

// OpenSession returns a session to whoever holds its client token: the checkout page.
func (a *App) OpenSession(ctx context.Context, id pay.SessionID, clientToken string) (*SessionView, error) {
	v, err := a.openUnread(ctx, id, clientToken)
	if err != nil {
		return nil, err
	}
	return v, a.lookUp(ctx, v)
}

var errBadToken = pay.Errorf(pay.Forbidden, "bad_client_token", "", "The client token does not open this session; start the checkout again from the shop")

// openUnread is OpenSession without a look at what was authorised.
func (a *App) openUnread(ctx context.Context, id pay.SessionID, clientToken string) (*SessionView, error) {
	if !a.tokenOpens(clientToken, id) {
		return nil, errBadToken
	}
	s, err := store.LoadID(ctx, a.DB, store.Sessions, id)
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errNoSession
	}
	c, err := a.seenCheckout(s)
	if err != nil {
		return nil, err
	}
	v := a.view(s, c)
	v.ClientToken = clientToken
	return v, nil
}

func (a *App) readSession(ctx context.Context, s *pay.Session) (*SessionView, error) {
	c, err := a.seenCheckout(s)
	if err != nil {
		return nil, err
	}
	v := a.view(s, c)
	v.ClientToken = a.clientToken(s)
	return v, a.lookUp(ctx, v)
}

// lookUp adds to a view what was authorised in its session.
func (a *App) lookUp(ctx context.Context, v *SessionView) error {
	if v.Session.Authorization == "" {
		return nil
	}
	auth, err := store.LoadID(ctx, a.DB, store.Authorizations, v.Session.Authorization)
	if err != nil || auth == nil {
		return err
	}
	switch {
	case auth.Status == pay.AuthorizationUsed:
		v.Status = "complete"
	case auth.Status == pay.AuthorizationLive && auth.ExpiresAt > a.Clock.Now():
		v.Token, v.Stale = auth.ID, auth.CartDigest != v.Cart.Digest()
	}
	return nil
}

func (a *App) view(s *pay.Session, c *checkout) *SessionView {
	v := &SessionView{Session: *s, Cart: c.Cart, Email: c.Email, Born: cal.NoDay, Status: "incomplete", Paged: c.Paged}
	if v.Email == "" {
		v.Email = c.Cart.Email()
	}
	born := c.Born
	if born == "" && c.Cart.Buyer != nil {
		born = c.Cart.Buyer.DateOfBirth
	}
	if d, err := cal.ParseDay(born); err == nil {
		v.Born = d
	}
	return v
}

var (
	errNoSession = pay.Errorf(pay.Missing, "no_such_session", "", "Invalid session id")
	errComplete  = pay.Errorf(pay.TooLate, "session_complete", "", "This purchase is complete already")
)

func (a *App) liveSession(tx *store.Tx, id pay.SessionID) (*pay.Session, error) {
	s, err := store.Get(tx, store.Sessions, string(id))
	if err != nil {
		return nil, err
	}
	if s == nil {
		return nil, errNoSession
	}
	if s.ExpiresAt <= tx.At {
		return nil, pay.Errorf(pay.Missing, "session_expired", "", "The session has expired; start the checkout again from the shop")
	}
	return s, nil
}

func (a *App) sealCheckout(s *pay.Session, c *checkout) {
	s.Sealed = a.Vault.RowKey(string(s.ID)).Seal(string(s.ID), mustJSON(c))
}

func (a *App) openCheckout(s *pay.Session) (*checkout, error) {
	c, err := open[checkout](a.Vault.RowKey(string(s.ID)), string(s.ID), s.Sealed)
	return &c, err
}

// recentCarts is how many opened carts are kept: those of the purchases under way.
const recentCarts = 1024

// seenCheckout is openCheckout for those who only read. A purchase reads the same cart several times within seconds; what
// was opened stays true as long as the sealed bytes are the same.
func (a *App) seenCheckout(s *pay.Session) (*checkout, error) {
	k := sha256.Sum256(s.Sealed)
	if c, ok := a.carts.get(k); ok {
		return c, nil
	}
	c, err := a.openCheckout(s)
	if err == nil {
		a.carts.put(k, c)
	}
	return c, err
}

// clientToken opens the checkout of one session. It is a JWT (HS256), because shop scripts insist on that form.
func (a *App) clientToken(s *pay.Session) string {
	enc := base64.RawURLEncoding
	body := enc.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		enc.EncodeToString(mustJSON(map[string]any{"session_id": pay.Bare(s.ID), "base_url": a.BaseURL, "exp": s.ExpiresAt / 1e6}))
	return body + "." + enc.EncodeToString(a.sign(body))
}

func (a *App) sign(body string) []byte {
	h := hmac.New(sha256.New, a.tokenKey)
	h.Write([]byte(body))
	return h.Sum(nil)
}

func (a *App) tokenOpens(token string, id pay.SessionID) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !hmac.Equal(sig, a.sign(parts[0]+"."+parts[1])) {
		return false
	}
	var claims struct {
		SessionID string `json:"session_id"`
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	return err == nil && json.Unmarshal(b, &claims) == nil && claims.SessionID == pay.Bare(id)
}

// SessionOfToken reads which session a client token opens; ok is false for a token that is not ours.
func (a *App) SessionOfToken(token string) (id pay.SessionID, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", false
	}
	var claims struct {
		SessionID string `json:"session_id"`
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(b, &claims) != nil {
		return "", false
	}
	id, ok = pay.ParseID[pay.SessionID](pay.PrefixSession, claims.SessionID)
	return id, ok && a.tokenOpens(token, id)
}

// Identify notes who says to be the buyer and sends a code to the address. It answers the same for known and unknown people.
func (a *App) Identify(ctx context.Context, key Key, id pay.SessionID, clientToken, email, born string) error {
	if !a.tokenOpens(clientToken, id) {
		return errBadToken
	}
	if !looksLikeEmail(email) {
		return pay.Errorf(pay.Invalid, "bad_email", "email", "Enter an e-mail address such as name@example.org")
	}
	if born != "" {
		if _, err := cal.ParseDay(born); err != nil {
			return pay.Errorf(pay.Invalid, "bad_birth_date", "birth_date", "Enter the birth date as YYYY-MM-DD")
		}
	}
	if key.Value != "" {
		key.Value = string(id) + " " + key.Value // callers without an account share no keys
	}
	code := newCode()
	_, err := do(ctx, a, System, "identify", key, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (struct{}, error) {
			s, err := a.liveSession(tx, id)
			if err != nil {
				return struct{}{}, err
			}
			c, err := a.openCheckout(s)
			if err != nil {
				return struct{}{}, err
			}
			if c.Codes++; c.Codes > codesMax {
				return struct{}{}, pay.Errorf(pay.TooLate, "too_many_codes", "email", "Too many codes were sent for this purchase; start the checkout again from the shop")
			}
			c.Email, c.Born = NormalEmail(email), born
			a.sealCheckout(s, c)
			s.CodeMAC = a.Vault.MAC("code", codeFor(s.ID, c.Email, code))
			s.CodeExpires, s.CodeTries = tx.At+codeMicros, 0
			store.Save(tx, store.Sessions, s)
			a.queue(tx, JobCode, string(s.ID), a.Vault.RowKey(string(s.ID)).Seal("code", mustJSON(codeMail{c.Email, code, c.Cart.Language(), a.MerchantName(s.MerchantID), c.Cart.Currency, c.Cart.Amount})))
			return struct{}{}, nil
		})
	return err
}

// codeMail is what the job that sends a code needs.
type codeMail struct {
	Email, Code, Language, Shop string
	Currency                    money.Currency
	Amount                      int64
}

const (
	codeMicros pay.Micros = 15 * 60 * 1e6 // a code works for 15 minutes
	codeTries             = 5             // and may be mistyped five times
	codesMax              = 6             // so nobody guesses by asking for ever new codes
	testCode              = "000000"      // works for reserved addresses at merchants in test mode, never live
)

// codeFor is what a code's hash is taken over: it proves one address in one session.
func codeFor(id pay.SessionID, email, code string) string {
	return string(id) + " " + NormalEmail(email) + " " + code
}

func newCode() string {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%06d", n)
}

// looksLikeEmail accepts what can be delivered: one @, a dot in the domain, no blanks or control characters, at most 99 bytes.
func looksLikeEmail(s string) bool {
	s = strings.TrimSpace(s)
	at := strings.LastIndexByte(s, '@')
	return len(s) <= 99 && at > 0 && strings.Contains(s[at+1:], ".") && !strings.HasSuffix(s, ".") &&
		!strings.ContainsAny(s, " \t\r\n<>,;:\"\\()[]") && strings.Count(s, "@") == 1 && !hasControl(s)
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f })
}

// reservedAddress reports whether an address lies in a domain that RFC 2606 reserves for tests.
func reservedAddress(email string) bool {
	_, domain, _ := strings.Cut(NormalEmail(email), "@")
	switch domain {
	case "example.org", "example.com", "example.net":
		return true
	}
	return strings.HasSuffix(domain, ".test")
}

var errWrongCode = pay.Errorf(pay.Refused, "wrong_code", "email_code", "The code is wrong or too old; ask for a new one")

// useCode checks the code that a buyer typed, once, and counts wrong tries. Without an error the code proves the address,
// or it is the one that shops in test mode accept instead of a proof.
func (a *App) useCode(ctx context.Context, v *SessionView, code string) (test bool, err error) {
	m := a.merchant(v.Session.MerchantID)
	if code == testCode && m != nil && m.Mode == pay.ModeTest && reservedAddress(v.Email) {
		return true, nil
	}
	id := v.Session.ID
	right, err := do(ctx, a, System, "code", Key{}, store.Unit{Bucket: bucketOf(id), Load: []store.Ref{store.Sessions.At(bucketOf(id), string(id))}},
		func(tx *store.Tx) (bool, error) {
			s, err := a.liveSession(tx, id)
			if err != nil {
				return false, err
			}
			if s.CodeMAC == "" || s.CodeExpires <= tx.At || s.CodeTries >= codeTries {
				return false, nil
			}
			right := a.Vault.SameMAC("code", codeFor(s.ID, v.Email, code), s.CodeMAC)
			s.CodeTries++
			if right {
				s.CodeMAC = ""
			}
			store.Save(tx, store.Sessions, s)
			return right, nil
		})
	if err == nil && !right {
		return false, errWrongCode
	}
	return false, err
}
