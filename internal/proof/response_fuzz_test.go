package proof

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func FuzzErrorResponseKnox(f *testing.F)              { fuzzErrorResponse(f, "knox") }
func FuzzErrorResponseThoughtIndustries(f *testing.F) { fuzzErrorResponse(f, "thoughtindustries") }
func FuzzErrorResponseNexudus(f *testing.F)           { fuzzErrorResponse(f, "nexudus") }
func FuzzErrorResponseFlexprice(f *testing.F)         { fuzzErrorResponse(f, "flexprice") }
func FuzzErrorResponseMetronome(f *testing.F)         { fuzzErrorResponse(f, "metronome") }

// fuzzErrorResponse checks that every error response becomes a *credit.Error
// with the right outcome and a text that can be logged.
func fuzzErrorResponse(f *testing.F, vendorName string) {
	v := vendorNamed(f, vendorName)
	fake := v.fake(f)
	ref, record := fake.Ref, fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, status uint16, label, requestID string, body []byte) {
		a := fakeResponse{300 + int(status)%300, label, requestID, body}
		n := v.openNative(t, ref, record, respondAlways(a))
		hasResult, err := n.update(t.Context())
		e := failedCall(t, v, hasResult, err)
		isRejection := a.status == 307 || a.status == 308 || a.status >= 400 && a.status < 500 && !slices.Contains(timeoutStatuses, a.status)
		mayBeRejected := isRejection || v.name == "flexprice" && a.status == 500
		mayBeUnknown := !isRejection
		if (e.Outcome != credit.Rejected || !mayBeRejected) && (e.Outcome != credit.Unknown || !mayBeUnknown) {
			t.Errorf("outcome %v of HTTP %d: %v", e.Outcome, a.status, e)
		}
		if e.StatusCode != a.status {
			t.Errorf("status %d, response status %d", e.StatusCode, a.status)
		}
		hasResult, err = n.read(t.Context())
		if e := failedCall(t, v, hasResult, err); e.Outcome != credit.NotSent {
			t.Errorf("a read's outcome is %v: %v", e.Outcome, e)
		}
		checkFind(t, v, n.updater, ref, true)
	})
}

// checkFind checks that a list in any response gives credits with ids and at most one
// error, the last pair, which is not about a change.
func checkFind(t *testing.T, v vendor, u credit.Updater, ref credit.Ref, mustFail bool) {
	t.Helper()
	finder, ok := u.(credit.Finder)
	if !ok {
		return
	}
	var end error
	for record, err := range finder.Find(t.Context(), credit.Query{Owner: v.owner(ref)}) {
		switch {
		case end != nil:
			t.Errorf("the list goes on after %v", end)
		case err != nil:
			if end = err; credit.OutcomeOf(err) != credit.NotSent || record != nil {
				t.Errorf("a list gives %v, %v", record, err)
			}
			checkErrorText(t, err)
		case record.ID == "" || mustFail:
			t.Errorf("a list gives %+v", record)
		}
	}
	if mustFail && end == nil {
		t.Error("a list that was refused has no error")
	}
}

// failedCall checks the error of a vendor's own call and returns it.
func failedCall(t *testing.T, v vendor, hasResult bool, err error) *credit.Error {
	t.Helper()
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || hasResult {
		t.Fatalf("result %v, error %v (%T), want a *credit.Error", hasResult, err, err)
	}
	if e.Vendor != v.name || e.Op == "" || e.Attempts != 1 || e.RetryAfter < 0 || !slices.Contains(allKinds, e.Kind) || !errors.Is(err, e.Kind) {
		t.Errorf("error of %q, %q, kind %q, %d attempts, wait %v", e.Vendor, e.Op, e.Kind, e.Attempts, e.RetryAfter)
	}
	checkErrorText(t, err)
	return e
}

func FuzzSuccessResponseKnox(f *testing.F)              { fuzzSuccessResponse(f, "knox") }
func FuzzSuccessResponseThoughtIndustries(f *testing.F) { fuzzSuccessResponse(f, "thoughtindustries") }
func FuzzSuccessResponseNexudus(f *testing.F)           { fuzzSuccessResponse(f, "nexudus") }
func FuzzSuccessResponseFlexprice(f *testing.F)         { fuzzSuccessResponse(f, "flexprice") }
func FuzzSuccessResponseMetronome(f *testing.F)         { fuzzSuccessResponse(f, "metronome") }

// fuzzSuccessResponse checks that every 2xx response gives either a result or
// an error. The error of a write is never NotSent.
func fuzzSuccessResponse(f *testing.F, vendorName string) {
	v := vendorNamed(f, vendorName)
	fake := v.fake(f)
	ref, record := fake.Ref, fake.Record(fake.Ref.ID)
	f.Fuzz(func(t *testing.T, status uint8, label string, body []byte) {
		a := fakeResponse{200 + int(status)%100, label, "", body}
		n := v.openNative(t, ref, record, respondAlways(a))
		hasResult, err := n.update(t.Context())
		if err == nil && !hasResult || err != nil && failedCall(t, v, hasResult, err).Outcome < credit.Rejected {
			t.Errorf("a change's result: %v, error: %v", hasResult, err)
		}
		hasResult, err = n.read(t.Context())
		if err == nil && !hasResult || err != nil && failedCall(t, v, false, err).Outcome != credit.NotSent {
			t.Errorf("a read's result: %v, error: %v", hasResult, err)
		}
		checkFind(t, v, n.updater, ref, false)
		checkUpdates(t, v, ref, record, a)
	})
}

// checkUpdates makes updates whose write gets the response a. Their read gets a
// valid record first, and a in a second round.
func checkUpdates(t *testing.T, v vendor, ref credit.Ref, record []byte, a fakeResponse) {
	t.Helper()
	for _, read := range []fakeResponse{{200, "application/json", "", record}, a} {
		writes := 0
		n := v.openNative(t, ref, record, roundTripFunc(func(req *http.Request) (*http.Response, error) {
			if isWrite(req) {
				writes++
				return a.httpResponse(), nil
			}
			return read.httpResponse(), nil
		}))
		for _, patch := range []credit.Patch{v.edits[0].patch(7), v.edits[1].patch(7), totalPatch(7)} {
			writes = 0
			result, err := n.updater.Update(t.Context(), ref, patch)
			outcome := credit.OutcomeOf(err)
			if (result == nil) == (err == nil) || writes > 1 || (writes == 0) != (outcome == credit.NotSent) {
				t.Errorf("result %v and error %v, %v, after %d writes", result, err, outcome, writes)
			}
			if _, ok := errors.AsType[*credit.AmbiguousError](err); err != nil && !ok { // it quotes ids from the vendor's response
				checkErrorText(t, err)
			}
		}
		reader, ok := n.updater.(credit.Reader)
		if !ok {
			t.Fatal("the updater is not a Reader")
		}
		if got, err := reader.Read(t.Context(), ref); (got == nil) == (err == nil) || err != nil && credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("read %v and error %v", got, err)
		}
	}
}
