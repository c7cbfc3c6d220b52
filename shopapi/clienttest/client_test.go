// Package clienttest lets a client library that this project did not write drive the program itself, over TLS.
package clienttest

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"zahlziel/store/storetest"
)

// library is the client that plays the shop.
const library = "@crystallize/node-klarna@4.9.1"

// shop is a running program with one shop, reached over TLS with a certificate of a test authority.
type shop struct {
	t              *testing.T
	dir, port      string
	authority      string // file with the authority's certificate
	user, password string
	client         *http.Client
}

func (s *shop) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// start builds the program, installs it, serves it and puts TLS before it. TLS is ended byte for byte, so the program meets
// exactly what the client sends.
func start(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, dir: t.TempDir()}
	binary := filepath.Join(s.dir, "zahlziel")
	if out, err := exec.Command("go", "build", "-o", binary, "zahlziel/cmd/zahlziel").CombinedOutput(); err != nil {
		t.Fatalf("build: %v %s", err, out)
	}
	address, err := storetest.FreeAddress()
	s.must(err)
	outside := s.listen(address)
	env := append(os.Environ(), "ZAHLZIEL_DATA="+filepath.Join(s.dir, "data"), "ZAHLZIEL_BASE_URL=https://127.0.0.1:"+s.port, "ZAHLZIEL_DATABASE=")
	run := func(args ...string) []byte {
		t.Helper()
		cmd := exec.Command(binary, args...)
		cmd.Env, cmd.Stderr = env, os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v %s", args, err, out)
		}
		return out
	}
	run("migrate", "--test")
	run("admin", "operator", "--name", "Test GmbH", "--iban", "DE02120300000000202051", "--bic", "BYLADEM1001", "--street", "Musterallee 1", "--postcode", "10115", "--city", "Berlin", "--email", "hilfe@zahlziel.test")
	var made struct{ Username, Password string }
	s.must(json.Unmarshal(run("admin", "merchant", "create", "Schuhladen", "--username", "schuhladen"), &made))
	s.user, s.password = made.Username, made.Password

	server := exec.Command(binary, "serve", "--listen", address, "--admin-listen", "127.0.0.1:0", "--smtp", "smtp://127.0.0.1:9")
	var log bytes.Buffer
	server.Env, server.Stdout, server.Stderr = env, &log, &log
	s.must(server.Start())
	t.Cleanup(func() {
		_ = outside.Close()
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
		if t.Failed() {
			t.Logf("the server said:\n%s", log.String())
		}
	})
	for range 200 {
		if conn, err := net.Dial("tcp", address); err == nil {
			s.must(conn.Close())
			return s
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the server does not start:\n%s", log.String())
	return nil
}

// listen ends TLS for the program at an address.
func (s *shop) listen(address string) net.Listener {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &key.PublicKey, key)
	s.must(err)
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	s.must(err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "127.0.0.1"}, NotBefore: root.NotBefore, NotAfter: root.NotAfter,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, leaf, root, &own.PublicKey, key)
	s.must(err)
	s.authority = filepath.Join(s.dir, "authority.pem")
	s.must(os.WriteFile(s.authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}), 0o600))
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: own}}})
	s.must(err)
	_, s.port, _ = net.SplitHostPort(l.Addr().String())
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: rootDER}))
	s.client = &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	go func() {
		for {
			outer, err := l.Accept()
			if err != nil {
				return
			}
			go forward(outer, address)
		}
	}()
	return l
}

func forward(outer net.Conn, address string) {
	inner, err := net.Dial("tcp", address)
	if err != nil {
		_ = outer.Close()
		return
	}
	go func() { _, _ = io.Copy(inner, outer); _ = inner.Close() }()
	_, _ = io.Copy(outer, inner)
	_ = outer.Close()
}

// post makes a call that the library has no method for and returns the answer.
func (s *shop) post(path, bearer string, body any) map[string]any {
	s.t.Helper()
	text, err := json.Marshal(body)
	s.must(err)
	r, err := http.NewRequest("POST", "https://127.0.0.1:"+s.port+path, bytes.NewReader(text))
	s.must(err)
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	} else {
		r.SetBasicAuth(s.user, s.password)
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(r)
	s.must(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	s.must(err)
	var m map[string]any
	if err := json.Unmarshal(answer, &m); err != nil || res.StatusCode != 200 {
		s.t.Fatalf("%s: %d %s", path, res.StatusCode, answer)
	}
	return m
}

// confirm opens a session of a buyer and lets the buyer confirm it; it returns the cart and the authorization.
func (s *shop) confirm(name, intent string, amount int) (map[string]any, string) {
	s.t.Helper()
	cart := map[string]any{"purchase_country": "DE", "purchase_currency": "EUR", "locale": "de-DE", "order_amount": amount, "order_tax_amount": 0, "intent": intent,
		"order_lines":     []any{map[string]any{"name": "Schuhe", "quantity": 1, "unit_price": amount, "total_amount": amount}},
		"billing_address": map[string]any{"given_name": name, "family_name": "Muster", "email": strings.ToLower(name) + "@example.org", "street_address": "Weg 1", "postal_code": "10115", "city": "Berlin", "country": "DE"},
		"customer":        map[string]any{"date_of_birth": "1990-05-04"}}
	made := s.post("/payments/v1/sessions", "", cart)
	answer := s.post(fmt.Sprintf("/api/v1/sessions/%s/authorize", made["session_id"]), made["client_token"].(string),
		map[string]any{"payment_method": "invoice_30", "consent": true, "email_code": "000000", "assessment": map[string]any{"monthly_free_amount": 80000}})
	token, _ := answer["authorization_token"].(string)
	if token == "" {
		s.t.Fatalf("%s is not authorised: %v", name, answer)
	}
	return cart, strings.TrimPrefix(token, "aut_")
}

func (s *shop) order(name string) string {
	s.t.Helper()
	cart, token := s.confirm(name, "buy", 5000)
	return s.post("/payments/v1/authorizations/"+token+"/order", "", cart)["order_id"].(string)
}

// answer is what the library made of one call.
type answer struct {
	Status   int             `json:"statusCode"`
	Response json.RawMessage `json:"response"`
	Error    json.RawMessage `json:"error"`
}

// TestClientLibrary plays a shop's day with the library.
func TestClientLibrary(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s is not installed: install nodejs and npm to run the foreign client", program)
		}
	}
	s := start(t)
	orders := map[string]string{"part": s.order("Anna"), "cancelled": s.order("Bert"), "released": s.order("Clara")}
	_, token := s.confirm("Dora", "buy_and_tokenize", 2000)
	orders["token"] = s.post("/payments/v1/authorizations/"+token+"/customer-token", "", map[string]any{"description": "Abo", "intended_use": "SUBSCRIPTION", "locale": "de-DE", "purchase_country": "DE", "purchase_currency": "EUR"})["token_id"].(string)

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	install := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", s.dir, library)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm install %s: %v %s", library, err, out)
	}
	script, err := os.ReadFile("client.js")
	s.must(err)
	s.must(os.WriteFile(filepath.Join(s.dir, "client.js"), script, 0o600))
	given, err := json.Marshal(orders)
	s.must(err)
	node := exec.CommandContext(ctx, "node", filepath.Join(s.dir, "client.js"), s.port, s.user, s.password, string(given))
	node.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+s.authority)
	node.Stderr = os.Stderr
	out, err := node.Output()
	s.must(err)
	var seen struct {
		Answers  map[string]answer
		Warnings []string
	}
	s.must(json.Unmarshal(out, &seen))
	if len(seen.Warnings) > 0 {
		t.Errorf("the library warns: %q", seen.Warnings)
	}
	compare(t, seen.Answers)
}

// compare holds every answer against what the library's shop must be told.
func compare(t *testing.T, answers map[string]answer) {
	t.Helper()
	cases := []struct {
		name   string
		status int
		texts  []string // in the answer; with "!" not in it
	}{
		{"read", 200, []string{`"status":"AUTHORIZED"`, `"order_amount":5000`, `"remaining_authorized_amount":5000`, `"fraud_status":"ACCEPTED"`, `"captures":[]`, `"given_name":"Anna"`, "!null"}},
		{"read again", 200, []string{`"status":"AUTHORIZED"`}},
		{"acknowledge", 204, nil},
		{"references", 204, nil},
		{"capture", 201, nil},
		{"capture too much", 403, []string{"CAPTURE_NOT_ALLOWED"}},
		{"refund", 201, nil},
		{"refund too much", 403, []string{"REFUND_NOT_ALLOWED"}},
		{"cancel captured", 403, []string{"CANCEL_NOT_ALLOWED"}},
		{"read after", 200, []string{`"status":"PART_CAPTURED"`, `"captured_amount":2000`, `"refunded_amount":500`, `"merchant_reference1":"A-1"`, `"merchant_reference2":"B-2"`, `"reference":"P-1"`, "!null"}},
		{"cancel", 204, nil},
		{"read cancelled", 200, []string{`"status":"CANCELLED"`, `"remaining_authorized_amount":0`}},
		{"capture released", 201, nil},
		{"release", 204, nil},
		{"read released", 200, []string{`"status":"CAPTURED"`, `"captured_amount":1000`, `"remaining_authorized_amount":0`}},
		{"token order", 200, []string{`"fraud_status":"ACCEPTED"`, `"order_id"`, `"authorized_payment_method":{"type":"invoice"`}},
		{"read token order", 200, []string{`"status":"CAPTURED"`, `"captured_amount":1000`, `"merchant_reference1":"abo-1"`, `"given_name":"Dora"`}},
		{"unknown", 404, []string{"NO_SUCH_ORDER", "correlation_id"}},
		{"stranger", 401, []string{"UNAUTHORIZED"}},
	}
	if len(answers) != len(cases) {
		t.Errorf("%d answers, want %d", len(answers), len(cases))
	}
	for _, c := range cases {
		a := answers[c.name]
		text := string(a.Response) + string(a.Error)
		if a.Status != c.status || c.texts == nil && text != `""` {
			t.Errorf("%s: %d %s", c.name, a.Status, text)
		}
		for _, want := range c.texts {
			if not, ok := strings.CutPrefix(want, "!"); ok == strings.Contains(text, not) {
				t.Errorf("%s: text %q: %s", c.name, want, text)
			}
		}
	}
}
