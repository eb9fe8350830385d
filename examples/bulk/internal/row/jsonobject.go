package row

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// rowMembers are the names of the members of a row.
var rowMembers = []string{partVendor, partID, partOwner, partKey, memberSet, partClear, memberExpect}

const (
	memberSet    = "set"
	memberExpect = "expect"
)

func (b *builder) readRow(row jsonValue) {
	var seen []string
	for name, v := range row.members() {
		at := b.positionAt(v.begin)
		switch {
		case !slices.Contains(rowMembers, name) && (!b.plan || !slices.Contains(planMembers, name)):
			b.addProblem(at, "unknown member %+q: the members are "+strings.Join(rowMembers, ", "), name)
		case slices.Contains(seen, name):
			b.addProblem(at, "%s: occurs twice", name)
		case !slices.Contains(rowMembers, name): // for people
		case name == memberSet:
			b.readSet(v)
		case name == partClear:
			b.readClear(v)
		case name == memberExpect:
			b.readExpect(v)
		default:
			b.setPosition(name, at)
			b.readName(name, v)
		}
		seen = append(seen, name)
	}
	for _, name := range []string{partVendor, partID} {
		if !slices.Contains(seen, name) {
			b.addPartProblem(name, b.begin, "is missing")
		}
	}
}

// readName reads the vendor, id, owner or key.
func (b *builder) readName(part string, v jsonValue) {
	at := b.positionAt(v.begin)
	number := part == partID || part == partOwner
	switch {
	case v.kind() == '"':
		text := v.stringValue()
		if text == "" && (part == partVendor || part == partID) {
			b.addPartProblem(part, at, "is empty")
		}
		b.setName(part, text, at)
	case number && isWholeNumber(v.rawText()):
		b.setName(part, v.rawText(), at)
	case number:
		b.addPartProblem(part, at, "must be a string or a whole number in digits, got %s", Truncate(v.rawText()))
	default:
		b.addPartProblem(part, at, "must be a string, got %s", Truncate(v.rawText()))
	}
}

// isWholeNumber reports whether a JSON number has neither a fraction nor an
// exponent.
func isWholeNumber(raw string) bool { return strings.Trim(raw, "-0123456789") == "" }

func (b *builder) readSet(v jsonValue) {
	if v.kind() != '{' {
		b.addProblem(b.positionAt(v.begin), "set: must be an object of fields and their values")
		return
	}
	var seen []string
	for name, field := range v.members() {
		at := b.positionAt(field.begin)
		f := credit.Field(name)
		switch {
		case !slices.Contains(credit.Fields(), f):
			b.addProblem(at, "set: unknown field %+q", name)
		case slices.Contains(seen, name):
			b.addProblem(at, "%s: occurs twice", name)
		default:
			b.setPosition(name, at)
			b.readField(f, field)
		}
		seen = append(seen, name)
	}
}

func (b *builder) readField(f credit.Field, v jsonValue) {
	at, isString := b.positionAt(v.begin), v.kind() == '"'
	switch f {
	case credit.FieldMetadata:
		if v.kind() != '{' {
			b.addPartProblem(string(f), at, "must be an object of strings, got %s", Truncate(v.rawText()))
			return
		}
		b.setField(f, v.rawText(), at)
		return
	case credit.FieldTotal, credit.FieldBalance, credit.FieldPriority:
		if isNumber(v) {
			b.setField(f, v.rawText(), at)
			return
		}
		if !isString {
			b.addPartProblem(string(f), at, "must be a number, or a string with a number, got %s", Truncate(v.rawText()))
			return
		}
	default:
		if !isString {
			b.addPartProblem(string(f), at, "must be a string, got %s", Truncate(v.rawText()))
			return
		}
	}
	b.setField(f, v.stringValue(), at)
}

func isNumber(v jsonValue) bool {
	c := v.kind()
	return c == '-' || '0' <= c && c <= '9'
}

func (b *builder) readClear(v jsonValue) {
	if v.kind() != '[' {
		b.addProblem(b.positionAt(v.begin), "clear: must be an array of names of fields")
		return
	}
	for item := range v.items() {
		at := b.positionAt(item.begin)
		if item.kind() != '"' {
			b.addProblem(at, "clear: must be an array of names of fields")
			continue
		}
		b.clearField(item.stringValue(), at)
	}
}

// readExpect reads the values that the credit must have: the JSON of a
// [credit.Patch], in which null stands for an empty field.
func (b *builder) readExpect(v jsonValue) {
	at := b.positionAt(v.begin)
	var expect credit.Patch
	switch err := json.Unmarshal([]byte(v.rawText()), &expect); {
	case v.kind() != '{':
		b.addProblem(at, "expect: must be an object of fields and their values")
	case err != nil:
		b.addProblem(at, "expect: %s", errorReason(err))
	case expect.IsEmpty():
		b.addProblem(at, "expect: has no field")
	default:
		b.Expect = credit.Values(expect)
	}
}
