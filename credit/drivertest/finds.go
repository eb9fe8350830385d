package drivertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// Lists describes the lists of an Updater that is a Finder.
type Lists struct {
	// Owner is the owner of the Harness's Ref, for a Query. It has no other credit.
	// Other is an owner without credits.
	Owner, Other string
	// Plant returns a credit in the vendor's JSON, for the Backend's Seed, and the Ref
	// that the Finder must give it. Its id differs for each i, and from that of the
	// Harness's Ref.
	Plant func(owner string, i int) (credit.Ref, json.RawMessage)
	// PageSize is the number of credits on a page that is not the last. It is 0 if the
	// vendor shows a list in one response.
	PageSize int
	// Endless is a page that holds a credit of Owner and says that another page
	// follows, always the same one. It is not used if PageSize is 0.
	Endless string
}

// findCases test a Finder.
func (s *suite) findCases() []testCase {
	cases := []testCase{
		{name: "find: all credits of an owner and none of another", run: func(k *check) { k.testFind() }},
		{name: "find: an invalid query is refused", run: func(k *check) { k.testInvalidQueries() }},
		{name: "find: a loop that ends stops the requests", run: func(k *check) { k.testBreak() }},
		{name: "find: a context that ends during the loop is an error", run: func(k *check) { k.testFindCanceled() }},
		{name: "find: a page that fails is an error after the rows before it", run: func(k *check) { k.testFailingPage() }},
		{name: "find: a list that repeats a page is an error", run: func(k *check) { k.testEndlessList() }},
	}
	lists := s.harness.Lists
	for i := range cases {
		switch {
		case !s.finder:
			cases[i].skip = "the Updater is not a Finder"
		case !s.otherWriters:
			cases[i].skip = "the Backend cannot store other credits"
		case lists == nil:
			cases[i].skip = "the harness has no Lists"
		}
	}
	if last := &cases[len(cases)-1]; last.skip == "" && lists.PageSize == 0 {
		last.skip = "the vendor shows lists in one response"
	}
	return cases
}

// found is what a Find yielded.
type found struct {
	records  []*credit.Record
	errs     []error
	requests int
}

// find runs a Find until visit returns false, if it is not nil. It ends a loop that sends
// too many requests.
func (k *check) find(ctx context.Context, q credit.Query, visit func(*credit.Record) bool) found {
	var f found
	earlier := len(k.h.Backend.Requests())
	for record, err := range k.h.Updater.(credit.Finder).Find(ctx, q) {
		switch {
		case err != nil && record != nil, err == nil && record == nil:
			k.errorf("a pair is %v and %v, want a record or an error", record, err)
		case err != nil:
			k.checkNoSecrets(err)
			f.errs = append(f.errs, err)
		default:
			f.records = append(f.records, record)
		}
		f.requests = len(k.h.Backend.Requests()) - earlier
		if f.requests >= manyAttempts {
			k.errorf("%d requests were sent, want fewer than %d", f.requests, manyAttempts)
			break
		}
		if record != nil && visit != nil && !visit(record) {
			break
		}
	}
	f.requests = len(k.h.Backend.Requests()) - earlier
	if len(f.errs) > 1 {
		k.errorf("%d errors came, want the sequence to end after the first: %v", len(f.errs), errors.Join(f.errs...))
	}
	return f
}

// plant stores n credits of an owner.
func (k *check) plant(owner string, n int) []credit.Ref {
	var refs []credit.Ref
	for i := range n {
		if owner == k.h.Lists.Other {
			i += 1000
		}
		ref, record := k.h.Lists.Plant(owner, i)
		if err := k.h.Backend.(writableBackend).Seed(record); err != nil {
			k.fatalf("the Backend does not store the credit %s: %v", record, err)
		}
		refs = append(refs, ref)
	}
	return refs
}

// plantPages stores credits so that the list of Owner has three pages, and returns all
// credits of Owner.
func (k *check) plantPages() []credit.Ref {
	return append(k.plant(k.h.Lists.Owner, max(2*k.h.Lists.PageSize, 2)), k.h.Ref)
}

func (k *check) testFind() {
	lists := k.h.Lists
	own := k.plantPages()
	other := k.plant(lists.Other, 2)
	k.checkFound(lists.Owner, own)
	k.checkFound(lists.Other, other)
	if k.support.FindsAll {
		k.checkFound("", append(own, other...))
	}
}

// checkFound checks that Find of an owner yields each of want once and nothing else, and
// that a record shows what Read shows.
func (k *check) checkFound(owner string, want []credit.Ref) {
	f := k.find(k.ctx, credit.Query{Owner: owner}, nil)
	for _, err := range f.errs {
		k.errorf("finding the credits of %q: %v", owner, err)
	}
	got := map[credit.Ref]int{}
	for _, record := range f.records {
		ref := credit.Ref{ID: record.ID, Owner: record.Owner}
		if got[ref]++; got[ref] == 1 && slices.Contains(want, ref) {
			k.checkRow(ref, record)
		}
	}
	for _, ref := range want {
		if got[ref] != 1 {
			k.errorf("the credit %v of %q was found %d times, want once", ref, owner, got[ref])
		}
		delete(got, ref)
	}
	if len(got) > 0 {
		k.errorf("the list of %q has other credits: %v", owner, got)
	}
}

// checkRow compares a found record with the same credit as Read shows it. A row may show
// fewer fields, but must show one.
func (k *check) checkRow(ref credit.Ref, row *credit.Record) {
	reader, ok := k.h.Updater.(credit.Reader)
	if !ok {
		return
	}
	record, err := reader.Read(k.ctx, ref)
	if err != nil {
		k.errorf("the credit %v was found and cannot be read: %v", ref, err)
		return
	}
	shown := 0
	want := (*credit.Patch)(&record.Values)
	for field, op := range (*credit.Patch)(&row.Values).All() {
		shown++
		if !op.Equal(want.Op(field)) {
			k.errorf("the row of %v shows %s as %s, and Read as %s", ref, field, op, want.Op(field))
		}
	}
	if shown == 0 {
		k.errorf("the row of %v shows no field", ref)
	}
}

func (k *check) testInvalidQueries() {
	queries := map[string]credit.Query{
		"an owner with a control character": {Owner: k.h.Lists.Owner + "\n"},
		"an owner that is not UTF-8":        {Owner: k.h.Lists.Owner + "\xff"},
		"an owner of dots":                  {Owner: ".."},
	}
	if !k.support.FindsAll {
		queries["no owner"] = credit.Query{}
	}
	for name, q := range queries {
		k.checkQueryRefused(name, k.find(k.ctx, q, nil))
	}
	k.checkQueryRefused("a nil context", k.find(nil, credit.Query{Owner: k.h.Lists.Owner}, nil)) //nolint:staticcheck // the rule under test
}

func (k *check) checkQueryRefused(name string, f found) {
	if len(f.errs) == 0 || len(f.records) > 0 || f.requests > 0 {
		k.errorf("%s: %d records and %d requests, want an error alone", name, len(f.records), f.requests)
		return
	}
	if e, ok := errors.AsType[*credit.InvalidError](f.errs[0]); !ok || e.Vendor != k.vendor {
		k.errorf("%s: the error is a %T, not an InvalidError of the vendor: %v", name, f.errs[0], f.errs[0])
	}
}

func (k *check) testBreak() {
	k.plantPages()
	f := k.find(k.ctx, credit.Query{Owner: k.h.Lists.Owner}, func(*credit.Record) bool { return false })
	if len(f.records) != 1 || len(f.errs) > 0 || f.requests != 1 {
		k.errorf("%d records, %d errors and %d requests, want one record and one request", len(f.records), len(f.errs), f.requests)
	}
}

func (k *check) testFindCanceled() {
	k.plantPages()
	ctx, cancel := context.WithCancel(k.ctx)
	defer cancel()
	f := k.find(ctx, credit.Query{Owner: k.h.Lists.Owner}, func(*credit.Record) bool { cancel(); return true })
	if len(f.records) != 1 || len(f.errs) != 1 || f.requests != 1 || !errors.Is(errors.Join(f.errs...), context.Canceled) {
		k.errorf("%d records, %d requests and the errors %v, want one record, one request and the context's error", len(f.records), f.requests, f.errs)
	}
}

func (k *check) testFailingPage() {
	all := k.plantPages()
	before := k.h.Lists.PageSize
	var faults []credittest.Fault
	if before > 0 {
		faults = append(faults, credittest.Slow(0).OnRead()) // the first page comes
	}
	k.queue(append(faults, repeatFault(credittest.Respond(403, `{"message":"no"}`).OnRead())...)...)
	f := k.find(k.ctx, credit.Query{Owner: k.h.Lists.Owner}, nil)
	if len(f.records) != before || len(f.errs) != 1 {
		k.fatalf("%d of %d records and %d errors came, want %d records and then one error", len(f.records), len(all), len(f.errs), before)
	}
	if !errors.Is(f.errs[0], credit.ErrForbidden) || credit.OutcomeOf(f.errs[0]) != credit.NotSent {
		k.errorf("the error is not that of the page, or says that a change was sent: %v", f.errs[0])
	}
}

func (k *check) testEndlessList() {
	k.queue(repeatFault(credittest.Respond(200, k.h.Lists.Endless).OnRead())...)
	f := k.find(k.ctx, credit.Query{Owner: k.h.Lists.Owner}, nil)
	if len(f.records) == 0 {
		k.fatalf("the harness's Endless page has no record: %v", f.errs)
	}
	if len(f.errs) != 1 || !errors.Is(f.errs[0], credit.ErrMalformed) {
		k.errorf("the errors are %v, want one of kind %q", fmt.Sprint(f.errs), credit.ErrMalformed)
	}
}
