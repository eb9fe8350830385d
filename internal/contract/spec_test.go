package contract

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func loadSpec(t *testing.T, vendor string) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromFile("../../openapi/" + vendor + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// A sampler generates JSON values from schemas. Every leaf is different, so
// that a lost or swapped member is found.
type sampler struct {
	doc *openapi3.T
	n   int
	// members selects the members of an object.
	members memberSet
}

type memberSet int

const (
	allMembers      memberSet = iota
	requiredMembers           // only the required members
	nullMembers               // the required members, and null in all nullable members
)

// sampleJSON returns a value of a schema of a vendor's spec.
func sampleJSON(t *testing.T, vendor, schema string, which memberSet) map[string]any {
	t.Helper()
	s := &sampler{doc: loadSpec(t, vendor), members: which}
	ref := s.doc.Components.Schemas[schema]
	if ref == nil {
		t.Fatalf("%s: no schema %s", vendor, schema)
	}
	return s.sampleValue(ref, schema).(map[string]any)
}

func (s *sampler) sampleValue(ref *openapi3.SchemaRef, name string) any {
	schema := ref.Value
	if len(schema.AllOf) == 1 {
		return s.sampleValue(schema.AllOf[0], name)
	}
	s.n++
	switch {
	case schema.Extensions["x-go-type"] != nil:
		return map[string]any{"free": []any{json.Number(fmt.Sprintf("%d.10", s.n)), nil}}
	case len(schema.Enum) > 0:
		return schema.Enum[len(schema.Enum)-1]
	case schema.Type.Is("object"):
		return s.sampleObject(schema)
	case schema.Type.Is("array"):
		return []any{s.sampleValue(schema.Items, name), s.sampleValue(schema.Items, name)}
	case schema.Type.Is("boolean"):
		return s.n%2 == 0
	case schema.Type.Is("integer"):
		if schema.Max != nil {
			return json.Number(fmt.Sprint(int64(*schema.Max)))
		}
		return json.Number(fmt.Sprint(1000 + s.n))
	case schema.Type.Is("number"):
		return json.Number(fmt.Sprintf("%d.10", s.n))
	}
	hour := time.Date(2099, 1, 1, s.n, 0, 0, 0, time.UTC)
	switch schema.Format {
	case "uuid":
		return fmt.Sprintf("00000000-0000-4000-8000-%012d", s.n)
	case "decimal":
		return fmt.Sprintf("%d.10", s.n)
	case "date-time":
		return hour.Format(time.RFC3339)
	case "date-time-local":
		return hour.Format("2006-01-02T15:04:05")
	}
	return fmt.Sprintf("%s <&> \"é\" %d", name, s.n)
}

func (s *sampler) sampleObject(schema *openapi3.Schema) map[string]any {
	o := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		p := schema.Properties[name]
		switch {
		case s.members == nullMembers && p.Value.Nullable:
			o[name] = nil
		case s.members == allMembers, slices.Contains(schema.Required, name):
			o[name] = s.sampleValue(p, name)
		}
	}
	if extra := schema.AdditionalProperties.Schema; extra != nil && s.members == allMembers {
		o["x_extra"] = s.sampleValue(extra, "x_extra")
	}
	return o
}

// withMembers returns a copy of o with the members of other.
func withMembers(o map[string]any, other map[string]any) map[string]any {
	o = maps.Clone(o)
	maps.Copy(o, other)
	return o
}

// decodeExactly decodes a value into a T and checks that encoding it again
// gives the same value.
func decodeExactly[T any](t *testing.T, value any) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(encodeJSON(t, value), &v); err != nil {
		t.Fatal(err)
	}
	checkSame(t, fmt.Sprintf("%T", v), value, v)
	return v
}

func encodeJSON(t *testing.T, v any) []byte {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// checkSame compares the JSON of two values. Numbers are equal if their values
// are, and times if their instants are.
func checkSame(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(normalize(t, want), normalize(t, got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func normalize(t *testing.T, v any) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(encodeJSON(t, v)))
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		t.Fatal(err)
	}
	return normalizeValue(decoded)
}

func normalizeValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = normalizeValue(member)
		}
	case []any:
		for i, item := range v {
			v[i] = normalizeValue(item)
		}
	case json.Number:
		if r, ok := new(big.Rat).SetString(v.String()); ok {
			return json.Number(strings.TrimSuffix(strings.TrimRight(r.FloatString(20), "0"), "."))
		}
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return v
}
