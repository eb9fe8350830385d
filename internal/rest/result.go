package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/transport"
)

// A Result is an answer whose status is a success.
type Result struct {
	*Answer

	client *Client
	op     *Operation
	call   *transport.Call
}

// Attempts is how often the request was tried.
func (r *Result) Attempts() int { return r.call.Attempts }

// RequestID is the vendor's id of the exchange, if it sent one.
func (r *Result) RequestID() string { return requestID(r.call) }

// IdempotencyKey is the key that the request carried, if it has one.
func (r *Result) IdempotencyKey() string { return r.call.Header.Get(idempotencyKey) }

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
func (r *Result) Decode(part []byte, out any) error {
	if part = bytes.TrimLeft(part, " \t\r\n"); len(part) == 0 || part[0] != '{' {
		return r.Unusable(errNoObject)
	}
	if own, ok := out.(json.Unmarshaler); ok && own.UnmarshalJSON(part) == nil {
		return nil // encoding/json would only have checked the text once more
	}
	if err := json.Unmarshal(part, out); err != nil {
		return r.Unusable(unreadable(err))
	}
	return nil
}

// Unusable is the error of a success that nobody can read: the change was
// made.
func (r *Result) Unusable(cause error) error {
	e := r.client.refused(r.op, r.call, Refusal{Kind: credit.ErrMalformed, Outcome: credit.Applied})
	e.Err = cause
	return e
}

var errOtherRecord = errors.New("the answer does not name the record that was asked for")

// Names refuses an answer that is about another record, or about none: an
// empty object would pass for a success otherwise.
func (r *Result) Names(got, want string) error {
	if got != want {
		return r.Unusable(errOtherRecord)
	}
	return nil
}

// NoSuchRecord is the error of a list, read to its end, that does not hold the
// record that was looked for.
func (r *Result) NoSuchRecord() error {
	return r.Refused(Refusal{Kind: credit.ErrNotFound, Message: "the list holds no such record"})
}

// Refused is the error of an answer that says no although its status says yes.
func (r *Result) Refused(refusal Refusal) error {
	return r.client.refused(r.op, r.call, refusal)
}

// unreadable tells where an answer does not decode, without quoting it.
func unreadable(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		kind, _, _ := strings.Cut(wrong.Value, " ")
		return transport.Opaque(fmt.Sprintf("member %q of the answer is of type %s", wrong.Field, kind), err)
	}
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		return transport.Opaque(fmt.Sprintf("the answer is no valid JSON at byte %d", wrong.Offset), err)
	}
	return transport.Opaque("the answer cannot be decoded", err)
}
