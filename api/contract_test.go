package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"zahlziel/pay"
)

// contract is the description, read twice: as it is for requests, and for answers with every member named, so that an
// answer with a member that nobody described is a fault.
type contract struct{ asked, answered routers.Router }

var theContract = sync.OnceValues(func() (*contract, error) {
	asked, err := readContract(false)
	if err != nil {
		return nil, err
	}
	answered, err := readContract(true)
	return &contract{asked, answered}, err
})

// Files are their bytes.
func init() {
	for _, media := range []string{"application/pdf", "image/png", "image/jpeg", "text/csv"} {
		openapi3filter.RegisterBodyDecoder(media, openapi3filter.FileBodyDecoder)
	}
}

func readContract(closed bool) (routers.Router, error) {
	doc, err := openapi3.NewLoader().LoadFromData(Spec)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, err
	}
	if no := false; closed {
		for _, s := range doc.Components.Schemas {
			s.Value.AdditionalProperties.Has = &no
		}
	}
	return gorillamux.NewRouter(doc)
}

// keeps holds an exchange against the contract. What is described as wrong must not be answered as right.
func keeps(t testing.TB, r *http.Request, sent []byte, rec *httptest.ResponseRecorder) {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	r = r.Clone(context.Background())
	r.URL.Host, r.URL.Scheme = "", ""
	route, params, err := c.asked.FindRoute(r)
	if err != nil {
		return // no operation: 404 or 405, which other tests look at
	}
	in := &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}}
	if body := route.Operation.RequestBody; body == nil || body.Value.Content["application/json"] != nil {
		r.Header.Set("Content-Type", "application/json") // whatever it says, the body is read as JSON
		sent = withoutNulls(sent)
	} else if body.Value.Content[r.Header.Get("Content-Type")] == nil {
		r.Header.Set("Content-Type", "application/pdf") // and a file by its bytes
	}
	r.Body = io.NopCloser(bytes.NewReader(sent))
	r.ContentLength = int64(len(sent))
	if err := openapi3filter.ValidateRequest(context.Background(), in); err != nil && rec.Code < 300 {
		t.Errorf("%s %s: the contract refuses a request that we took: %v\n%.300s", r.Method, r.URL.Path, err, sent)
	}
	if in.Route, _, err = c.answered.FindRoute(r); err != nil {
		t.Fatal(err)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: rec.Code, Header: rec.Header(), Options: in.Options}
	out.SetBodyBytes(rec.Body.Bytes())
	if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
		t.Errorf("%s %s: the answer %d breaks the contract: %v\n%.500s", r.Method, r.URL.Path, rec.Code, err, rec.Body)
	}
}

// withoutNulls leaves out the members that are null, because they count as left out.
func withoutNulls(body []byte) []byte {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return body
	}
	text, err := json.Marshal(prune(v))
	if err != nil {
		return body
	}
	return text
}

func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			if v[name] = prune(member); member == nil {
				delete(v, name)
			}
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
	}
	return v
}

// TestContractNamesEveryRoute: what the description lists is served, and what is served is listed.
func TestContractNamesEveryRoute(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(Spec)
	if err != nil {
		t.Fatal(err)
	}
	d := newDoor(t)
	listed := 0
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			listed++
			concrete := segment.ReplaceAllString(path, "x")
			_, pattern := d.Handler.(*http.ServeMux).Handler(httptest.NewRequest(method, "/api/v1"+concrete, http.NoBody))
			if pattern != method+" /api/v1"+path {
				t.Errorf("%s %s is described and served as %q", method, path, pattern)
			}
		}
	}
	if listed != len(served) {
		t.Errorf("%d operations are described, %d are known to these tests", listed, len(served))
	}
}

// served are all operations, each with an example of its path.
var served = append(shopCalls(), "POST /sessions/{id}/identify", "POST /sessions/{id}/authorize", "GET /me/standing", "POST /me/recourse", "POST /me/recourse/{plan}/accept", "GET /me/contracts/{id}",
	"POST /me/simulate", "GET /me/decisions/{id}", "POST /me/decisions/{id}/review", "GET /me/reviews/{id}")

func shopCalls() (all []string) {
	for _, op := range operations {
		all = append(all, op.method+" "+op.path)
	}
	return all
}

// segment is a part of a path that holds an id.
var segment = regexp.MustCompile(`\{\w+\}`)

// TestScopesAreDescribed: the description names the scope of each call, and where the shop's API user is enough.
func TestScopesAreDescribed(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(Spec)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range operations {
		described := doc.Paths.Value(op.path).GetOperation(op.method)
		if !strings.Contains(described.Description, "Scope "+op.scope+".") {
			t.Errorf("%s %s: %q does not name %s", op.method, op.path, described.Description, op.scope)
		}
		if described.Security != nil && !op.user || op.user && (described.Security == nil || len(*described.Security) != 2) {
			t.Errorf("%s %s: the credentials are described as %v", op.method, op.path, described.Security)
		}
		keyed := false
		for _, p := range described.Parameters {
			keyed = keyed || p.Value.Name == "Idempotency-Key"
		}
		if changes := op.method != "GET" && op.scope != pay.ScopeDecisionsRead; keyed != changes {
			t.Errorf("%s %s: takes an idempotency key: %v", op.method, op.path, keyed)
		}
	}
}

func TestReferencePage(t *testing.T) {
	d := newDoor(t)
	spec := d.call(session{}, "GET", "/api/openapi.yaml", "")
	if spec.Code != 200 || spec.Header().Get("Content-Type") != "application/yaml" || !bytes.Equal(spec.Body.Bytes(), Spec) {
		t.Errorf("%d %v", spec.Code, spec.Header())
	}
	page := d.call(session{}, "GET", "/api/reference", "")
	text := page.Body.String()
	for _, op := range served {
		method, path, _ := strings.Cut(op, " ")
		if !strings.Contains(text, `<span class="method">`+method+`</span> `+path+`</code>`) {
			t.Errorf("the page lacks %s", op)
		}
	}
	for _, outside := range []string{"src=", "http://", "https://", "@import", "<script"} {
		if strings.Contains(strings.ReplaceAll(text, "http or https", ""), outside) {
			t.Errorf("the page holds %s", outside)
		}
	}
	if page.Code != 200 || len(text) < 20_000 || !strings.Contains(page.Header().Get("Content-Security-Policy"), "default-src 'none'") {
		t.Errorf("%d, %d bytes, %v", page.Code, len(text), page.Header())
	}
}
