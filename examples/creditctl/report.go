package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// schema is the version of the JSON objects. help.txt says when it changes.
const schema = 1

// A report is the result of a get or an update. help.txt documents its JSON.
type report struct {
	Schema         int            `json:"schema"`
	Vendor         string         `json:"vendor"`
	ID             string         `json:"id"`
	Owner          string         `json:"owner"`
	Fake           bool           `json:"fake"`
	DryRun         bool           `json:"dry_run"`
	Outcome        string         `json:"outcome"`
	Kind           string         `json:"kind"`
	Code           string         `json:"code"`
	Message        string         `json:"message"`
	Fields         []fieldProblem `json:"fields"`
	Status         int            `json:"status"`
	RequestID      string         `json:"request_id"`
	RetryAfter     int64          `json:"retry_after"`
	Attempts       int            `json:"attempts"`
	IdempotencyKey string         `json:"idempotency_key"`
	Repeatable     bool           `json:"repeatable"`
	Verified       bool           `json:"verified"`
	Verdict        string         `json:"verdict"`
	Credit         record         `json:"credit"`
	Before         record         `json:"before"`
	After          record         `json:"after"`
	Patch          record         `json:"patch"`
	Changes        []fieldChange  `json:"changes"`
	NotReturned    []string       `json:"not_returned"`
	Request        *request       `json:"request"`

	err    error
	isUndo bool
}

type fieldProblem struct {
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

// newReport returns a report with empty lists instead of null ones.
func newReport() *report {
	return &report{Schema: schema, Fields: []fieldProblem{}, Changes: []fieldChange{}, NotReturned: []string{}}
}

// addResult adds the result of an update. It may be nil.
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

// setError sets the error and the members that follow from it.
func (r *report) setError(err error) {
	r.err = err
	r.Outcome, r.Kind, r.Message = outcomeOf(err).String(), kindOf(err), err.Error()
	for _, f := range credit.FieldErrors(err) {
		r.Fields = append(r.Fields, fieldProblem{f.Field, f.Message})
	}
	e, ok := errors.AsType[*credit.Error](err)
	if !ok {
		return
	}
	r.Code, r.Status = e.Code, e.StatusCode
	r.RetryAfter = wholeSeconds(e.RetryAfter)
	if r.Attempts == 0 { // otherwise addResult has set those of the write
		r.RequestID, r.Attempts, r.IdempotencyKey = e.RequestID, e.Attempts, e.IdempotencyKey
	}
	if e.IdempotencyKey != "" {
		r.Repeatable = r.Repeatable && isKeyReusable(e)
	}
}

// isKeyReusable reports whether repeating the update with the key of e applies
// it once.
func isKeyReusable(e *credit.Error) bool {
	return e.IdempotencyKey != "" && !e.KeyUsedUp
}

// wholeSeconds rounds up: a shorter wait would be too short.
func wholeSeconds(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}

// A record is a credit, or a patch, as JSON, by field names. A nil record is null.
type record map[string]any

func encodeRecord(c *credit.Record) record {
	if c == nil {
		return nil
	}
	r := encodeFields(credit.Patch(c.Values))
	r["id"] = c.ID
	if c.Owner != "" {
		r["owner"] = c.Owner
	}
	return r
}

// encodeFields returns the fields that a patch sets or clears.
func encodeFields(p credit.Patch) record {
	r := record{}
	set, cleared := change.Texts(p)
	for f, text := range set {
		r[string(f)] = text
	}
	for _, f := range cleared {
		r[string(f)] = nil
	}
	if entries, ok := p.Metadata.Get(); ok {
		r[string(credit.FieldMetadata)] = entries
	}
	return r
}

// resultIn returns the Result of an update that was made and then returned err,
// or nil.
func resultIn(err error) *credit.Result {
	if e, ok := errors.AsType[*credit.MismatchError](err); ok {
		return e.Result
	}
	if e, ok := errors.AsType[*credit.UnverifiedError](err); ok {
		return e.Result
	}
	return nil
}
