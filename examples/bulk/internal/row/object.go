package row

import (
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// members are the names of a row.
var members = []string{partVendor, partID, partOwner, partKey, memberSet, partClear}

const memberSet = "set"

func (d *draft) readRow(row value) {
	var seen []string
	for name, v := range row.members() {
		at := d.in(v.begin)
		switch {
		case !slices.Contains(members, name):
			d.refuse(at, "unknown member %+q: the members are "+strings.Join(members, ", "), name)
		case slices.Contains(seen, name):
			d.refuse(at, "%s: occurs twice", name)
		case name == memberSet:
			d.readSet(v)
		case name == partClear:
			d.readClear(v)
		default:
			d.place(name, at)
			d.readName(name, v)
		}
		seen = append(seen, name)
	}
	for _, name := range []string{partVendor, partID} {
		if !slices.Contains(seen, name) {
			d.refusePart(name, d.begin, "is missing")
		}
	}
}

// readName takes in one of vendor, id, owner and key.
func (d *draft) readName(part string, v value) {
	at := d.in(v.begin)
	number := part == partID || part == partOwner
	switch {
	case v.first() == '"':
		text := v.text()
		if text == "" && (part == partVendor || part == partID) {
			d.refusePart(part, at, "is empty")
		}
		d.name(part, text, at)
	case number && isWhole(v.raw()):
		d.name(part, v.raw(), at)
	case number:
		d.refusePart(part, at, "must be a string or a whole number in digits, got %s", Brief(v.raw()))
	default:
		d.refusePart(part, at, "must be a string, got %s", Brief(v.raw()))
	}
}

// isWhole reports whether a JSON value is a number without fraction and
// exponent.
func isWhole(raw string) bool { return strings.Trim(raw, "-0123456789") == "" }

func (d *draft) readSet(v value) {
	if v.first() != '{' {
		d.refuse(d.in(v.begin), "set: must be an object of fields and their values")
		return
	}
	var seen []string
	for name, field := range v.members() {
		at := d.in(field.begin)
		f := credit.Field(name)
		switch {
		case !slices.Contains(credit.Fields(), f):
			d.refuse(at, "set: unknown field %+q", name)
		case slices.Contains(seen, name):
			d.refuse(at, "%s: occurs twice", name)
		default:
			d.place(name, at)
			d.readField(f, field)
		}
		seen = append(seen, name)
	}
}

func (d *draft) readField(f credit.Field, v value) {
	at, isString := d.in(v.begin), v.first() == '"'
	switch f {
	case credit.FieldMetadata:
		if v.first() != '{' {
			d.refusePart(string(f), at, "must be an object of strings, got %s", Brief(v.raw()))
			return
		}
		d.set(f, v.raw(), at)
		return
	case credit.FieldTotal, credit.FieldBalance, credit.FieldPriority:
		if isNumber(v) {
			d.set(f, v.raw(), at)
			return
		}
		if !isString {
			d.refusePart(string(f), at, "must be a number, or a string that holds one, got %s", Brief(v.raw()))
			return
		}
	default:
		if !isString {
			d.refusePart(string(f), at, "must be a string, got %s", Brief(v.raw()))
			return
		}
	}
	d.set(f, v.text(), at)
}

func isNumber(v value) bool {
	c := v.first()
	return c == '-' || '0' <= c && c <= '9'
}

func (d *draft) readClear(v value) {
	if v.first() != '[' {
		d.refuse(d.in(v.begin), "clear: must be an array of names of fields")
		return
	}
	for item := range v.items() {
		at := d.in(item.begin)
		if item.first() != '"' {
			d.refuse(at, "clear: must be an array of names of fields")
			continue
		}
		d.clear(item.text(), at)
	}
}
