package credit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/creditkit/creditkit/credit"
)

func TestUpdateReturnsDriversResult(t *testing.T) {
	before, after := &credit.Record{Values: credit.Values{Name: credit.Set("old")}}, &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}
	d := answering(&credit.Result{
		Vendor: "another", ID: "another", Attempts: 2, RequestID: "r-1", IdempotencyKey: "k", Before: before, After: after,
		Request: &credit.Request{Method: "PUT", Path: "/7", Body: json.RawMessage("{}")}, Raw: json.RawMessage("[]"),
	})
	got, err := credit.NewUpdater(d).Update(t.Context(), seven, gold)
	if err != nil {
		t.Fatal(err)
	}
	if got.Before != before || got.After != after {
		t.Error("the records are others")
	}
	if diff := cmp.Diff([]credit.FieldChange{{Field: "name", Before: `"old"`, After: `"gold"`}}, got.Changes()); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	got.Before, got.After = nil, nil
	want := &credit.Result{
		Vendor: "acme", ID: "7", Attempts: 2, RequestID: "r-1", IdempotencyKey: "k",
		Request: &credit.Request{Method: "PUT", Path: "/7", Body: json.RawMessage("{}")}, Raw: json.RawMessage("[]"),
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(credit.Result{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// The driver may have written, so the change is not to be made again.
func TestDriverWithoutResultOrErrorIsUnknown(t *testing.T) {
	for name, opts := range map[string][]credit.CallOption{"an update": nil, "a dry run": {credit.WithDryRun()}} {
		t.Run(name, func(t *testing.T) {
			result, err := credit.NewUpdater(&stub{support: everything()}).Update(t.Context(), seven, gold, opts...)
			if result != nil || credit.OutcomeOf(err) != credit.Unknown || !errors.Is(err, credit.ErrMalformed) {
				t.Fatalf("got %v, %v", result, err)
			}
			const want = "acme: Update: malformed: the driver returned neither a result nor an error; " +
				"whether the change was made is unknown: read the credit before sending it again"
			if err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func TestDriversErrorIsReturnedWithoutResult(t *testing.T) {
	cause := &credit.Error{Vendor: "acme", Op: "Put", Kind: credit.ErrConflict, Outcome: credit.Rejected}
	d := &stub{support: everything(), answer: func() (*credit.Result, error) { return &credit.Result{}, cause }}
	result, err := credit.NewUpdater(d).Update(t.Context(), seven, gold)
	if result != nil || err != error(cause) {
		t.Errorf("got %v, %v", result, err)
	}
	_, err = credit.NewUpdater(failing(io.ErrUnexpectedEOF)).Update(t.Context(), seven, gold)
	if err != io.ErrUnexpectedEOF || credit.OutcomeOf(err) != credit.Unknown {
		t.Errorf("a foreign error becomes %v, %v", err, credit.OutcomeOf(err))
	}
}

func TestSuccessIsReturnedAfterContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	d := &stub{support: everything(), answer: func() (*credit.Result, error) {
		cancel()
		return &credit.Result{}, nil
	}}
	if result, err := credit.NewUpdater(d).Update(ctx, seven, gold); err != nil || result == nil {
		t.Errorf("got %v, %v", result, err)
	}
}

func TestDryRunReadsAndComparesNothing(t *testing.T) {
	r := &reader{stub: answering(&credit.Result{Before: &credit.Record{Values: credit.Values{Name: credit.Set("old")}}})}
	result, err := credit.NewUpdater(r).Update(t.Context(), seven, gold, credit.WithDryRun())
	if err != nil {
		t.Fatal(err)
	}
	want := []credit.FieldChange{{Field: "name", Before: `"old"`, After: `"gold"`}}
	if diff := cmp.Diff(want, result.Changes()); diff != "" || !result.DryRun || !r.calls[0].cfg.DryRun {
		t.Errorf("dry run %v, changes (-want +got):\n%s", result.DryRun, diff)
	}
	if len(r.reads) > 0 {
		t.Error("the updater read something itself")
	}
}

// A driver that wrote nothing must not pass for one that did.
func TestDriversDryRunIsKept(t *testing.T) {
	result, err := credit.NewUpdater(answering(&credit.Result{DryRun: true})).Update(t.Context(), seven, gold)
	if err != nil || !result.DryRun {
		t.Errorf("got %+v, %v", result, err)
	}
}

func TestMismatchErrorHasResult(t *testing.T) {
	after := &credit.Record{Values: credit.Values{Name: credit.Set("silver")}}
	result, err := credit.NewUpdater(answering(&credit.Result{After: after, RequestID: "r-1"})).Update(t.Context(), seven, gold)
	mismatch, ok := errors.AsType[*credit.MismatchError](err)
	if !ok || result != nil {
		t.Fatalf("got %v, %v", result, err)
	}
	want := []credit.FieldMismatch{{Field: "name", Want: `"gold"`, Got: `"silver"`}}
	if diff := cmp.Diff(want, mismatch.Fields); diff != "" || mismatch.Vendor != "acme" || mismatch.ID != "7" {
		t.Errorf("%+v (-want +got):\n%s", mismatch, diff)
	}
	if got := mismatch.Result; got == nil || got.After != after || got.RequestID != "r-1" || got.Vendor != "acme" || got.ID != "7" || len(got.Changes()) != 1 {
		t.Errorf("the result is %+v", got)
	}
}

// Some reads come from a cache: one that does not show the change is read again
// after a second, and the second reading counts.
func TestVerifyReadsTwiceBeforeMismatch(t *testing.T) {
	silver, golden := &credit.Record{Values: credit.Values{Name: credit.Set("silver")}}, &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}
	for _, test := range []struct {
		name   string
		reads  []*credit.Record // nil fails
		left   time.Duration    // until the context ends
		want   int              // reads
		waited time.Duration
		after  *credit.Record // nil for a mismatch
	}{
		{"shown at once", []*credit.Record{golden}, time.Hour, 1, 0, golden},
		{"shown later", []*credit.Record{silver, golden}, time.Hour, 2, time.Second, golden},
		{"never shown", []*credit.Record{silver, silver, golden}, time.Hour, 2, time.Second, nil},
		{"the second read fails", []*credit.Record{silver, nil}, time.Hour, 2, time.Second, nil},
		{"no time for a second read", []*credit.Record{silver, golden}, 500 * time.Millisecond, 1, 500 * time.Millisecond, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), test.left)
				defer cancel()
				r := &sequenceReader{stub: answering(&credit.Result{}), records: test.reads}
				start := time.Now()
				result, err := credit.NewUpdater(r).Update(ctx, seven, gold, credit.WithVerify())
				if r.reads != test.want || time.Since(start) != test.waited {
					t.Errorf("%d reads in %v, want %d in %v", r.reads, time.Since(start), test.want, test.waited)
				}
				if test.after != nil {
					if err != nil || result.After != test.after {
						t.Errorf("got %v, %v", result, err)
					}
					return
				}
				if mismatch, ok := errors.AsType[*credit.MismatchError](err); !ok || mismatch.Fields[0].Got != `"silver"` {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// A sequenceReader shows one record after the other, and fails where it is nil.
type sequenceReader struct {
	*stub
	records []*credit.Record
	reads   int
}

func (r *sequenceReader) Read(context.Context, credit.Ref) (*credit.Record, error) {
	r.reads++
	if record := r.records[r.reads-1]; record != nil {
		return record, nil
	}
	return nil, io.ErrUnexpectedEOF
}

func TestVerifyReadsBackNotReturnedFields(t *testing.T) {
	for name, result := range map[string]*credit.Result{
		"no record":     {},
		"an old record": {After: &credit.Record{Values: credit.Values{Name: credit.Set("old")}}, NotReturned: []credit.Field{credit.FieldName}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &reader{stub: answering(result), record: &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}}
			got, err := credit.NewUpdater(r).Update(t.Context(), seven, gold, credit.WithVerify())
			if err != nil {
				t.Fatal(err)
			}
			if got.After != r.record || got.NotReturned != nil {
				t.Errorf("the result is %+v", got)
			}
			if diff := cmp.Diff([]credit.Ref{seven}, r.reads); diff != "" {
				t.Errorf("reads (-want +got):\n%s", diff)
			}

			synctest.Test(t, func(t *testing.T) {
				r.record = &credit.Record{Values: credit.Values{Name: credit.Set("silver")}}
				_, err = credit.NewUpdater(r).Update(t.Context(), seven, gold, credit.WithVerify())
				mismatch, ok := errors.AsType[*credit.MismatchError](err)
				if !ok || mismatch.Result.After != r.record || mismatch.Fields[0].Got != `"silver"` {
					t.Errorf("the error is %v", err)
				}
			})
		})
	}
}

// The response is always compared; a later read does not undo a mismatch.
func TestVerifyKeepsMismatchOfResponse(t *testing.T) {
	for name, r := range map[string]*reader{
		"successful read": {record: &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}},
		"failed read":     {err: io.ErrUnexpectedEOF},
	} {
		r.stub = answering(&credit.Result{After: &credit.Record{Values: credit.Values{Name: credit.Set("silver")}}})
		_, err := credit.NewUpdater(r).Update(t.Context(), seven, gold, credit.WithVerify())
		if _, ok := errors.AsType[*credit.MismatchError](err); !ok {
			t.Errorf("%s after it: the error is %v", name, err)
		}
	}
}

func TestUpdateWithoutVerifyDoesNotReadBack(t *testing.T) {
	r := &reader{stub: answering(&credit.Result{}), record: &credit.Record{}}
	if _, err := credit.NewUpdater(r).Update(t.Context(), seven, gold); err != nil {
		t.Fatal(err)
	}
	if len(r.reads) > 0 {
		t.Error("something was read")
	}
}

func TestFailedReadBackIsApplied(t *testing.T) {
	unavailable := &credit.Error{Vendor: "acme", Op: "Get", Kind: credit.ErrUnavailable, Outcome: credit.NotSent, StatusCode: 503, Err: context.DeadlineExceeded}
	for _, test := range []struct {
		name string
		read error
		is   error
		text string
	}{
		{
			"refused",
			unavailable, credit.ErrUnavailable,
			"acme: Get: HTTP 503 unavailable: context deadline exceeded; the change was made: do not send it again",
		},
		{
			"refused, wrapped",
			fmt.Errorf("proxy: %w", unavailable), context.DeadlineExceeded,
			"acme: Get: HTTP 503 unavailable: context deadline exceeded; the change was made: do not send it again",
		},
		{
			"malformed",
			&credit.MalformedReadError{Vendor: "acme", ID: "7", Reason: "is not a JSON object"}, credit.ErrMalformed,
			"acme: Read: malformed: the record is not a JSON object; the change was made: do not send it again",
		},
		{"a foreign error", io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, "unexpected EOF"},
		{
			"neither record nor error",
			nil, credit.ErrMalformed,
			"acme: Read: malformed: the driver returned neither a result nor an error; the change was made: do not send it again",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := &reader{stub: answering(&credit.Result{RequestID: "r-1"}), err: test.read}
			result, err := credit.NewUpdater(r).Update(t.Context(), seven, gold, credit.WithVerify())
			unverified, ok := errors.AsType[*credit.UnverifiedError](err)
			if !ok || result != nil {
				t.Fatalf("got %v, %v", result, err)
			}
			if got := unverified.Result; unverified.Vendor != "acme" || unverified.ID != "7" || got == nil || got.RequestID != "r-1" || len(got.Changes()) != 1 {
				t.Errorf("it carries %+v", unverified)
			}
			if want := "acme: the vendor reported the change of credit 7 as made, and it could not be read back: " + test.text; err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if !errors.Is(err, test.is) {
				t.Errorf("errors.Is does not find %v", test.is)
			}
			if got := credit.OutcomeOf(fmt.Errorf("job 7: %w", err)); got != credit.Applied {
				t.Errorf("the outcome is %v", got)
			}
			if e, ok := errors.AsType[*credit.Error](err); ok && e.Outcome != credit.Applied {
				t.Errorf("an error inside says %v", e.Outcome)
			}
		})
	}
	if unavailable.Outcome != credit.NotSent {
		t.Error("the reader's own error was changed")
	}
}

func TestUpdaterIsReaderOnlyIfDriverIs(t *testing.T) {
	if _, ok := credit.NewUpdater(&stub{}).(credit.Reader); ok {
		t.Error("an updater of a driver that cannot read passes for a Reader")
	}
	if _, ok := credit.NewUpdater(&reader{stub: &stub{}}).(credit.Reader); !ok {
		t.Error("the updater of a driver that reads does not implement Reader")
	}
}

func TestRead(t *testing.T) {
	record := &credit.Record{ID: "7"}
	r := &reader{stub: &stub{support: everything()}, record: record}
	r.support.Owner = credit.OwnerForReads
	read := credit.NewUpdater(r).(credit.Reader).Read
	ref := credit.Ref{ID: "7", Owner: "me"}

	if got, err := read(t.Context(), ref); got != record || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	if diff := cmp.Diff([]credit.Ref{ref}, r.reads); diff != "" {
		t.Errorf("reads (-want +got):\n%s", diff)
	}

	r.reads = nil
	got, err := read(nil, credit.Ref{})
	want := &credit.InvalidError{Vendor: "acme", Field: "ctx", Reason: "is nil", More: []credit.FieldError{
		{Field: "id", Message: "is empty"}, {Field: "owner", Message: "is required to read"},
	}}
	if diff := cmp.Diff(error(want), err); diff != "" || got != nil || len(r.reads) > 0 {
		t.Errorf("%v, %d reads (-want +got):\n%s", got, len(r.reads), diff)
	}

	r.record = nil
	if got, err = read(t.Context(), ref); got != nil || !errors.Is(err, credit.ErrMalformed) || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("a reader that says nothing gives %v, %v", got, err)
	}
	r.record, r.err = record, io.EOF
	if got, err = read(t.Context(), ref); got != nil || err != io.EOF {
		t.Errorf("a failed read gives %v, %v", got, err)
	}
}

func TestWithInfoDescribesWrite(t *testing.T) {
	old := credit.CallInfo{Attempts: 9, StatusCode: 500, RequestID: "old", IdempotencyKey: "old"}
	info := old
	d := answering(&credit.Result{})
	if _, err := credit.NewUpdater(d).Update(t.Context(), seven, gold, credit.WithInfo(&info)); err != nil {
		t.Fatal(err)
	}
	if d.calls[0].cfg.Info != &info {
		t.Error("the driver cannot fill it")
	}
	if info != (credit.CallInfo{}) {
		t.Errorf("an earlier call's info is still there: %+v", info)
	}
	info = old
	if _, err := credit.NewUpdater(d).Update(t.Context(), seven, credit.Patch{}, credit.WithInfo(&info)); err == nil || info != (credit.CallInfo{}) {
		t.Errorf("after a refusal: %v, %+v", err, info)
	}
}

// The race detector watches.
func TestUpdaterIsSafeForConcurrentUse(t *testing.T) {
	d := answering(&credit.Result{})
	u := credit.NewUpdater(d)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			id := fmt.Sprint(i)
			u.Support().Fields[credit.FieldName] = credit.Ability{}
			result, err := u.Update(context.Background(), credit.Ref{ID: id}, gold)
			if err != nil || result.ID != id {
				t.Errorf("got %+v, %v", result, err)
			}
		})
	}
	wg.Wait()
	if len(d.calls) != 16 {
		t.Errorf("%d calls", len(d.calls))
	}
}

// plain is a driver that allocates nothing.
type plain struct {
	support credit.Support
	result  *credit.Result
}

func (*plain) Vendor() string { return "acme" }

func (p *plain) Support() credit.Support { return p.support }

func (p *plain) Apply(context.Context, credit.Ref, credit.Patch, credit.CallConfig) (*credit.Result, error) {
	return p.result, nil
}

// The facade's own cost is the list of changes and a text for what it shows.
func TestUpdaterAllocatesOnlyChanges(t *testing.T) {
	u := credit.NewUpdater(&plain{everything(), &credit.Result{After: &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}}})
	got := testing.AllocsPerRun(100, func() {
		if _, err := u.Update(context.Background(), seven, gold); err != nil {
			t.Error(err)
		}
	})
	if got > 2 {
		t.Errorf("%v allocations, want 2 at most", got)
	}
}

func BenchmarkUpdate(b *testing.B) {
	u := credit.NewUpdater(&plain{everything(), &credit.Result{After: &credit.Record{Values: credit.Values{Name: credit.Set("gold")}}}})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := u.Update(context.Background(), seven, gold); err != nil {
			b.Fatal(err)
		}
	}
}

func TestCallOptionsAreAppliedOnce(t *testing.T) {
	applied := 0
	d := answering(&credit.Result{})
	_, err := credit.NewUpdater(d).Update(t.Context(), seven, gold, func(cfg *credit.CallConfig) error {
		applied++
		return credit.WithDryRun()(cfg)
	})
	if err != nil || applied != 1 || len(d.calls) != 1 || !d.calls[0].cfg.DryRun {
		t.Errorf("the option was applied %d times, and the driver received %+v: %v", applied, d.calls, err)
	}
}
