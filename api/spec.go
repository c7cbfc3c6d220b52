package api

import (
	_ "embed"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

// Spec is the OpenAPI description of all calls under /api/v1: the contract that the tests hold requests and answers against.
//
//go:embed openapi.yaml
var Spec []byte

//go:embed reference.html
var referencePage string

// specRoutes serves the description and the page for people made from it.
func specRoutes(r routes) {
	r.add("GET", "/api/openapi.yaml", func(w http.ResponseWriter, _ *http.Request) { serveText(w, "application/yaml", Spec) })
	page := sync.OnceValue(func() string {
		text, err := reference(Spec)
		if err != nil {
			panic(err) // our own embedded files; a test reads the page
		}
		return text
	})
	r.add("GET", "/api/reference", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		serveText(w, "text/html; charset=utf-8", []byte(page()))
	})
}

func serveText(w http.ResponseWriter, kind string, text []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=300")
	_, _ = w.Write(text) // the client may be gone
}

// description is what the page needs of an OpenAPI document.
type description struct {
	Info struct {
		Title, Version, Description string
	}
	Tags       []struct{ Name, Description string }
	Security   []map[string][]string
	Paths      yaml.Node // in the order of the text
	Components struct {
		SecuritySchemes map[string]struct{ Type, Scheme, Description string } `yaml:"securitySchemes"`
		Parameters      map[string]parameter
		Responses       map[string]struct{ Description string }
		Schemas         yaml.Node
	}
}

type parameter struct {
	Name, In, Description string
	Required              bool
}

type reply struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     map[string]struct{ Schema schema }
}

// call is one operation.
type call struct {
	Path, Method string
	ID           string `yaml:"operationId"`
	Tags         []string
	Summary      string
	Description  string
	Security     []map[string][]string
	Parameters   []struct {
		Ref string `yaml:"$ref"`
	}
	RequestBody struct {
		Required bool
		Content  map[string]struct{ Schema schema }
	} `yaml:"requestBody"`
	Responses map[string]reply
	Uses      []parameter `yaml:"-"`
	Keys      []string    `yaml:"-"`
	Replies   []line      `yaml:"-"`
	Body      string      `yaml:"-"`
}

// line is one row of a table: a status or a member.
type line struct {
	Name, Type, Text string
	Link             string
	Required         bool
}

// schema is a JSON schema as far as the description uses it.
type schema struct {
	Ref                  string `yaml:"$ref"`
	Type                 yaml.Node
	Description          string
	Enum                 []string
	Required             []string
	Items                *schema
	AdditionalProperties *schema   `yaml:"additionalProperties"`
	Properties           yaml.Node // in the order of the text
}

// bodyShape is a schema ready to print.
type bodyShape struct {
	Name, Text string
	Members    []line
}

type chapter struct {
	Name, Text string
	Calls      []call
}

// reference prints a description as one page of HTML without outside requests.
func reference(spec []byte) (string, error) {
	var d description
	if err := yaml.Unmarshal(spec, &d); err != nil {
		return "", err
	}
	calls, err := d.calls()
	if err != nil {
		return "", err
	}
	page := struct {
		D        description
		Chapters []chapter
		Shapes   []bodyShape
	}{D: d}
	for _, tag := range d.Tags {
		ch := chapter{Name: tag.Name, Text: tag.Description}
		for _, c := range calls {
			if slices.Contains(c.Tags, tag.Name) {
				ch.Calls = append(ch.Calls, c)
			}
		}
		page.Chapters = append(page.Chapters, ch)
	}
	if page.Shapes, err = d.shapes(); err != nil {
		return "", err
	}
	t, err := template.New("reference").Parse(referencePage)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, page)
	return out.String(), err
}

func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// calls are all operations in the order of the text.
func (d *description) calls() (all []call, err error) {
	for i := 0; i+1 < len(d.Paths.Content); i += 2 {
		methods := d.Paths.Content[i+1].Content
		for j := 0; j+1 < len(methods); j += 2 {
			c := call{Path: d.Paths.Content[i].Value, Method: strings.ToUpper(methods[j].Value)}
			if err := methods[j+1].Decode(&c); err != nil {
				return nil, err
			}
			d.complete(&c)
			all = append(all, c)
		}
	}
	return all, nil
}

// complete looks up what an operation names.
func (d *description) complete(c *call) {
	for _, p := range c.Parameters {
		c.Uses = append(c.Uses, d.Components.Parameters[last(p.Ref)])
	}
	if c.Security == nil {
		c.Security = d.Security
	}
	for _, s := range c.Security {
		for name := range s {
			c.Keys = append(c.Keys, d.Components.SecuritySchemes[name].Description)
		}
	}
	for _, m := range c.RequestBody.Content {
		c.Body = last(m.Schema.Ref)
	}
	for status, r := range c.Responses {
		l := line{Name: status, Text: r.Description}
		if r.Ref != "" {
			l.Text, l.Link = d.Components.Responses[last(r.Ref)].Description, "Problem"
		}
		for _, m := range r.Content {
			l.Link = last(m.Schema.Ref)
		}
		c.Replies = append(c.Replies, l)
	}
	slices.SortFunc(c.Replies, func(x, y line) int { return strings.Compare(x.Name, y.Name) })
}

// shapes are all schemas in the order of the text.
func (d *description) shapes() (all []bodyShape, err error) {
	list := d.Components.Schemas.Content
	for i := 0; i+1 < len(list); i += 2 {
		var s schema
		if err := list[i+1].Decode(&s); err != nil {
			return nil, err
		}
		out := bodyShape{Name: list[i].Value, Text: s.Description}
		for j := 0; j+1 < len(s.Properties.Content); j += 2 {
			var m schema
			if err := s.Properties.Content[j+1].Decode(&m); err != nil {
				return nil, err
			}
			name := s.Properties.Content[j].Value
			kind, link := m.kind()
			out.Members = append(out.Members, line{Name: name, Type: kind, Text: m.Description, Link: link, Required: slices.Contains(s.Required, name)})
		}
		all = append(all, out)
	}
	return all, nil
}

// kind names a type for people, and the schema that it leads to.
func (s *schema) kind() (text, link string) {
	switch {
	case s.Ref != "":
		return last(s.Ref), last(s.Ref)
	case s.Items != nil:
		text, link = s.Items.kind()
		return "list of " + text, link
	case s.AdditionalProperties != nil:
		text, link = s.AdditionalProperties.kind()
		return "map to " + text, link
	case len(s.Enum) > 0:
		return strings.Join(s.Enum, " | "), ""
	case s.Type.Kind == yaml.SequenceNode:
		var names []string
		for _, n := range s.Type.Content {
			names = append(names, n.Value)
		}
		return strings.Join(names, " or "), ""
	}
	return s.Type.Value, ""
}
