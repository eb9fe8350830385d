package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// schema is the version of the JSON objects. See help.txt for what changes it.
const schema = 1

// A report is the result of a get or an update, and its JSON: help.txt explains
// the members.
type report struct {
	Schema         int           `json:"schema"`
	Vendor         string        `json:"vendor"`
	ID             string        `json:"id"`
	Owner          string        `json:"owner"`
	Fake           bool          `json:"fake"`
	DryRun         bool          `json:"dry_run"`
	Outcome        string        `json:"outcome"`
	Kind           string        `json:"kind"`
	Code           string        `json:"code"`
	Message        string        `json:"message"`
	Fields         []problem     `json:"fields"`
	Status         int           `json:"status"`
	RequestID      string        `json:"request_id"`
	RetryAfter     int64         `json:"retry_after"`
	Attempts       int           `json:"attempts"`
	IdempotencyKey string        `json:"idempotency_key"`
	Repeatable     bool          `json:"repeatable"`
	Verified       bool          `json:"verified"`
	Credit         record        `json:"credit"`
	Before         record        `json:"before"`
	After          record        `json:"after"`
	Changes        []fieldChange `json:"changes"`
	NotReturned    []string      `json:"not_returned"`
	Request        *request      `json:"request"`

	err error
}

type problem struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

type fieldChange struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

type request struct {
	Method string          `json:"method"`
	Path   string          `json:"path"`
	Body   json.RawMessage `json:"body"`
}

// newReport returns a report whose lists are empty, and not null.
func newReport() *report {
	return &report{Schema: schema, Fields: []problem{}, Changes: []fieldChange{}, NotReturned: []string{}}
}

// addResult adds the result of an update, which may be nil.
func (r *report) addResult(result *credit.Result) {
	if result == nil {
		return
	}
	r.RequestID, r.Attempts, r.IdempotencyKey = result.RequestID, result.Attempts, result.IdempotencyKey
	r.Before, r.After = encodeRecord(result.Before), encodeRecord(result.After)
	for _, c := range result.Changes() {
		r.Changes = append(r.Changes, fieldChange{string(c.Field), c.Before, c.After})
	}
	for _, f := range result.NotReturned {
		r.NotReturned = append(r.NotReturned, string(f))
	}
	if result.Request != nil {
		r.Request = &request{result.Request.Method, result.Request.Path, result.Request.Body}
	}
}

// fail adds an error.
func (r *report) fail(err error) {
	r.err = err
	r.Outcome, r.Kind, r.Message = outcomeOf(err).String(), kindOf(err), err.Error()
	for _, f := range credit.FieldErrors(err) {
		r.Fields = append(r.Fields, problem{f.Field, f.Message})
	}
	e, ok := errors.AsType[*credit.Error](err)
	if !ok {
		return
	}
	r.Code, r.Status = e.Code, e.StatusCode
	r.RetryAfter = wholeSeconds(e.RetryAfter)
	if r.Attempts == 0 { // else they are the write's
		r.RequestID, r.Attempts, r.IdempotencyKey = e.RequestID, e.Attempts, e.IdempotencyKey
	}
	if e.IdempotencyKey != "" {
		r.Repeatable = r.Repeatable && isKeyReusable(e)
	}
}

// isKeyReusable reports whether the same update may be made again under the key
// of e, so that it is applied once. Both the text and the JSON go by it.
func isKeyReusable(e *credit.Error) bool {
	return e.IdempotencyKey != "" && !e.KeyUsedUp
}

// wholeSeconds rounds up, so that the wait is not too short.
func wholeSeconds(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}

// A record is a credit, by the names of its fields. A nil record is null in JSON.
type record map[string]any

func encodeRecord(c *credit.Record) record {
	if c == nil {
		return nil
	}
	r := record{"id": c.ID}
	if c.Owner != "" {
		r["owner"] = c.Owner
	}
	set, cleared := change.Texts(credit.Patch(c.Values))
	for f, text := range set {
		r[string(f)] = text
	}
	for _, f := range cleared {
		r[string(f)] = nil
	}
	if entries, ok := c.Metadata.Get(); ok {
		r[string(credit.FieldMetadata)] = entries
	}
	return r
}

// resultIn returns the result of the change that err reports as made, or nil.
func resultIn(err error) *credit.Result {
	if e, ok := errors.AsType[*credit.MismatchError](err); ok {
		return e.Result
	}
	if e, ok := errors.AsType[*credit.UnverifiedError](err); ok {
		return e.Result
	}
	return nil
}
