// Command records writes the table with which creditctl doctor compares a vendor's
// record: each vendor's record as its spec describes it, with the members, types,
// formats and enum values.
//
// Usage, in this module's directory:
//
//	go run ./records
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/getkin/kin-openapi/openapi3"
)

// recordSchemas maps each vendor to the schema of the record that a read returns.
var recordSchemas = map[string]string{
	"knox":              "Credit",
	"thoughtindustries": "CreditBatch",
	"nexudus":           "CoworkerBookingCredit",
	"flexprice":         "CreditGrant",
	"metronome":         "Credit",
}

// tableFile is where the table is written, from this module's directory.
const tableFile = "../examples/creditctl/records.gen.json"

// A shape is a value as the spec describes it. examples/creditctl/shape.go reads it.
type shape struct {
	Type     string            `json:"type,omitempty"` // empty if any JSON is allowed
	Format   string            `json:"format,omitempty"`
	Enum     []string          `json:"enum,omitempty"`
	Required bool              `json:"required,omitempty"` // as a member of its object
	Nullable bool              `json:"nullable,omitempty"`
	Members  map[string]*shape `json:"members,omitempty"` // of an object with named members
	Values   *shape            `json:"values,omitempty"`  // of an object that is a map
	Items    *shape            `json:"items,omitempty"`   // of an array
}

func main() {
	table, err := makeTable(".")
	if err == nil {
		err = os.WriteFile(tableFile, table, 0o600)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "records: %v\n", err)
		os.Exit(1)
	}
}

// makeTable returns the JSON of the table, from the specs in dir.
func makeTable(dir string) ([]byte, error) {
	table := map[string]*shape{}
	for vendor, name := range recordSchemas {
		doc, err := openapi3.NewLoader().LoadFromFile(dir + "/" + vendor + ".yaml")
		if err != nil {
			return nil, err
		}
		schema := doc.Components.Schemas[name]
		if schema == nil {
			return nil, fmt.Errorf("%s: schema %s: not found", vendor, name)
		}
		if table[vendor], err = shapeOf(schema.Value); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", vendor, name, err)
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	err := encoder.Encode(table)
	return out.Bytes(), err
}

func shapeOf(s *openapi3.Schema) (*shape, error) {
	out := &shape{Format: s.Format, Nullable: s.Nullable}
	if len(s.AllOf) > 0 { // a $ref with a description of its own
		if len(s.AllOf) > 1 || len(s.Properties) > 0 {
			return nil, fmt.Errorf("allOf: must hold one $ref alone, got %d schemas", len(s.AllOf))
		}
		inner, err := shapeOf(s.AllOf[0].Value)
		if err == nil {
			inner.Nullable = inner.Nullable || s.Nullable
		}
		return inner, err
	}
	if s.Extensions["x-go-type"] == "json.RawMessage" && (s.Type == nil || s.Type.Is("object")) {
		// Free JSON holds null itself.
		return &shape{Type: typeOf(s), Nullable: true}, nil
	}
	out.Type = typeOf(s)
	for _, value := range s.Enum {
		out.Enum = append(out.Enum, fmt.Sprint(value))
	}
	var err error
	if s.Items != nil {
		if out.Items, err = shapeOf(s.Items.Value); err != nil {
			return nil, fmt.Errorf("items: %w", err)
		}
	}
	if values := s.AdditionalProperties.Schema; values != nil && len(s.Properties) == 0 {
		if out.Values, err = shapeOf(values.Value); err != nil {
			return nil, fmt.Errorf("values: %w", err)
		}
	}
	for name, member := range s.Properties {
		m, err := shapeOf(member.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		m.Required = slices.Contains(s.Required, name)
		if out.Members == nil {
			out.Members = map[string]*shape{}
		}
		out.Members[name] = m
	}
	return out, nil
}

func typeOf(s *openapi3.Schema) string {
	if s.Type == nil || len(*s.Type) == 0 {
		return ""
	}
	return (*s.Type)[0]
}
