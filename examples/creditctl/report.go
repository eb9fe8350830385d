package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// A report is what became of a get or an update, and the JSON of it: the
// program's comment says what the members are.
type report struct {
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
	Before         record        `json:"before"`
	After          record        `json:"after"`
	Changes        []fieldChange `json:"changes"`
	Untold         []string      `json:"untold"`
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

// newReport is empty: its lists are none, and not null.
func newReport() *report {
	return &report{Fields: []problem{}, Changes: []fieldChange{}, Untold: []string{}}
}

// tell takes over the result of an update, which may be nil.
func (r *report) tell(result *credit.Result) {
	if result == nil {
		return
	}
	r.RequestID, r.Attempts, r.IdempotencyKey = result.RequestID, result.Attempts, result.IdempotencyKey
	r.Before, r.After = recordOf(result.Before), recordOf(result.After)
	for _, c := range result.Changes {
		r.Changes = append(r.Changes, fieldChange{string(c.Field), c.Before, c.After})
	}
	for _, f := range result.Untold {
		r.Untold = append(r.Untold, string(f))
	}
	if result.Request != nil {
		r.Request = &request{result.Request.Method, result.Request.Path, result.Request.Body}
	}
}

// fail takes over an error.
func (r *report) fail(err error) {
	r.err = err
	r.Outcome, r.Kind, r.Message = outcomeOf(err).String(), kindOf(err), err.Error()
	r.Fields = append(r.Fields, problemsOf(err)...)
	if e, ok := errors.AsType[*credit.Error](err); ok {
		r.Code, r.Status = e.Code, e.StatusCode
		r.RetryAfter = wholeSeconds(e.RetryAfter)
		if r.Attempts == 0 { // else they are the write's
			r.RequestID, r.Attempts, r.IdempotencyKey = e.RequestID, e.Attempts, e.IdempotencyKey
		}
	}
}

// wholeSeconds rounds up: not to come earlier than asked.
func wholeSeconds(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}

// A record is a credit by the names of its fields. A nil one is null.
type record map[string]any

func recordOf(c *credit.Record) record {
	if c == nil {
		return nil
	}
	r := record{"id": c.ID}
	if c.Owner != "" {
		r["owner"] = c.Owner
	}
	set, cleared := change.Texts(patchOf(c))
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

// patchOf is the patch that would make the record what it is.
func patchOf(c *credit.Record) credit.Patch {
	return credit.Patch{
		Name: c.Name, Note: c.Note, Total: c.Total, Balance: c.Balance,
		StartsAt: c.StartsAt, ExpiresAt: c.ExpiresAt, Priority: c.Priority, Metadata: c.Metadata,
	}
}

// resultIn is what an error that follows a change carries of it, or nil.
func resultIn(err error) *credit.Result {
	if e, ok := errors.AsType[*credit.MismatchError](err); ok {
		return e.Result
	}
	if e, ok := errors.AsType[*credit.UnverifiedError](err); ok {
		return e.Result
	}
	return nil
}
