package credittest

import (
	"context"
	"encoding/json"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"

	"github.com/creditkit/creditkit/credit"
)

// A Fake is an Updater, a Reader and a Finder that keeps its credits in memory, for the tests of a
// program that changes credits. It refuses what its Support does not allow, as every
// Updater does, and stores times in UTC. It is safe for concurrent use.
type Fake struct {
	updater credit.Updater
	support credit.Support

	mu      sync.Mutex
	records map[string]credit.Record
	calls   []Call
	planned []plannedResult
	stored  map[string]storedResult // by idempotency key
	keys    int
}

var (
	_ credit.Updater = (*Fake)(nil)
	_ credit.Reader  = (*Fake)(nil)
	_ credit.Finder  = (*Fake)(nil)
)

// A Call is an update that reached a [Fake]: one whose arguments are valid.
type Call struct {
	Ref     credit.Ref
	Patch   credit.Patch
	DryRun  bool
	Applied bool // the credit was changed
	// IdempotencyKey is the key of the write: the caller's, or one that the Fake
	// made.
	IdempotencyKey string
	Err            error
	// Request is the write, nil if the credit does not exist, cannot be read, or is
	// not as expected.
	Request *credit.Request
}

// plannedResult is the planned result of a call, see Fail.
type plannedResult struct {
	err     error
	applied bool
}

// storedResult is the first change with an idempotency key.
type storedResult struct {
	body   string
	result credit.Result
}

const fakeVendor = "fake"

// NewFake returns a Fake of a vendor with the given support and records. To replace a
// vendor's Updater, use its Support: client.Updater().Support(). A record should have only
// fields that the support lists: [credit.WithExpect] refuses others.
func NewFake(support credit.Support, records ...credit.Record) *Fake {
	f := &Fake{records: map[string]credit.Record{}, stored: map[string]storedResult{}}
	f.updater = credit.NewUpdater(fakeDriver{f, support})
	f.support = f.updater.Support()
	for _, record := range records {
		f.records[record.ID] = applyPatch(record, credit.Patch{})
	}
	return f
}

// Support implements [credit.Updater].
func (f *Fake) Support() credit.Support { return f.updater.Support() }

// Update implements [credit.Updater].
func (f *Fake) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	return f.updater.Update(ctx, ref, patch, opts...)
}

// Read implements [credit.Reader]. The record's Raw can be passed to
// [credit.WithRecord].
func (f *Fake) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	return f.updater.(credit.Reader).Read(ctx, ref)
}

// Find implements [credit.Finder]. It compares the query with the Owner of the records
// that NewFake was given, and returns them in the order of their ids.
func (f *Fake) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return f.updater.(credit.Finder).Find(ctx, q)
}

// Calls returns the updates in order.
func (f *Fake) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.calls)
}

// Fail makes an update return err: the next one, or the one after those of earlier calls
// of Fail. The credit is changed only if the outcome of err is [credit.Applied].
func (f *Fake) Fail(err error) { f.planResult(err, credit.OutcomeOf(err) == credit.Applied) }

// FailAfter is Fail for an update that changes the credit. With an error whose outcome is
// [credit.Unknown] it is a change whose response is lost.
func (f *Fake) FailAfter(err error) { f.planResult(err, true) }

func (f *Fake) planResult(err error, made bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.planned = append(f.planned, plannedResult{err, made})
}

// fakeDriver is the Driver of a Fake.
type fakeDriver struct {
	*Fake
	declared credit.Support
}

func (fakeDriver) Vendor() string { return fakeVendor }

func (d fakeDriver) Support() credit.Support { return d.declared }

func (d fakeDriver) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	if err := contextError(ctx, "Read"); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.loadRecord("Read", ref)
}

func (d fakeDriver) Find(ctx context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		if err := contextError(ctx, "Find"); err != nil {
			yield(nil, err)
			return
		}
		for _, record := range d.ownedBy(q.Owner) {
			if !yield(record, nil) {
				return
			}
		}
	}
}

// ownedBy returns the credits of an owner, or all if owner is empty. The Owner of a
// record that a Ref must not have is not shown.
func (f *Fake) ownedBy(owner string) []*credit.Record {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []*credit.Record
	for _, id := range slices.Sorted(maps.Keys(f.records)) {
		if record := f.records[id]; owner == "" || record.Owner == owner {
			if f.support.Owner == credit.OwnerUnsupported {
				record.Owner = ""
			}
			found = append(found, f.recordView(record))
		}
	}
	return found
}

func (d fakeDriver) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if err := contextError(ctx, "Update"); err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := Call{Ref: ref, Patch: patch, DryRun: cfg.DryRun}
	result, err := d.apply(&c, cfg)
	c.Err = err
	d.calls = append(d.calls, c)
	return result, err
}

// apply makes one update. The lock is held.
func (f *Fake) apply(c *Call, cfg credit.CallConfig) (*credit.Result, error) {
	before, err := f.loadRecord("Update", c.Ref)
	if err == nil && cfg.Record != nil {
		before, err = f.parseRecord(c.Ref, cfg.Record)
	}
	if err != nil {
		return nil, err
	}
	if err := cfg.CheckExpect(fakeVendor, before); err != nil {
		return nil, err
	}
	c.Request = f.newRequest(*before, c.Patch)
	result := &credit.Result{Before: before, DryRun: cfg.DryRun, Request: c.Request, IdempotencyKey: cfg.IdempotencyKey}
	if cfg.DryRun {
		return result, nil
	}
	result.Attempts = 1
	if f.support.IdempotencyKeys && cfg.IdempotencyKey == "" {
		f.keys++
		result.IdempotencyKey = "fake-key-" + strconv.Itoa(f.keys)
	}
	c.IdempotencyKey = result.IdempotencyKey
	if cfg.Info != nil {
		*cfg.Info = credit.CallInfo{Attempts: 1, IdempotencyKey: result.IdempotencyKey, Before: before}
	}
	p := plannedResult{applied: true}
	if len(f.planned) > 0 {
		p, f.planned = f.planned[0], f.planned[1:]
	}
	if p.applied {
		if err := f.applyChange(c, result); err != nil {
			return nil, err
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	return result, nil
}

// applyChange changes the credit, once for each idempotency key.
func (f *Fake) applyChange(c *Call, result *credit.Result) error {
	if first, found := f.stored[result.IdempotencyKey]; found {
		if first.body != string(c.Request.Body) {
			return &credit.Error{
				Vendor: fakeVendor, Op: "Update", Kind: credit.ErrConflict, Outcome: credit.Rejected, Attempts: 1,
				IdempotencyKey: result.IdempotencyKey, Message: "the key was used for another change",
			}
		}
		*result = first.result
		return nil
	}
	after := applyPatch(*result.Before, c.Patch)
	f.records[c.Ref.ID] = after
	c.Applied = true
	result.After = f.recordView(after)
	result.Raw = result.After.Raw
	if result.IdempotencyKey != "" {
		f.stored[result.IdempotencyKey] = storedResult{string(c.Request.Body), *result}
	}
	return nil
}

// loadRecord returns a credit.
func (f *Fake) loadRecord(op string, ref credit.Ref) (*credit.Record, error) {
	record, found := f.records[ref.ID]
	if !found || f.support.Owner == credit.OwnerRequired && record.Owner != ref.Owner {
		return nil, &credit.Error{
			Vendor: fakeVendor, Op: op, Kind: credit.ErrNotFound, Outcome: credit.NotSent,
			Message: "the credit does not exist",
		}
	}
	return f.recordView(record), nil
}

// contextError returns an error if ctx has ended.
func contextError(ctx context.Context, op string) error {
	if err := ctx.Err(); err != nil {
		return &credit.Error{Vendor: fakeVendor, Op: op, Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Err: err}
	}
	return nil
}

// newRequest returns the write of a change: with the whole record if writes replace it, else
// with the fields of the patch.
func (f *Fake) newRequest(before credit.Record, patch credit.Patch) *credit.Request {
	members := recordJSON(applyPatch(credit.Record{}, patch))
	if f.support.ReplacesRecord {
		members = recordJSON(applyPatch(before, patch))
	}
	return &credit.Request{Method: http.MethodPut, Path: "/credits/" + url.PathEscape(before.ID), Body: members.json()}
}

// recordView returns a record as the Fake shows it: fields that its vendor has and that
// were never set are empty.
func (f *Fake) recordView(r credit.Record) *credit.Record {
	r = applyPatch(r, credit.Patch{})
	values := valuesOf(&r)
	for _, field := range credit.Fields() {
		if op := values.Op(field); op.IsZero() && f.support.CanRead(field) {
			op.Clear()
		}
	}
	r.Raw = recordJSON(r).json()
	return &r
}

// parseRecord reads the record that a caller passed with WithRecord.
func (f *Fake) parseRecord(ref credit.Ref, doc []byte) (*credit.Record, error) {
	members, err := parse(doc)
	if err != nil || members.text("id") != ref.ID {
		return nil, &credit.MalformedReadError{Vendor: fakeVendor, ID: ref.ID, Reason: "is another one, or none"}
	}
	r := credit.Record{ID: ref.ID, Owner: members.text("owner")}
	values := valuesOf(&r)
	for _, field := range credit.Fields() {
		if members.has(string(field)) && !decodeOp(members[string(field)], values.Op(field)) {
			return nil, &credit.MalformedReadError{Vendor: fakeVendor, ID: ref.ID, Reason: "has no readable " + string(field)}
		}
	}
	return f.recordView(r), nil
}

// valuesOf returns the fields of a record as those of a patch.
func valuesOf(r *credit.Record) *credit.Patch { return (*credit.Patch)(&r.Values) }

// applyPatch returns a record with a patch laid over it. It shares no map with either.
func applyPatch(r credit.Record, p credit.Patch) credit.Record {
	values := valuesOf(&r)
	for field, op := range p.All() {
		values.Op(field).Copy(op)
	}
	if entries, ok := r.Metadata.Get(); ok {
		r.Metadata = credit.Set(maps.Clone(entries))
	}
	return r
}

// recordJSON returns a record as a JSON object with the names of the fields. Empty
// fields are null.
func recordJSON(r credit.Record) object {
	members := object{}
	if r.ID != "" {
		members["id"] = encode(r.ID)
	}
	if r.Owner != "" {
		members["owner"] = encode(r.Owner)
	}
	for field, op := range valuesOf(&r).All() {
		members[string(field)] = encodeOp(op)
	}
	return members
}

func encodeOp(op credit.FieldOp) json.RawMessage {
	switch {
	case op.Text != nil:
		return encodeOpt(*op.Text)
	case op.Amount != nil:
		return encodeOpt(*op.Amount)
	case op.Time != nil:
		return encodeOpt(*op.Time)
	}
	return encodeOpt(*op.Entries)
}

func encodeOpt[T any](o credit.Opt[T]) json.RawMessage {
	if v, ok := o.Get(); ok {
		return encode(v)
	}
	return json.RawMessage("null")
}

// decodeOp sets a field to a JSON value, and reports whether it has the field's
// type.
func decodeOp(raw json.RawMessage, op credit.FieldOp) bool {
	switch {
	case op.Text != nil:
		return decodeOpt(raw, op.Text)
	case op.Amount != nil:
		return decodeOpt(raw, op.Amount)
	case op.Time != nil:
		return decodeOpt(raw, op.Time)
	}
	return decodeOpt(raw, op.Entries)
}

func decodeOpt[T any](raw json.RawMessage, o *credit.Opt[T]) bool {
	var v T
	if json.Unmarshal(raw, &v) != nil {
		return false
	}
	*o = credit.Set(v)
	return true
}
