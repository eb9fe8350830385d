package proof

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func FuzzRefusalKnox(f *testing.F)              { fuzzRefusal(f, "knox") }
func FuzzRefusalThoughtIndustries(f *testing.F) { fuzzRefusal(f, "thoughtindustries") }
func FuzzRefusalNexudus(f *testing.F)           { fuzzRefusal(f, "nexudus") }
func FuzzRefusalFlexprice(f *testing.F)         { fuzzRefusal(f, "flexprice") }
func FuzzRefusalMetronome(f *testing.F)         { fuzzRefusal(f, "metronome") }

// fuzzRefusal has a vendor say no in any words. They become an error that says
// what happened and can be shown to anyone.
func fuzzRefusal(f *testing.F, vendorName string) {
	v := named(f, vendorName)
	fake := v.fake(f)
	ref, record := fake.Ref, fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, status uint16, label, requestID string, body []byte) {
		a := said{300 + int(status)%300, label, requestID, body}
		n := v.native(t, ref, record, always(a))
		answered, err := n.update(t.Context())
		e := failedCall(t, v, answered, err)
		refusal := a.status == 307 || a.status == 308 || a.status >= 400 && a.status < 500 && !slices.Contains(gaveUp, a.status)
		mayReject := refusal || v.name == "flexprice" && a.status == 500
		mayBeUnknown := !refusal
		if (e.Outcome != credit.Rejected || !mayReject) && (e.Outcome != credit.Unknown || !mayBeUnknown) {
			t.Errorf("outcome %v of HTTP %d: %v", e.Outcome, a.status, e)
		}
		if e.StatusCode != a.status {
			t.Errorf("status %d of an answer of %d", e.StatusCode, a.status)
		}
		answered, err = n.read(t.Context())
		if e := failedCall(t, v, answered, err); e.Outcome != credit.NotSent {
			t.Errorf("a read's outcome is %v: %v", e.Outcome, e)
		}
	})
}

// failedCall wants the error of a vendor's own call.
func failedCall(t *testing.T, v vendor, answered bool, err error) *credit.Error {
	t.Helper()
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || answered {
		t.Fatalf("a result (%v) and the error %v (%T), want a *credit.Error", answered, err, err)
	}
	if e.Vendor != v.name || e.Op == "" || e.Attempts != 1 || e.RetryAfter < 0 || !slices.Contains(kinds, e.Kind) || !errors.Is(err, e.Kind) {
		t.Errorf("an error of %q, %q, kind %q, %d attempts, wait %v", e.Vendor, e.Op, e.Kind, e.Attempts, e.RetryAfter)
	}
	checkText(t, err)
	return e
}

func FuzzAnswerKnox(f *testing.F)              { fuzzAnswer(f, "knox") }
func FuzzAnswerThoughtIndustries(f *testing.F) { fuzzAnswer(f, "thoughtindustries") }
func FuzzAnswerNexudus(f *testing.F)           { fuzzAnswer(f, "nexudus") }
func FuzzAnswerFlexprice(f *testing.F)         { fuzzAnswer(f, "flexprice") }
func FuzzAnswerMetronome(f *testing.F)         { fuzzAnswer(f, "metronome") }

// fuzzAnswer has a vendor say yes with any bytes. There is a result or an error
// and never neither, and the error of a change never says that nothing was sent.
func fuzzAnswer(f *testing.F, vendorName string) {
	v := named(f, vendorName)
	fake := v.fake(f)
	ref, record := fake.Ref, fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, status uint8, label string, body []byte) {
		a := said{200 + int(status)%100, label, "", body}
		n := v.native(t, ref, record, always(a))
		answered, err := n.update(t.Context())
		if err == nil && !answered || err != nil && failedCall(t, v, answered, err).Outcome < credit.Rejected {
			t.Errorf("a change's result: %v, error: %v", answered, err)
		}
		answered, err = n.read(t.Context())
		if err == nil && !answered || err != nil && failedCall(t, v, false, err).Outcome != credit.NotSent {
			t.Errorf("a read's result: %v, error: %v", answered, err)
		}
		updatesWith(t, v, ref, record, a)
	})
}

// updatesWith makes updates that are answered so, the reads before them once
// with a record that is as it should be and once so as well.
func updatesWith(t *testing.T, v vendor, ref credit.Ref, record []byte, a said) {
	t.Helper()
	for _, read := range []said{{200, "application/json", "", record}, a} {
		writes := 0
		n := v.native(t, ref, record, roundTrip(func(req *http.Request) (*http.Response, error) {
			if isWrite(req) {
				writes++
				return a.response(), nil
			}
			return read.response(), nil
		}))
		for _, patch := range []credit.Patch{v.edits[0].patch(7), v.edits[1].patch(7), total(7)} {
			writes = 0
			result, err := n.updater.Update(t.Context(), ref, patch)
			outcome := credit.OutcomeOf(err)
			if (result == nil) == (err == nil) || writes > 1 || (writes == 0) != (outcome == credit.NotSent) {
				t.Errorf("result %v and error %v, %v, after %d writes", result, err, outcome, writes)
			}
			if _, ok := errors.AsType[*credit.AmbiguousError](err); err != nil && !ok { // its ids are the vendor's, the token among them if it likes
				checkText(t, err)
			}
		}
		reader, ok := n.updater.(credit.Reader)
		if !ok {
			t.Fatal("the updater cannot read")
		}
		if got, err := reader.Read(t.Context(), ref); (got == nil) == (err == nil) || err != nil && credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("read %v and error %v", got, err)
		}
	}
}
