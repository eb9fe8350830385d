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

// A Result is a response with the status of a success.
type Result struct {
	*Response

	client *Client
	op     *Operation
	call   *transport.Call
}

// RequestID returns the vendor's id of the request, or "".
func (r *Result) RequestID() string { return requestID(r.call) }

// Whole is the decode function of a call whose response is used as it is.
func Whole(r *Result) (*Result, error) { return r, nil }

// Decode decodes a success that must be a JSON object.
func Decode[T any](r *Result) (*T, error) {
	out := new(T)
	if err := r.Into(out); err != nil {
		return nil, err
	}
	return out, nil
}

var errNoObject = errors.New("expected a JSON object")

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

// Malformed returns the error of a response that cannot be read as a success:
// the outcome is Unknown.
func (r *Result) Malformed(cause error) error { return r.newMalformedError(credit.Unknown, cause) }

// AppliedButMalformed returns the error of a response that confirms the change
// and is malformed otherwise: the outcome is Applied.
func (r *Result) AppliedButMalformed(cause error) error {
	return r.newMalformedError(credit.Applied, cause)
}

func (r *Result) newMalformedError(o credit.Outcome, cause error) error {
	e := r.client.newResponseError(r.op, r.call, ErrorDetails{Kind: credit.ErrMalformed, Outcome: o})
	e.Err = cause
	return e
}

var errOtherRecord = errors.New("the response does not name the requested record")

// WrongRecord returns the error of a response that names another record, or
// none.
func (r *Result) WrongRecord() error { return r.Malformed(errOtherRecord) }

// DecodeNamed decodes a success that must be a JSON object with the id of the
// requested record in member; named reports whether a decoded object has it. An
// object without the id is [Result.Malformed]. Any other error in an object with
// the id is [Result.AppliedButMalformed].
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

// DecodeFast decodes the body into out with the codec of its type. It returns
// false, and leaves out unchanged, for a body that the codec leaves to
// encoding/json. A body that it decodes has each member once, so an id in it is
// the only one.
func (r *Result) DecodeFast(out any) bool { return r.op.Decode != nil && r.op.Decode(r.Body, out) }

// DecodeApplied decodes into out the part of a success that names the record: an
// error has the outcome Applied.
func (r *Result) DecodeApplied(part []byte, out any) error {
	if err := r.decode(part, out); err != nil {
		return r.AppliedButMalformed(err)
	}
	return nil
}

// CheckID returns an error unless part is an object whose member is a string or
// a number that same accepts as the id of the record.
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

// Member returns a member of the object in part, by its exact name, or nil if
// the object does not have it. It is an error if part is not an object or has
// the member more than once.
func (r *Result) Member(part []byte, name string) (json.RawMessage, error) {
	var found [1]jsonenc.Found
	if !jsonenc.Find(part, []string{name}, found[:]) {
		return nil, r.Malformed(cmp.Or(r.decode(part, &struct{}{}), errNoObject))
	}
	if n := found[0].Count; n > 1 {
		return nil, r.Malformed(fmt.Errorf("the response has member %q %d times", name, n))
	}
	return found[0].Value, nil
}

// NotInList returns the error of a list that was read to its end and does not
// contain the record.
func (r *Result) NotInList() error {
	return r.Rejected(ErrorDetails{Kind: credit.ErrNotFound, Message: "the list does not contain the record"})
}

// Rejected returns the error of a response that rejects the request although its
// status is a success.
func (r *Result) Rejected(details ErrorDetails) error {
	return r.client.newResponseError(r.op, r.call, details)
}

// decodeError describes where a response cannot be decoded, without quoting it.
func decodeError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return transport.Redacted(fmt.Sprintf("member %q of the response has type %s", wrong.Field, kind), err)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return transport.Redacted(fmt.Sprintf("the response is not valid JSON at byte %d", wrong.Offset), err)
	}
	return transport.Redacted("the response cannot be decoded", err)
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
