package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/creditkit/creditkit/credit"
)

// sixth is a Driver of a vendor that this module does not know, made of the
// standard library and package credit. flaw names what is wrong with it.
type sixth struct {
	base, token string
	http        *http.Client
	replaces    bool // its writes replace records; otherwise they change what they name
	flaw        string
	keys        atomic.Int64
	once        sync.Once
	turn        chan bool // one update of a record at a time
	cached      object    // of the first read
}

const sixthVendor = "sixth"

func newSixth(base, token string, transport http.RoundTripper, replaces bool, flaw string) credit.Updater {
	d := &sixth{base: base, token: token, replaces: replaces, flaw: flaw, http: &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	if d.has("follows redirects") {
		d.http.CheckRedirect = nil
	}
	if d.has("does not validate the patch") {
		return unchecked{d}
	}
	return credit.NewUpdater(d)
}

func (d *sixth) has(flaw string) bool { return d.flaw == flaw }

// unchecked is an Updater that does without the shared refusals.
type unchecked struct{ *sixth }

func (u unchecked) Update(ctx context.Context, ref credit.Ref, patch credit.Patch, opts ...credit.CallOption) (*credit.Result, error) {
	cfg, err := credit.NewCallConfig(sixthVendor, opts...)
	if err != nil {
		return nil, err
	}
	result, err := u.Apply(ctx, ref, patch, cfg)
	if err == nil {
		result.Vendor, result.ID = sixthVendor, ref.ID
	}
	return result, err
}

func (d *sixth) Vendor() string { return sixthVendor }

func (d *sixth) Support() credit.Support {
	return credit.Support{
		Fields: map[credit.Field]credit.Ability{
			credit.FieldName:  {Set: true},
			credit.FieldNote:  {Set: true, Clear: true},
			credit.FieldTotal: {Set: true, NotIdempotent: !d.has("reports a non-idempotent edit as repeatable")},
		},
		ReplacesRecord:  d.replaces,
		IdempotencyKeys: !d.replaces,
	}
}

func (d *sixth) Read(ctx context.Context, ref credit.Ref) (*credit.Record, error) {
	doc, err := d.load(ctx, ref)
	if err != nil {
		return nil, err
	}
	if d.has("reads from a cache that is never renewed") {
		if d.cached == nil {
			d.cached = doc
		}
		doc = d.cached
	}
	return d.recordFrom(ref, doc), nil
}

func (d *sixth) Apply(ctx context.Context, ref credit.Ref, patch credit.Patch, cfg credit.CallConfig) (*credit.Result, error) {
	if d.replaces && !d.has("lets updates overlap") {
		d.once.Do(func() { d.turn = make(chan bool, 1) }) // in the bubble that waits for it
		d.turn <- true
		defer func() { <-d.turn }()
	}
	var doc object
	var err error
	out := &credit.Result{IdempotencyKey: cfg.IdempotencyKey}
	if total, ok := patch.Total.Get(); ok && total.Sign() < 0 && !d.has("validates after writing") {
		return nil, &credit.InvalidError{Vendor: sixthVendor, Field: string(credit.FieldTotal), Reason: "is below 0"}
	}
	if cfg.Record != nil {
		doc, err = d.checkCredit(ref, cfg.Record)
	} else if d.replaces || cfg.DryRun || cfg.ReadsFirst() && !d.has("ignores WithBefore") || d.has("validates after writing") {
		doc, err = d.load(ctx, ref)
	}
	if err != nil {
		return nil, err
	}
	if total, ok := patch.Total.Get(); ok && total.Sign() < 0 {
		return nil, &credit.InvalidError{Vendor: sixthVendor, Field: string(credit.FieldTotal), Reason: "is below 0"}
	}
	if d.has("ignores WithExpect") {
		cfg.Expect = nil
	}
	if doc != nil {
		out.Before = d.recordFrom(ref, doc)
		if err := cfg.CheckExpect(sixthVendor, out.Before); err != nil && !(cfg.DryRun && d.has("ignores WithExpect in a dry run")) {
			return nil, err
		}
	}
	body := d.overlay(doc, patch).json()
	method := http.MethodPatch
	if d.replaces {
		method = http.MethodPut
	}
	out.Request = &credit.Request{Method: method, Path: "/credits/" + url.PathEscape(ref.ID), Body: body}
	if out.DryRun = cfg.DryRun; out.DryRun && !d.has("writes in a dry run") {
		return out, nil
	}
	if !d.replaces && out.IdempotencyKey == "" {
		out.IdempotencyKey = "key-" + strconv.FormatInt(d.keys.Add(1), 10)
	}
	w := exchange{op: "Update", method: method, id: ref.ID, body: body, key: out.IdempotencyKey, callersKey: cfg.IdempotencyKey != ""}
	if d.replaces && !d.has("retries without reading again") || cfg.Expect != nil && !d.has("compares before the first attempt only") {
		w.always = cfg.Expect != nil && !d.has("compares after an unknown outcome only")
		w.recheck = func() (made bool, err error) { return d.recheck(ctx, ref, patch, cfg, out, &w) }
	}
	w.repeats = patch.Total.IsZero() && !d.has("never retries an idempotent edit") || d.has("retries a non-idempotent edit")
	response, err := d.send(ctx, &w)
	if err == nil && d.has("writes twice") {
		response, err = d.send(ctx, &w)
	}
	out.Attempts = w.attempts
	if cfg.Info != nil {
		*cfg.Info = credit.CallInfo{Attempts: out.Attempts, IdempotencyKey: out.IdempotencyKey, Before: out.Before}
		if err != nil && d.has("loses the record after an error") {
			cfg.Info.Before = nil
		}
	}
	if err != nil {
		return nil, err
	}
	out.Request.Body = w.body
	if response == nil { // the record shows the change
		return out, nil
	}
	after, err := d.checkCredit(ref, response)
	if err != nil {
		return nil, d.fail(&w, credit.ErrMalformed, d.unreadable(), nil)
	}
	if out.Raw = response; !d.has("drops a field") && !d.has("clears on set") { // the shared Updater would find it
		out.After = d.recordFrom(ref, after)
	}
	switch {
	case d.has("returns the new record as Before"):
		out.Before = d.recordFrom(ref, after)
	case d.has("returns Before without a field"):
		out.Before.Note = credit.Opt[string]{}
	}
	return out, nil
}

// unreadable returns the outcome of a success that cannot be read.
func (d *sixth) unreadable() credit.Outcome {
	switch {
	case d.has("reports an unreadable success as Rejected"):
		return credit.NotSent
	case d.has("reports any response as success"):
		return credit.Applied
	}
	return credit.Unknown
}

// recheck reads the record before a write of it is repeated.
func (d *sixth) recheck(ctx context.Context, ref credit.Ref, p credit.Patch, cfg credit.CallConfig, out *credit.Result, w *exchange) (made bool, err error) {
	outcome := credit.Rejected
	if w.unknown {
		outcome = credit.Unknown
	}
	doc, err := d.load(ctx, ref)
	if err != nil && d.has("repeats without a second read") {
		return false, nil
	}
	if err != nil {
		return false, d.fail(w, credit.ErrUnavailable, outcome, err)
	}
	now := d.recordFrom(ref, doc)
	if w.unknown {
		switch verdict, fields := p.Compare(out.Before, now); verdict {
		case credit.AsAsked:
			out.After = now
			return true, nil
		case credit.Neither:
			return false, &credit.ChangedError{Vendor: sixthVendor, ID: ref.ID, Fields: fields, Now: now, Err: d.fail(w, credit.ErrUnavailable, outcome, nil)}
		}
	}
	if err := cfg.CheckExpect(sixthVendor, now); err != nil {
		changed, _ := errors.AsType[*credit.ChangedError](err)
		changed.Err = d.fail(w, credit.ErrUnavailable, outcome, nil)
		return false, changed
	}
	if out.Before = now; d.replaces {
		w.body = d.overlay(doc, p).json()
	}
	return false, nil
}

// overlay is what is written.
func (d *sixth) overlay(doc object, p credit.Patch) object {
	body := object{}
	if d.replaces {
		body = doc.with(nil)
	}
	if d.has("loses unknown members") {
		body = object{"id": doc["id"], "label": doc["label"], "memo": doc["memo"], "amount": doc["amount"]}
	}
	if name, ok := p.Name.Get(); ok {
		body["label"] = encode(name)
	}
	if note, ok := p.Note.Get(); ok && !d.has("drops a field") {
		body["memo"] = encode(note)
	}
	if p.Note.IsClear() || d.has("sends null for an untouched field") && p.Note.IsZero() || d.has("clears on set") && !p.Note.IsZero() {
		body["memo"] = json.RawMessage("null")
	}
	if total, ok := p.Total.Get(); ok {
		body["amount"] = encode(total)
	}
	if d.has("rounds an unchanged field") && p.Total.IsZero() {
		amount, _ := strconv.ParseFloat(string(doc["amount"]), 64)
		body["amount"] = encode(amount)
	}
	return body
}

func (d *sixth) load(ctx context.Context, ref credit.Ref) (object, error) {
	response, err := d.send(ctx, &exchange{op: "Read", method: http.MethodGet, id: ref.ID, repeats: true})
	if err != nil {
		return nil, err
	}
	doc, err := d.checkCredit(ref, response)
	if err != nil && d.has("writes after a malformed read") {
		return object{"id": encode(ref.ID), "amount": encode(0)}, nil
	}
	return doc, err
}

func (d *sixth) checkCredit(ref credit.Ref, response []byte) (object, error) {
	doc, err := parseObject(response)
	if err != nil || doc.text("id") != ref.ID || !doc.has("amount") {
		return nil, &credit.MalformedReadError{Vendor: sixthVendor, ID: ref.ID, Reason: "is another one, or none"}
	}
	return doc, nil
}

func (d *sixth) recordFrom(ref credit.Ref, doc object) *credit.Record {
	r := &credit.Record{ID: ref.ID, Values: credit.Values{Name: credit.Set(doc.text("label")), Note: credit.Set(doc.text("memo"))}, Raw: doc.json()}
	if d.has("returns a field that Support does not list") {
		r.Balance = credit.Set(credit.NewDecimal(1))
	}
	if amount, ok := doc.amount("amount"); ok {
		r.Total = credit.Set(amount)
	}
	return r
}

func (o object) text(name string) string {
	var s string
	_ = json.Unmarshal(o[name], &s) // another type is ""
	return s
}

func (o object) amount(name string) (d credit.Decimal, ok bool) {
	d, err := credit.ParseDecimal(string(o[name]))
	return d, err == nil
}

func (o object) has(name string) bool { return o[name] != nil && string(o[name]) != "null" }
