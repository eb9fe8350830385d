// Package replace updates records at vendors whose writes replace the whole record:
// it reads and validates the record, applies a patch to its JSON and returns the text
// to write back. Members that the patch does not name stay byte for byte.
package replace

import (
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

// A Shape describes the records of a vendor: what a record needs for an update,
// and how it is written back.
type Shape struct {
	Vendor   string
	ID       string   // the member that identifies the record, one of Texts or Keys
	Texts    []string // members that must be non-empty strings
	Keys     []string // members that must be positive integers
	Amounts  []string // members that must be numbers
	Fields   []string // other members that a patch changes or a Record reads
	Commands []string // name prefixes, in any letter case, of members that the vendor executes; they are not written back
	Nulls    bool     // a cleared member is sent as null; otherwise it is omitted

	once  sync.Once
	names []string // of all members above
}

// members returns the members that are read from a record.
func (s *Shape) members() []string {
	s.once.Do(func() { s.names = slices.Concat(s.Texts, s.Keys, s.Amounts, s.Fields) })
	return s.names
}

// Load returns the record that an update starts from: the caller's, or else the
// one that it reads. It validates either.
func (s *Shape) Load(ctx context.Context, c *rest.Client, op *rest.Operation, call rest.Call, given json.RawMessage, id string) (*Record, error) {
	if given == nil {
		read, err := rest.Send(ctx, c, op, call, rest.Whole)
		if e, ok := errors.AsType[*credit.Error](err); ok && e.Kind == credit.ErrMalformed && e.StatusCode >= 200 && e.StatusCode < 300 {
			return nil, s.malformed(id, "could not be read: HTTP %d, %v", e.StatusCode, e.Err)
		}
		if err != nil {
			return nil, err
		}
		given = read.Body
	} else {
		given = slices.Clone(given) // the caller may modify it
	}
	r, err := s.parse(given)
	if err != nil {
		return nil, s.malformed(id, "is not a JSON object")
	}
	if reason := s.invalidReason(r, id); reason != "" {
		return nil, s.malformed(id, "%s", reason)
	}
	r.id = id
	return r, nil
}

// ParseAnswer reads the record in the response to a write. It must be the record
// that was written.
func (s *Shape) ParseAnswer(sent *rest.Result, id string) (*Record, error) {
	r, err := s.parse(sent.Body)
	if err != nil || !r.hasID(s.ID, id) {
		return nil, cmp.Or(sent.CheckID(sent.Body, s.ID, func(got string) bool { return got == id }), sent.WrongRecord())
	}
	return r, nil
}

// ParseRow reads a row of a list, which may lack members of the record: those are
// unknown, and not cleared.
func (s *Shape) ParseRow(row []byte, id string) (*Record, error) {
	r, err := s.parse(row)
	if err != nil || !r.hasID(s.ID, id) {
		return nil, s.malformed(id, "is another one by its %s, or none", s.ID)
	}
	r.id, r.partial = id, true
	return r, nil
}

func (s *Shape) malformed(id, format string, args ...any) error {
	return &credit.MalformedReadError{Vendor: s.Vendor, ID: id, Reason: fmt.Sprintf(format, args...)}
}

// invalidReason returns why an update must not start from a record, or "".
func (s *Shape) invalidReason(r *Record, id string) string {
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
	// An unpaired surrogate decodes as U+FFFD, so that id may be another one.
	if !r.hasID(s.ID, id) || strings.ContainsRune(id, utf8.RuneError) {
		return "is another one by its " + s.ID
	}
	return ""
}

// hasID reports whether a member is the string id, or a number with its digits.
func (r *Record) hasID(member, id string) bool {
	raw, n := r.find(member)
	if n != 1 {
		return false
	}
	if raw[0] != '"' {
		return string(raw) == id
	}
	return string(raw[1:len(raw)-1]) == id && !strings.Contains(id, `\\`) || rest.JSONString(raw) == id
}

// An Edit sets or clears one member. The zero Edit does nothing.
type Edit struct {
	member string
	value  any
	clears bool
}

// Member returns the edit of a member for a field of a patch; encode converts
// the field's value to the vendor's.
func Member[T any](name string, o credit.Opt[T], encode func(T) any) Edit {
	if v, ok := o.Get(); ok {
		return Edit{member: name, value: encode(v)}
	}
	if o.IsClear() {
		return Edit{member: name, clears: true}
	}
	return Edit{}
}

// AsIs encodes a value without a conversion.
func AsIs[T any](v T) any { return v }

// isCommand reports whether a member of that name is a command. It compares
// prefixes, because the list of commands may grow, and ignores case, because
// servers may.
func (s *Shape) isCommand(name []byte) bool {
	for _, prefix := range s.Commands {
		if len(name) >= len(prefix) && strings.EqualFold(string(name[:len(prefix)]), prefix) {
			return true
		}
	}
	return false
}

// An Update is one update of a record: read it, apply the edits, write it back.
type Update struct {
	Shape  *Shape
	Patch  credit.Patch
	Edits  []Edit                                       // the patch in the vendor's terms
	Load   func(given json.RawMessage) (*Record, error) // given, or the record as it is now if nil
	Record func(r *Record) *credit.Record               // converts a record
	Result *credit.Result                               // Write sets its fields

	guard rest.Guard
}

// Write makes the update with one write, after other updates of the same record
// through this client. call has what the write needs besides its body. decode
// reads the response; it is not called for a dry run, and where a recheck found the
// change made.
func (u *Update) Write(ctx context.Context, c *rest.Client, op *rest.Operation, call rest.Call, id string, cfg credit.CallConfig, decode func(*rest.Result) error) error {
	if !cfg.DryRun {
		unlock, err := c.Lock(ctx, op, id)
		if err != nil {
			return err
		}
		defer unlock()
	}
	record, err := u.Load(cfg.Record)
	if err != nil {
		return err
	}
	u.guard = rest.Guard{Vendor: u.Shape.Vendor, Patch: u.Patch, Config: cfg, Result: u.Result, Source: u, Replaces: true}
	if err := u.guard.Begin(u.Record(record)); err != nil {
		return err
	}
	body, err := record.With(u.Edits...)
	if err != nil {
		return err
	}
	call.Body, call.Recheck = body, u.guard.Recheck
	return rest.Update(ctx, c, op, call, cfg, u.Result, decode)
}

// Reread implements rest.Source.
func (u *Update) Reread() (now *credit.Record, body []byte, err error) {
	fresh, err := u.Load(nil)
	if err != nil {
		return nil, nil, err
	}
	body, err = fresh.With(u.Edits...)
	return u.Record(fresh), body, err
}

// With returns the text of a loaded record with the edits applied. It does not
// modify the record.
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
