package rest

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/jsonenc"
	"github.com/creditkit/creditkit/internal/transport"
)

// A Result is an answer whose status is a success.
type Result struct {
	*Response

	client *Client
	op     *Operation
	call   *transport.Call
}

// RequestID is the vendor's id of the exchange, if it sent one.
func (r *Result) RequestID() string { return requestID(r.call) }

// Decode reads a success that must be a JSON object.
func Decode[T any](r *Result) (*T, error) {
	out := new(T)
	if err := r.Into(out); err != nil {
		return nil, err
	}
	return out, nil
}

var errNoObject = errors.New("a JSON object was expected")

// Into decodes a success that must be a JSON object into out.
func (r *Result) Into(out any) error { return r.Decode(r.Body, out) }

// Decode decodes a part of a success, which must be a JSON object, into out.
// Exact member names win over names that differ in case.
func (r *Result) Decode(part []byte, out any) error {
	if err := r.decode(part, out); err != nil {
		return r.Malformed(err)
	}
	return nil
}

func (r *Result) decode(part []byte, out any) error {
	if part = bytes.TrimLeft(part, " \t\r\n"); len(part) == 0 || part[0] != '{' {
		return errNoObject
	}
	if r.op.Decode != nil && r.op.Decode(part, out) {
		return nil
	}
	if err := jsonenc.Unmarshal(part, out); err != nil {
		return decodeError(err)
	}
	return nil
}

// Malformed is the error of an answer that is not a readable success: whether the
// change was made is unknown.
func (r *Result) Malformed(cause error) error { return r.newMalformedError(credit.Unknown, cause) }

// Flawed is the error of a success that is readable as such, and wrong
// otherwise: the change was made.
func (r *Result) AppliedButMalformed(cause error) error {
	return r.newMalformedError(credit.Applied, cause)
}

func (r *Result) newMalformedError(o credit.Outcome, cause error) error {
	e := r.client.newResponseError(r.op, r.call, ErrorDetails{Kind: credit.ErrMalformed, Outcome: o})
	e.Err = cause
	return e
}

var errOtherRecord = errors.New("the answer does not name the record that was asked for")

// WrongRecord is the error of an answer that is about another record, or about
// none.
func (r *Result) WrongRecord() error { return r.Malformed(errOtherRecord) }

// DecodeNamed reads a success that is a JSON object whose member holds the id of
// the record that was asked for; named reports whether a decoded object has it.
// An object without it is not a success of this call; one with it is, and what
// else is wrong with it is [Result.Flawed].
func DecodeNamed[T any](r *Result, member, id string, named func(*T) bool) (*T, error) {
	if out := new(T); r.DecodeFast(out) && named(out) {
		return out, nil
	}
	if err := r.CheckID(r.Body, member, func(got string) bool { return got == id }); err != nil {
		return nil, err
	}
	out := new(T)
	if err := r.DecodeApplied(r.Body, out); err != nil {
		return nil, err
	}
	return out, nil
}

// DecodeFast decodes an answer into out with the codec of its type. It reports
// false, and changes nothing, for an answer that the codec leaves to
// encoding/json. What it has decoded has each member once: an id in it is the only
// one.
func (r *Result) DecodeFast(out any) bool { return r.op.Decode != nil && r.op.Decode(r.Body, out) }

// DecodeApplied decodes into out the part of a success that names the record:
// the change was made, whatever else is wrong with the part.
func (r *Result) DecodeApplied(part []byte, out any) error {
	if err := r.decode(part, out); err != nil {
		return r.AppliedButMalformed(err)
	}
	return nil
}

// CheckID finds the id, a text or a number, in the object that says which record
// the vendor changed. The object must be there and name the record.
func (r *Result) CheckID(part []byte, member string, same func(id string) bool) error {
	raw, err := r.Member(part, member)
	if err != nil {
		return err
	}
	id := JSONString(raw)
	if id == "" {
		id = string(raw)
	}
	if id == "" || id == `""` || id == "null" || !same(id) {
		return r.WrongRecord()
	}
	return nil
}

// Member returns a member of the object in part, by its exact name. It is nil
// where the object does not have the member, and an error where there is no
// object, or where the member stands in it twice and nothing says which one
// counts.
func (r *Result) Member(part []byte, name string) (json.RawMessage, error) {
	var found [1]jsonenc.Found
	if !jsonenc.Find(part, []string{name}, found[:]) {
		return nil, r.Malformed(cmp.Or(r.decode(part, &struct{}{}), errNoObject))
	}
	if n := found[0].Count; n > 1 {
		return nil, r.Malformed(fmt.Errorf("member %q of the answer stands in it %d times", name, n))
	}
	return found[0].Value, nil
}

// NotInList is the error of a list, read to its end, that does not hold the
// record that was looked for.
func (r *Result) NotInList() error {
	return r.Rejected(ErrorDetails{Kind: credit.ErrNotFound, Message: "the list holds no such record"})
}

// Refused is the error of an answer that says no although its status says yes.
func (r *Result) Rejected(refusal ErrorDetails) error {
	return r.client.newResponseError(r.op, r.call, refusal)
}

// unreadable tells where an answer does not decode, without quoting it.
func decodeError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return transport.Redacted(fmt.Sprintf("member %q of the answer is of type %s", wrong.Field, kind), err)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return transport.Redacted(fmt.Sprintf("the answer is no valid JSON at byte %d", wrong.Offset), err)
	}
	return transport.Redacted("the answer cannot be decoded", err)
}

// OptFrom returns Set(v), or Clear if v is the zero value, which a member that is
// missing, null or an empty string decodes to.
func OptFrom[T comparable](v T) credit.Opt[T] {
	var zero T
	if v == zero {
		return credit.Clear[T]()
	}
	return credit.Set(v)
}

// SameUUID reports whether a and b are the same id at a vendor that may return a
// UUID in another letter case.
func SameUUID(a, b string) bool { return strings.EqualFold(a, b) }
