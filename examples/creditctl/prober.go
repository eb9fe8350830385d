package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// A prober sends writes that differ from those of the library, and puts the credit back
// after each.
type prober struct {
	vendor string
	ref    credit.Ref
	once   credit.Updater // sends one attempt: its response is what is probed
	usual  credit.Updater // retries, to read and to restore
	wire   *probeTransport

	patch  credit.Patch               // sets the text of the credit to what it is
	base   map[string]json.RawMessage // the body of that patch
	before map[string]json.RawMessage // the record before the first write
	raw    json.RawMessage            // the same, as the vendor returned it

	// touched lists the members that the last write may have changed. They are put back
	// also if a read does not show it: the read can be older than the write.
	touched []string
}

// restoreTimeout bounds the restoring of the credit, which goes on after an interrupt.
const restoreTimeout = time.Minute

// newProber reads the credit and plans the write that changes nothing.
func newProber(ctx context.Context, vendorName string, c *connection) (*prober, error) {
	p := &prober{vendor: vendorName, ref: c.ref, wire: &probeTransport{next: http.DefaultTransport}}
	var err error
	if p.usual, err = c.open(credit.WithTransport(p.wire)); err != nil {
		return nil, err
	}
	if p.once, err = c.open(credit.WithTransport(p.wire), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1})); err != nil {
		return nil, err
	}
	record, err := p.usual.(credit.Reader).Read(ctx, p.ref)
	if err != nil {
		return nil, err
	}
	if p.before, err = decodeMembers(record.Raw); err != nil {
		return nil, err
	}
	p.raw = record.Raw
	text := credit.FieldName
	if p.usual.Support().ReplacesRecord {
		text = credit.FieldNote
	}
	p.patch.Op(text).Copy((*credit.Patch)(&record.Values).Op(text))
	planned, err := p.usual.Update(ctx, p.ref, p.patch, credit.WithDryRun())
	if err != nil {
		return nil, err
	}
	p.base, err = decodeMembers(planned.Request.Body)
	return p, err
}

func decodeMembers(object json.RawMessage) (map[string]json.RawMessage, error) {
	members, err := splitObject(object)
	all := map[string]json.RawMessage{}
	for _, m := range members {
		all[m.name] = m.value
	}
	return all, err
}

// An observation is what a write of the prober did.
type observation struct {
	status        int // of the response, 0 without one
	err           error
	sent          map[string]json.RawMessage
	answer        map[string]json.RawMessage // the response, empty if it is not an object
	before, after map[string]json.RawMessage
	changed       []string // members whose values differ, without those that the vendor stamps
}

// isRefused reports whether the vendor rejected the write and changed nothing.
func (o observation) isRefused() bool {
	return o.err != nil && credit.OutcomeOf(o.err) == credit.Rejected && len(o.changed) == 0
}

// isAccepted reports whether the vendor confirmed the write. The library may report a
// mismatch, since it expects the change that it would have sent.
func (o observation) isAccepted() bool {
	return o.status >= 200 && o.status < 300 && !o.isRefused()
}

// send sends body in place of the body of the library. It returns the library's error
// within the observation, and an error if no response arrived.
func (p *prober) send(ctx context.Context, body []byte, opts ...credit.CallOption) (observation, error) {
	p.wire.body, p.wire.status = body, 0
	_, err := p.once.Update(ctx, p.ref, p.patch, opts...)
	p.wire.body = nil
	o := observation{status: p.wire.status, err: err, before: p.before}
	o.answer, _ = decodeMembers(p.wire.answer) // the error is in err
	switch kind := credit.KindOf(err); {
	case o.status == 0:
		return o, fmt.Errorf("no response arrived: %w", err)
	case err != nil && slices.Contains(silentKinds, kind):
		return o, fmt.Errorf("the response shows nothing of the assumption: %w", err)
	}
	return o, nil
}

// silentKinds are the errors of a write that do not depend on its body.
var silentKinds = []credit.Kind{credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound, credit.ErrRateLimited, credit.ErrUnavailable}

// try makes an experiment. The credit is not put back yet.
func (p *prober) try(ctx context.Context, e experiment) (assumptionSeen, error) {
	seen := assumptionSeen{Assumption: e.assumption}
	members := maps.Clone(p.base)
	shown, ok := e.edit(members, p.before)
	if !ok {
		seen.Verdict, seen.Seen = verdictNotTried, "the credit lacks a value that it needs"
		return seen, nil
	}
	body, err := jsonline.Encode(members)
	if err != nil {
		return seen, err
	}
	p.touched = p.touchedMembers(members)
	o, err := p.send(ctx, body)
	if err != nil {
		return seen, err
	}
	o.sent = members
	if o.isRefused() {
		p.touched = nil
	}
	if o.after, err = p.read(ctx); err != nil {
		return seen, err
	}
	o.changed = p.changedMembers(o.after)
	seen.Verdict, seen.Seen = verdictFails, o.describe(shown)
	if e.holds(o, shown) {
		seen.Verdict = verdictHolds
	}
	return seen, nil
}

// touchedMembers returns the members in which a body differs from that of the library.
func (p *prober) touchedMembers(body map[string]json.RawMessage) (names []string) {
	all := maps.Clone(p.base)
	maps.Copy(all, body)
	for _, name := range sortedNames(all) {
		if !isSameJSON(body[name], p.base[name]) {
			names = append(names, name)
		}
	}
	return names
}

func (p *prober) read(ctx context.Context) (map[string]json.RawMessage, error) {
	record, err := p.usual.(credit.Reader).Read(ctx, p.ref)
	if err != nil {
		return nil, err
	}
	return decodeMembers(record.Raw)
}

// stamps lists members that the vendor changes with each write.
var stamps = map[string][]string{
	"knox":              {"sys_last_modified_at", "sys_last_modified_by_id", "sys_version"},
	"thoughtindustries": {"updatedAt"},
	"nexudus":           {"UpdatedOn", "UpdatedBy", "ToStringText"},
	"flexprice":         {"updated_at", "updated_by"},
}

// changedMembers returns the names of the members that differ from those before the
// first write.
func (p *prober) changedMembers(now map[string]json.RawMessage) (names []string) {
	all := maps.Clone(p.before)
	maps.Copy(all, now)
	for _, name := range sortedNames(all) {
		if !slices.Contains(stamps[p.vendor], name) && !isSameJSON(p.before[name], now[name]) {
			names = append(names, name)
		}
	}
	return names
}

// isSameJSON compares values; a missing one equals only a missing one. The order of an
// object's members and the form of a number do not count: vendors may store them in
// their own.
func isSameJSON(a, b json.RawMessage) bool {
	x, errX := decodeAny(a)
	y, errY := decodeAny(b)
	if errX != nil || errY != nil {
		return a == nil && b == nil
	}
	return isSameValue(x, y)
}

func decodeAny(value json.RawMessage) (v any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	err = decoder.Decode(&v)
	return v, err
}

func isSameValue(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, isSameValue)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, isSameValue)
	case json.Number:
		y, ok := b.(json.Number)
		d, errD := credit.ParseDecimal(x.String())
		e, errE := credit.ParseDecimal(y.String())
		return ok && errD == nil && errE == nil && d.Equal(e)
	}
	return a == b // a text, a boolean or null
}

// A restoreError says that the credit is not as it was, or may not be.
type restoreError struct {
	members []string // that differ, as far as it is known
	err     error
}

func (e *restoreError) Error() string { return e.err.Error() }

func (e *restoreError) Unwrap() error { return e.err }

// restore puts the credit back with one write, if it differs, and reads it again. It
// returns a restoreError unless the credit is as it was before the first write.
func (p *prober) restore(ctx context.Context) *restoreError {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), restoreTimeout)
	defer cancel()
	touched := p.touched
	p.touched = nil
	now, err := p.read(ctx)
	if err != nil {
		return &restoreError{touched, fmt.Errorf("the credit cannot be read: %w", err)}
	}
	changed := p.changedMembers(now)
	replaces := p.usual.Support().ReplacesRecord
	for _, name := range touched {
		if (replaces || slices.Contains(restorable, name)) && !slices.Contains(changed, name) {
			changed = append(changed, name)
		}
	}
	if len(changed) == 0 {
		return nil
	}
	body, err := p.restoringBody(changed)
	if err != nil {
		return &restoreError{changed, err}
	}
	p.wire.body = body
	_, writeErr := p.usual.Update(ctx, p.ref, p.patch)
	p.wire.body = nil
	if now, err = p.read(ctx); err != nil {
		return &restoreError{changed, fmt.Errorf("the restored credit cannot be read: %w", errors.Join(err, writeErr))}
	}
	if changed = p.changedMembers(now); len(changed) > 0 {
		return &restoreError{changed, errors.Join(fmt.Errorf("%s differ", strings.Join(changed, ", ")), writeErr)}
	}
	return nil
}

// restorable lists the members that a write puts back where it does not replace the record.
var restorable = []string{"name", "currentBalance", "expiresOn", "end_date", "metadata", "priority", "access_schedule"}

// restoringBody returns the body of the write that puts the members back. Where a write
// replaces the record, it is the whole record.
func (p *prober) restoringBody(changed []string) ([]byte, error) {
	body := maps.Clone(p.base)
	if p.usual.Support().ReplacesRecord {
		return jsonline.Encode(body)
	}
	for _, name := range changed {
		value := p.before[name]
		switch {
		case name == "access_schedule":
			value = restoringSchedule(value)
		case value == nil && name == "priority":
			value = json.RawMessage("null")
		case value == nil && name == "metadata":
			value = json.RawMessage("{}")
		}
		if value == nil || !slices.Contains(restorable, name) {
			return nil, fmt.Errorf("%s cannot be put back with a write", name)
		}
		body[name] = value
	}
	return jsonline.Encode(body)
}

// restoringSchedule returns the change of a metronome schedule that gives each item its
// values.
func restoringSchedule(schedule json.RawMessage) json.RawMessage {
	var was struct {
		Items []map[string]json.RawMessage `json:"schedule_items"`
	}
	if json.Unmarshal(schedule, &was) != nil {
		return nil
	}
	change, _ := jsonline.Encode(map[string]any{"update_schedule_items": was.Items}) // of valid JSON
	return change
}

// A probeTransport replaces the body of writes, and keeps the last response.
type probeTransport struct {
	next http.RoundTripper
	body []byte // of writes; nil to send that of the library

	status      int // of the last response to a write with a replaced body, or to a read
	contentType string
	answer      []byte
}

// RoundTrip sends the request, with the replaced body if it is a write.
func (t *probeTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	op, _ := credit.OperationFrom(req.Context())
	isProbe := t.body != nil && op.Write
	if isProbe {
		if req.Body != nil {
			_ = req.Body.Close() // required of a RoundTripper
		}
		body := t.body
		req = req.Clone(req.Context())
		req.ContentLength = int64(len(body))
		req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
		req.Body, _ = req.GetBody()
	}
	resp, err := t.next.RoundTrip(req)
	if err != nil || t.body != nil && !isProbe { // the read before a probed write
		return resp, err
	}
	answer, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(answer))
	t.status, t.contentType, t.answer = resp.StatusCode, resp.Header.Get("Content-Type"), answer
	return resp, nil
}
