package openapi_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/getkin/kin-openapi/openapi3"
)

var vendors = []string{"knox", "thoughtindustries", "nexudus", "flexprice", "metronome"}

func load(t *testing.T, vendor string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile(vendor + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func eachVendor(t *testing.T, test func(t *testing.T, vendor string, doc *openapi3.T)) {
	for _, vendor := range vendors {
		t.Run(vendor, func(t *testing.T) { test(t, vendor, load(t, vendor)) })
	}
}

func TestEverySpecIsListed(t *testing.T) {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		name, isYAML := strings.CutSuffix(e.Name(), ".yaml")
		if isYAML && name != "codegen" && name != "go.overlay" {
			got = append(got, name)
		}
	}
	if want := slices.Sorted(slices.Values(vendors)); !slices.Equal(got, want) {
		t.Errorf("specs: got %v, want %v", got, want)
	}
}

func TestSpecsAreValid(t *testing.T) {
	eachVendor(t, func(t *testing.T, _ string, doc *openapi3.T) {
		if err := doc.Validate(context.Background()); err != nil {
			t.Error(err)
		}
		if doc.OpenAPI != "3.0.3" {
			t.Errorf("openapi: got %s, want 3.0.3", doc.OpenAPI)
		}
	})
}

// An operation is an operation of a spec.
type operation struct {
	method, path string
	*openapi3.Operation
}

func operations(doc *openapi3.T) []operation {
	var all []operation
	for _, path := range doc.Paths.InMatchingOrder() {
		for method, op := range doc.Paths.Value(path).Operations() {
			all = append(all, operation{method, path, op})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	return all
}

func TestOperations(t *testing.T) {
	eachVendor(t, func(t *testing.T, _ string, doc *openapi3.T) {
		for _, op := range operations(doc) {
			at := op.method + " " + op.path
			if op.OperationID == "" {
				t.Errorf("%s: no operationId", at)
			}
			if op.Responses.Default() == nil {
				t.Errorf("%s: no default response", at)
			}

			security := op.Security
			if security == nil {
				security = &doc.Security
			}
			if len(*security) == 0 {
				t.Errorf("%s: no security requirement", at)
			}
			for _, requirement := range *security {
				if len(requirement) == 0 {
					t.Errorf("%s: an empty security requirement", at)
				}
				for scheme := range requirement {
					if doc.Components.SecuritySchemes[scheme] == nil {
						t.Errorf("%s: security scheme %s is not defined", at, scheme)
					}
				}
			}
		}
	})
}

// The statuses that the vendors document for their updates.
var documented = map[string]map[string]string{
	"knox":              {"updateCredit": "200 400 401 403 404 409 429 500"},
	"thoughtindustries": {"updateCreditBatch": "200 204 400 401 403 404 405 409 422 429 500 502 503 504"},
	"nexudus":           {"updateCoworkerBookingCredit": "200 400 401 404 409 429 500"},
	"flexprice":         {"updateCreditGrant": "200 400 401 403 404 409 429 500 501 503"},
	"metronome":         {"editCredit": "200 400 401 403 404 409 429"},
}

func TestDocumentedStatuses(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		found := 0
		for _, op := range operations(doc) {
			want, listed := documented[vendor][op.OperationID]
			if !listed {
				continue
			}
			found++
			if got := strings.Trim(strings.ReplaceAll(statuses(op), ",", ""), " "); got != want {
				t.Errorf("%s: got %s, want %s", op.OperationID, got, want)
			}
		}
		if found == 0 || found != len(documented[vendor]) {
			t.Errorf("%d of %d operations found", found, len(documented[vendor]))
		}
	})
}

// statuses lists the statuses that have a number of their own.
func statuses(op operation) string {
	var all []string
	for status := range op.Responses.Map() {
		if _, err := strconv.Atoi(status); err == nil {
			all = append(all, status)
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// The amounts that a vendor sends as JSON strings.
var quoted = map[string][]string{
	"flexprice": {"CreditGrant.conversion_rate", "CreditGrant.credits", "CreditGrant.topup_conversion_rate"},
}

func TestSchemas(t *testing.T) {
	eachVendor(t, func(t *testing.T, vendor string, doc *openapi3.T) {
		l := &linter{t: t}
		for name, ref := range doc.Components.Schemas {
			l.component(name, ref)
		}
		for _, op := range operations(doc) {
			for _, p := range op.Parameters {
				l.inline(op.OperationID+" "+p.Value.Name, p.Value.Schema)
			}
			if op.RequestBody != nil {
				l.content(op.OperationID+" request", op.RequestBody.Value.Content)
			}
			for status, r := range op.Responses.Map() {
				l.content(op.OperationID+" "+status, r.Value.Content)
			}
		}
		slices.Sort(l.quoted)
		if want := quoted[vendor]; !slices.Equal(l.quoted, want) {
			t.Errorf("quoted amounts: got %v, want %v", l.quoted, want)
		}
	})
}

type linter struct {
	t      *testing.T
	quoted []string
}

func (l *linter) content(at string, content openapi3.Content) {
	for mediaType, m := range content {
		if strings.Contains(mediaType, "json") && (m.Schema == nil || m.Schema.Ref == "") {
			l.t.Errorf("%s: the schema of %s is not a $ref", at, mediaType)
		}
	}
}

func (l *linter) component(name string, ref *openapi3.SchemaRef) {
	s := ref.Value
	l.description(name, s.Description)
	l.extensions(name, s)
	switch {
	case ref.Ref != "":
		l.t.Errorf("%s: another name for %s", name, ref.Ref)
	case len(s.Enum) > 0:
		l.enum(name, s)
	case s.Type.Is("object") && s.Extensions["x-go-type"] == nil && (len(s.Properties) > 0 || s.AdditionalProperties.Schema == nil):
		for property, p := range s.Properties {
			at := name + "." + property
			l.description(at, p.Value.Description)
			l.inline(at, p)
		}
		if extra := s.AdditionalProperties.Schema; extra != nil && extra.Value.Extensions["x-go-type"] != "json.RawMessage" {
			l.t.Errorf("%s: unknown members are kept as something else than json.RawMessage", name)
		}
		if s.AdditionalProperties.Has != nil {
			l.t.Errorf("%s: additionalProperties is not a schema", name)
		}
		for _, required := range s.Required {
			if s.Properties[required] == nil {
				l.t.Errorf("%s: required member %s does not exist", name, required)
			}
		}
	default:
		l.t.Errorf("%s: neither an object with members nor an enum: write it where it is used", name)
	}
	l.composition(name, s)
	if len(s.AllOf) > 0 {
		l.t.Errorf("%s: allOf on a component", name)
	}
}

// inline checks a schema that stands where it is used.
func (l *linter) inline(at string, ref *openapi3.SchemaRef) {
	if ref.Ref != "" {
		return // a component, checked on its own
	}
	s := ref.Value
	l.extensions(at, s)
	l.composition(at, s)
	if len(s.Enum) > 0 {
		l.t.Errorf("%s: an inline enum", at)
	}
	if goType, ok := s.Extensions["x-go-type"]; ok {
		if goType != "json.RawMessage" {
			l.t.Errorf("%s: x-go-type %v", at, goType)
		}
		return
	}
	if len(s.AllOf) > 0 {
		if len(s.AllOf) > 1 || s.AllOf[0].Ref == "" || s.Type != nil || len(s.Properties) > 0 {
			l.t.Errorf("%s: allOf is for one $ref with a description beside it", at)
		}
		return
	}
	switch {
	case s.Type.Is("number"):
		if s.Format != "decimal" {
			l.t.Errorf("%s: number of format %q, want decimal", at, s.Format)
		}
	case s.Type.Is("integer"):
		if s.Format != "int64" {
			l.t.Errorf("%s: integer of format %q, want int64", at, s.Format)
		}
	case s.Type.Is("string"):
		if !slices.Contains([]string{"", "decimal", "uuid", "date-time", "date-time-local", "email"}, s.Format) {
			l.t.Errorf("%s: string of format %q", at, s.Format)
		}
		if s.Format == "decimal" {
			l.quoted = append(l.quoted, at)
		}
	case s.Type.Is("boolean"):
	case s.Type.Is("array"):
		if s.Items == nil {
			l.t.Errorf("%s: no items", at)
			return
		}
		l.inline(at+"[]", s.Items)
	case s.Type.Is("object"):
		if len(s.Properties) > 0 || s.AdditionalProperties.Schema == nil {
			l.t.Errorf("%s: an inline object", at)
			return
		}
		l.inline(at+"{}", s.AdditionalProperties.Schema)
	default:
		l.t.Errorf("%s: no type", at)
	}
}

func (l *linter) enum(at string, s *openapi3.Schema) {
	if !s.Type.Is("string") {
		l.t.Errorf("%s: an enum of %v", at, s.Type)
	}
	for _, value := range s.Enum {
		if _, ok := value.(string); !ok {
			l.t.Errorf("%s: enum value %v is not a string", at, value)
		}
	}
	names, _ := s.Extensions["x-enum-varnames"].([]any)
	if len(names) != len(s.Enum) {
		l.t.Errorf("%s: %d values, %d x-enum-varnames", at, len(s.Enum), len(names))
	}
	for _, name := range names {
		if name, _ := name.(string); name == "" || strings.HasPrefix(name, at) {
			l.t.Errorf("%s: x-enum-varnames: %q is empty or repeats the type's name", at, name)
		}
	}
}

func (l *linter) composition(at string, s *openapi3.Schema) {
	if len(s.OneOf) > 0 || len(s.AnyOf) > 0 || s.Not != nil {
		l.t.Errorf("%s: oneOf, anyOf and not have no Go type", at)
	}
}

// extensions allows only those that speak of the vendor's contract, and free JSON.
func (l *linter) extensions(at string, s *openapi3.Schema) {
	for name := range s.Extensions {
		if !slices.Contains([]string{"x-request", "x-null", "x-source", "x-enum-varnames", "x-go-type"}, name) {
			l.t.Errorf("%s: %s belongs into go.overlay.yaml", at, name)
		}
	}
}

// description checks that a text reads on from the Go name in front of it.
func (l *linter) description(at, text string) {
	if text == "" {
		l.t.Errorf("%s: no description", at)
		return
	}
	if first := rune(text[0]); !unicode.IsLower(first) {
		l.t.Errorf("%s: description %q does not continue the name", at, text)
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSuffix(line, "\n"); len(line) > 78 {
			l.t.Errorf("%s: a line of %d columns", at, len(line))
		}
	}
}

func TestWhatIsSentIsMarked(t *testing.T) {
	eachVendor(t, func(t *testing.T, _ string, doc *openapi3.T) {
		sent := map[string]bool{}
		for _, op := range operations(doc) {
			if op.RequestBody != nil {
				reach(sent, op.RequestBody.Value.Content)
			}
		}
		if len(sent) == 0 {
			t.Error("nothing is sent")
		}
		for name, ref := range doc.Components.Schemas {
			marked, _ := ref.Value.Extensions["x-request"].(bool)
			if marked != sent[name] {
				t.Errorf("%s: sent %t, x-request %t", name, sent[name], marked)
			}
		}
	})
}

// keepsNull reports whether a member of an answer tells null from a value and
// from a member that is missing.
func keepsNull(ref *openapi3.SchemaRef) bool { return ref.Value.Extensions["x-null"] == "kept" }

// Where a request replaces a record, what was null in the record must go back as
// null: each member of the request that can be null is kept in an answer, and no
// other member is.
func TestNullsOfARecordAreKept(t *testing.T) {
	eachVendor(t, func(t *testing.T, _ string, doc *openapi3.T) {
		replaced := map[string]bool{}
		for _, op := range operations(doc) {
			if write, _ := op.Extensions["x-credit-write"].(map[string]any); op.RequestBody != nil && write["mode"] == "replace" {
				reach(replaced, op.RequestBody.Value.Content)
			}
		}
		var sent, kept []string
		for name, ref := range doc.Components.Schemas {
			if _, marked := ref.Value.Extensions["x-null"]; marked {
				t.Errorf("%s: x-null is for members", name)
			}
			for member, p := range ref.Value.Properties {
				value, marked := p.Value.Extensions["x-null"]
				if marked && (value != "kept" || !p.Value.Nullable || ref.Value.Extensions["x-request"] == true) {
					t.Errorf("%s.%s: x-null: %v on a member that is not one of an answer and may be null", name, member, value)
				}
				if marked {
					kept = append(kept, member)
				}
				if replaced[name] && p.Value.Nullable && p.Value.Extensions["x-go-type"] == nil {
					sent = append(sent, member)
				}
			}
		}
		slices.Sort(sent)
		slices.Sort(kept)
		if !slices.Equal(sent, kept) {
			t.Errorf("an update can send null in %v, and a read keeps it in %v", sent, kept)
		}
	})
}

// reach adds the names of the schemas that a body is made of.
func reach(names map[string]bool, body openapi3.Content) {
	var follow func(ref *openapi3.SchemaRef)
	follow = func(ref *openapi3.SchemaRef) {
		if ref == nil {
			return
		}
		if ref.Ref != "" {
			name := strings.TrimPrefix(ref.Ref, "#/components/schemas/")
			if names[name] {
				return
			}
			names[name] = true
		}
		s := ref.Value
		for _, p := range s.Properties {
			follow(p)
		}
		for _, part := range s.AllOf {
			follow(part)
		}
		follow(s.Items)
		follow(s.AdditionalProperties.Schema)
	}
	for _, m := range body {
		follow(m.Schema)
	}
}
