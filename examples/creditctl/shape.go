package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// recordTable holds the record of each vendor's spec. "go generate ." in the root of the
// repository writes it from openapi/<vendor>.yaml.
//
//go:embed records.gen.json
var recordTable []byte

// A shape is a value as the spec describes it.
type shape struct {
	Type     string            `json:"type"` // empty if any JSON is allowed
	Format   string            `json:"format"`
	Enum     []string          `json:"enum"`
	Required bool              `json:"required"` // as a member of its object
	Nullable bool              `json:"nullable"`
	Members  map[string]*shape `json:"members"` // of an object with named members
	Values   *shape            `json:"values"`  // of an object that is a map
	Items    *shape            `json:"items"`   // of an array
}

// recordShape returns the record of a vendor's spec.
func recordShape(vendorName string) (*shape, error) {
	var table map[string]*shape
	decoder := json.NewDecoder(bytes.NewReader(recordTable))
	decoder.DisallowUnknownFields() // the generator knows more than this program
	if err := decoder.Decode(&table); err != nil {
		return nil, fmt.Errorf("records.gen.json: %w", err)
	}
	if table[vendorName] == nil {
		return nil, fmt.Errorf("records.gen.json: no record of %q", vendorName)
	}
	return table[vendorName], nil
}

// The kinds of a difference between a record and the spec.
const (
	diffMissing  = "missing"  // a required member is not there
	diffType     = "type"     // the value has another JSON type
	diffNull     = "null"     // the value is null, which the spec does not allow
	diffFormat   = "format"   // the text or number is not in the format
	diffEnum     = "enum"     // the value is not listed
	diffRepeated = "repeated" // a member occurs twice
	diffNew      = "new"      // the spec does not have the member
	diffAbsent   = "absent"   // an optional member is not there
)

// A difference is one between a record and the spec.
type difference struct {
	Member  string `json:"member"` // as in usages[].quantity
	Kind    string `json:"kind"`
	Message string `json:"message"`
}

// contradictsSpec reports whether the spec excludes the difference. A spec need not list
// every member, and an optional one may be left out.
func (d difference) contradictsSpec() bool { return d.Kind != diffNew && d.Kind != diffAbsent }

// compareRecord returns the differences between a record and the spec, without any value
// of the record but unlisted enum values.
func compareRecord(want *shape, record json.RawMessage) []difference {
	var c comparison
	c.compareValue("", want, record)
	slices.SortFunc(c.found, func(a, b difference) int {
		return cmp.Or(cmp.Compare(a.Member, b.Member), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return slices.Compact(c.found) // the items of an array can differ in the same way
}

type comparison struct{ found []difference }

func (c *comparison) add(member, kind, format string, args ...any) {
	c.found = append(c.found, difference{cmp.Or(member, "(the record)"), kind, fmt.Sprintf(format, args...)})
}

func (c *comparison) compareValue(path string, want *shape, value json.RawMessage) {
	got := jsonType(value)
	switch {
	case got == "null" && !want.Nullable:
		c.add(path, diffNull, "is null, the spec has %s", want.describe())
	case got == "null" || want.Type == "":
	case got != want.Type && (got != "number" || want.Type != "integer"):
		c.add(path, diffType, "is %s, the spec has %s", got, want.describe())
	case got == "object":
		c.compareObject(path, want, value)
	case got == "array" && want.Items != nil:
		var items []json.RawMessage
		_ = json.Unmarshal(value, &items) // jsonType has read the bracket of valid JSON
		for _, item := range items {
			c.compareValue(path+"[]", want.Items, item)
		}
	default:
		c.compareScalar(path, want, value)
	}
}

func (c *comparison) compareObject(path string, want *shape, object json.RawMessage) {
	members, err := splitObject(object)
	if err != nil {
		c.add(path, diffType, "cannot be read: %v", err)
		return
	}
	if want.Members == nil && want.Values == nil {
		return // free JSON
	}
	if path != "" {
		path += "."
	}
	seen := map[string]bool{}
	for _, m := range members {
		switch known := want.Members[m.name]; {
		case seen[m.name]:
			c.add(path+m.name, diffRepeated, "occurs more than once")
		case known != nil:
			c.compareValue(path+m.name, known, m.value)
		case want.Values != nil:
			c.compareValue(path+"*", want.Values, m.value) // the names of a map are the customer's
		default:
			c.add(path+m.name, diffNew, "is %s, the spec does not have it", jsonType(m.value))
		}
		seen[m.name] = true
	}
	for name, known := range want.Members {
		switch {
		case seen[name]:
		case known.Required:
			c.add(path+name, diffMissing, "is missing, the spec requires %s", known.describe())
		default:
			c.add(path+name, diffAbsent, "is missing, it is optional")
		}
	}
}

// compareScalar compares a text, a number or a boolean, whose type is right.
func (c *comparison) compareScalar(path string, want *shape, value json.RawMessage) {
	text := string(value)
	if value[0] == '"' {
		_ = json.Unmarshal(value, &text) // a text of valid JSON
	}
	if !hasFormat(want, text) {
		c.add(path, diffFormat, "is not in the format %s", cmp.Or(want.Format, want.Type))
	}
	if len(want.Enum) > 0 && !slices.Contains(want.Enum, text) {
		c.add(path, diffEnum, "is %.60q, the spec has %s", text, strings.Join(want.Enum, ", "))
	}
}

var uuidPattern = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func hasFormat(want *shape, text string) bool {
	var err error
	switch want.Format {
	case "decimal":
		_, err = credit.ParseDecimal(text)
	case "int64":
		_, err = strconv.ParseInt(text, 10, 64)
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
	case "date-time-local":
		_, err = credit.ParseLocalTime(text)
	case "uuid":
		return uuidPattern.MatchString(text)
	}
	return err == nil
}

// describe returns the type and the format for messages.
func (s *shape) describe() string {
	switch {
	case s.Type == "":
		return "any JSON"
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}

// jsonType returns the JSON type of a value.
func jsonType(value json.RawMessage) string {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return "missing"
	}
	switch value[0] {
	case '{':
		return "object"
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "boolean"
	case 'n':
		return "null"
	}
	return "number"
}

// A member is a name and a value of a JSON object.
type member struct {
	name  string
	value json.RawMessage
}

// splitObject returns the members of an object in their order, with those that are
// repeated.
func splitObject(object json.RawMessage) (members []member, err error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("must be a JSON object, got %s", jsonType(object))
	}
	for decoder.More() {
		var m member
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m.name = name.(string) // names of a JSON object are texts
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	_, err = decoder.Token()
	return members, err
}
