// Package replace changes records at vendors whose writes replace them whole:
// read the record, check it, lay the change over it, write it back. Every
// member that is not changed goes back byte for byte.
package replace

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rawjson"
	"github.com/creditkit/creditkit/internal/rest"
)

// A Shape is what a record must have for an update to start from it.
type Shape struct {
	Vendor  string
	ID      string   // the member that identifies the record
	Numbers []string // members that must be numbers
	Texts   []string // members that must be texts, and not empty
}

// Load returns the record that an update starts from: the one that the caller
// holds, or else the one that is read. It is checked either way.
func Load(ctx context.Context, c *rest.Client, op *rest.Operation, call rest.Call, given json.RawMessage, shape Shape, id string) (*Record, error) {
	if given == nil {
		read, err := rest.Send(ctx, c, op, call)
		if err != nil {
			return nil, err
		}
		given = read.Body
	}
	return shape.check(given, id)
}

// check never lets a record pass that is not surely the one to write over.
func (s Shape) check(doc []byte, id string) (*Record, error) {
	refuse := func(format string, args ...any) (*Record, error) {
		return nil, &credit.MalformedReadError{Vendor: s.Vendor, ID: id, Reason: fmt.Sprintf(format, args...)}
	}
	object, err := rawjson.Parse(doc)
	if err != nil {
		return refuse("is not a JSON object")
	}
	r := &Record{object}
	for _, name := range append(append([]string{s.ID}, s.Numbers...), s.Texts...) {
		if n := object.Count(name); n != 1 {
			return refuse("has %s %d times", name, n)
		}
	}
	if got := r.Identity(s.ID); got != id {
		return refuse("is another one by its %s", s.ID)
	}
	for _, name := range s.Numbers {
		if _, ok := r.Amount(name).Get(); !ok {
			return refuse("has no number as %s", name)
		}
	}
	for _, name := range s.Texts {
		if text, ok := r.Text(name).Get(); !ok || text == "" {
			return refuse("has no text as %s", name)
		}
	}
	return r, nil
}

// A Record is a vendor's record as JSON text. A member that is missing and one
// that is null read as empty, and one of another type as not told.
type Record struct{ *rawjson.Object }

// Parse reads the record in an answer.
func Parse(doc []byte) (*Record, error) {
	object, err := rawjson.Parse(doc)
	if err != nil {
		return nil, err
	}
	return &Record{object}, nil
}

// Identity is a text's content or a number's digits.
func (r *Record) Identity(name string) string {
	raw, _ := r.Get(name)
	if len(raw) > 0 && raw[0] == '"' {
		return rest.Text(raw)
	}
	return string(raw)
}

// Text reads a member that holds a text.
func (r *Record) Text(name string) credit.Opt[string] {
	raw, empty := r.member(name)
	switch {
	case empty:
		return credit.Clear[string]()
	case raw[0] == '"':
		return credit.Set(rest.Text(raw))
	}
	return credit.Opt[string]{}
}

// Amount reads a member that holds a number.
func (r *Record) Amount(name string) credit.Opt[credit.Decimal] {
	raw, empty := r.member(name)
	if empty {
		return credit.Clear[credit.Decimal]()
	}
	amount, err := credit.ParseDecimal(string(raw))
	if err != nil {
		return credit.Opt[credit.Decimal]{}
	}
	return credit.Set(amount)
}

// Day reads a member that holds a date, as that day's midnight UTC. A time of
// day in it makes it not told.
func (r *Record) Day(name string) credit.Opt[time.Time] {
	return r.time(name, func(s string) (time.Time, error) { return time.Parse(time.DateOnly, s) })
}

// Instant reads a member that holds a time with a zone.
func (r *Record) Instant(name string) credit.Opt[time.Time] {
	return r.time(name, func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) })
}

func (r *Record) time(name string, parse func(string) (time.Time, error)) credit.Opt[time.Time] {
	text := r.Text(name)
	s, ok := text.Get()
	switch {
	case text.IsClear(), ok && s == "":
		return credit.Clear[time.Time]()
	case !ok:
		return credit.Opt[time.Time]{}
	}
	t, err := parse(s)
	if err != nil {
		return credit.Opt[time.Time]{}
	}
	return credit.Set(t)
}

// JSON is the record's text.
func (r *Record) JSON() json.RawMessage { return r.Bytes() }

func (r *Record) member(name string) (raw json.RawMessage, empty bool) {
	raw, ok := r.Get(name)
	return raw, !ok || bytes.Equal(raw, []byte("null"))
}

// Overlay lays one field of a patch over a record: set writes what it turns the
// value into, and clearing does as told.
func Overlay[T any](r *Record, name string, o credit.Opt[T], set func(T) any, clearing func(r *Record, name string) error) error {
	if v, ok := o.Get(); ok {
		return r.Set(name, set(v))
	}
	if o.IsClear() {
		return clearing(r, name)
	}
	return nil
}

// Same writes a value as it is.
func Same[T any](v T) any { return v }

// Null empties a member by a null.
func Null(r *Record, name string) error { return r.Set(name, nil) }

// Leave empties a member by leaving it out.
func Leave(r *Record, name string) error {
	r.Delete(name)
	return nil
}
