// Package replace changes records at vendors whose writes replace them whole:
// read the record, check it, lay the change over it, write it back. Every
// member that is not changed goes back byte for byte.
package replace

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/rawjson"
	"github.com/creditkit/creditkit/internal/rest"
)

// A Shape is what a record must be for an update to start from it, and how it
// is written back.
type Shape struct {
	Vendor   string
	ID       string   // the member that identifies the record, one of Texts or Keys
	Texts    []string // members that must be texts, and not empty
	Keys     []string // members that must be whole numbers above 0
	Amounts  []string // members that must be numbers
	Fields   []string // other members that a patch changes or a record shows
	Commands []string // prefixes, in any letter case, of members that act when they are sent: a read's are left out
	Nulls    bool     // a cleared member goes out as null; otherwise it is left out

	once  sync.Once
	names []string // of all members above
}

// members lists the members that a record is read for.
func (s *Shape) members() []string {
	s.once.Do(func() { s.names = slices.Concat(s.Texts, s.Keys, s.Amounts, s.Fields) })
	return s.names
}

// Load returns the record that an update starts from: the one that the caller
// holds, or else the one that is read. It is checked either way.
func (s *Shape) Load(ctx context.Context, c *rest.Client, op *rest.Operation, call rest.Call, given json.RawMessage, id string) (*Record, error) {
	if given == nil {
		read, err := rest.Send(ctx, c, op, call)
		if e, ok := errors.AsType[*credit.Error](err); ok && e.Kind == credit.ErrMalformed && e.StatusCode >= 200 && e.StatusCode < 300 {
			return nil, s.malformed(id, "could not be read: HTTP %d, %v", e.StatusCode, e.Err)
		}
		if err != nil {
			return nil, err
		}
		given = read.Body
	} else {
		given = slices.Clone(given) // the caller may change it later
	}
	r, err := s.parse(given)
	if err != nil {
		return nil, s.malformed(id, "is not a JSON object")
	}
	if reason := s.problem(r, id); reason != "" {
		return nil, s.malformed(id, "%s", reason)
	}
	r.id = id
	return r, nil
}

// ParseAnswer reads the record in the answer to a write. It must name the record
// that was written.
func (s *Shape) ParseAnswer(sent *rest.Result, id string) (*Record, error) {
	r, err := s.parse(sent.Body)
	if err != nil || !r.names(s.ID, id) {
		return nil, cmp.Or(sent.CheckID(sent.Body, s.ID, func(got string) bool { return got == id }), sent.WrongRecord())
	}
	return r, nil
}

func (s *Shape) malformed(id, format string, args ...any) error {
	return &credit.MalformedReadError{Vendor: s.Vendor, ID: id, Reason: fmt.Sprintf(format, args...)}
}

// problem says why a record is not surely the one to write over.
func (s *Shape) problem(r *Record, id string) string {
	for _, names := range [...][]string{s.Texts, s.Keys, s.Amounts} {
		for _, name := range names {
			if _, n := r.find(name); n != 1 {
				return fmt.Sprintf("has %s %d times", name, n)
			}
		}
	}
	for _, name := range s.Texts {
		if raw := r.value(name); raw[0] != '"' || string(raw) == `""` {
			return "has no text as " + name
		}
	}
	for _, name := range s.Keys {
		if n, err := strconv.ParseInt(string(r.value(name)), 10, 64); err != nil || n <= 0 {
			return "has no whole number above 0 as " + name
		}
	}
	for _, name := range s.Amounts {
		if _, ok := r.Amount(name).Get(); !ok {
			return "has no number as " + name
		}
	}
	// Half of a surrogate pair reads as U+FFFD: such an id may be another.
	if !r.names(s.ID, id) || strings.ContainsRune(id, utf8.RuneError) {
		return "is another one by its " + s.ID
	}
	return ""
}

// names reports whether a member is the text id, or a number with its digits.
func (r *Record) names(member, id string) bool {
	raw, n := r.find(member)
	if n != 1 {
		return false
	}
	if raw[0] != '"' {
		return string(raw) == id
	}
	return string(raw[1:len(raw)-1]) == id && !strings.Contains(id, `\\`) || rest.JSONString(raw) == id
}

// An Edit is one field of a patch in the vendor's terms. The zero Edit changes
// nothing.
type Edit struct {
	member string
	value  any
	clears bool
}

// Member is what a patch makes of a member; as turns its value into what is
// written.
func Member[T any](name string, o credit.Opt[T], as func(T) any) Edit {
	if v, ok := o.Get(); ok {
		return Edit{member: name, value: as(v)}
	}
	if o.IsClear() {
		return Edit{member: name, clears: true}
	}
	return Edit{}
}

// AsIs writes a value without a change.
func AsIs[T any](v T) any { return v }

// isCommand reports whether the vendor acts on a member of that name. The list of
// such members is not closed, and servers may read names in any letter case.
func (s *Shape) isCommand(name []byte) bool {
	for _, prefix := range s.Commands {
		if len(name) >= len(prefix) && strings.EqualFold(string(name[:len(prefix)]), prefix) {
			return true
		}
	}
	return false
}

// An Update is what a repeat of a write is decided from: the patch, the record as
// it was read, and how both are told in the terms of the vendor.
type Update struct {
	Shape  *Shape
	Patch  credit.Patch
	Edits  []Edit
	Read   func() (*Record, error)        // the record as it is now
	Record func(r *Record) *credit.Record // in the terms of a patch
	Result *credit.Result                 // holds Before, and After once the change shows
}

// Recheck reads the credit again and compares it with what it was. Where the
// change shows, it is made. Where nothing of it does, the same patch is laid over
// the record as it is now, so that a repeat does not take back what somebody else
// wrote meanwhile. Else it is a *credit.ChangedError.
func (u *Update) Recheck() (body []byte, err error) {
	fresh, err := u.Read()
	if err != nil {
		return nil, err
	}
	now := u.Record(fresh)
	verdict, fields := u.Patch.Compare(u.Result.Before, now)
	// A value that cannot be told in the terms of a patch cannot be compared, but
	// a record that is the same to the byte has not changed.
	if verdict == credit.Neither && bytes.Equal(u.Result.Before.Raw, now.Raw) {
		verdict = credit.AsBefore
	}
	switch verdict {
	case credit.AsAsked:
		u.Result.After = now
		return nil, rest.ErrAlreadyApplied
	case credit.AsBefore:
		u.Result.Before = now
		return fresh.With(u.Edits...)
	default:
		return nil, &credit.ChangedError{Vendor: u.Shape.Vendor, ID: fresh.id, Fields: fields, Now: now}
	}
}

// With returns the text of a loaded record with the edits laid over it, ready
// to be written. The record stays as it is.
func (r *Record) With(edits ...Edit) (json.RawMessage, error) {
	all := make([]rawjson.Edit, 0, 1+len(edits))
	if len(r.shape.Commands) > 0 {
		all = append(all, rawjson.DropMatching(r.shape.isCommand))
	}
	for _, e := range edits {
		if e.member == "" {
			continue
		}
		if _, n := r.find(e.member); n > 1 {
			return nil, r.shape.malformed(r.id, "has %s %d times", e.member, n)
		}
		if e.clears && !r.shape.Nulls {
			all = append(all, rawjson.Drop(e.member))
			continue
		}
		value := e.value
		if amount, ok := value.(credit.Decimal); ok && amount.IsSet() {
			value = json.RawMessage(amount.String())
		}
		set, err := rawjson.Set(e.member, value)
		if err != nil {
			return nil, rest.Invalid(r.shape.Vendor, e.member, "cannot be written as JSON")
		}
		all = append(all, set)
	}
	return rawjson.With(r.doc, all...)
}
