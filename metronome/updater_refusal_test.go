package metronome_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

const secondItem = `{"id":"j","amount":1,"starting_at":"2027-01-01T00:00:00.000Z","ending_before":"2028-01-01T00:00:00.000Z"}`

// invalidFields are the fields of an InvalidError, in order.
func invalidFields(err error) []string {
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok {
		return nil
	}
	fields := []string{invalid.Field}
	for _, more := range invalid.More {
		fields = append(fields, more.Field)
	}
	return fields
}

func TestUpdateRefusesBeforeAnyRequest(t *testing.T) {
	name := fieldPatches()["set name"]
	half := time.Date(2027, 1, 1, 11, 30, 0, 0, time.UTC)
	for _, test := range []struct {
		name  string
		ref   credit.Ref
		patch credit.Patch
		opts  []credit.CallOption
		want  []string
	}{
		{name: "an owner is required", ref: credit.Ref{ID: "c"}, patch: name, want: []string{"owner"}},
		{name: "an owner of two dots is none", ref: credit.Ref{ID: "c", Owner: ".."}, patch: name, want: []string{"owner"}},
		{name: "an id is required", ref: credit.Ref{Owner: "u"}, patch: name, want: []string{"id"}},
		{name: "no record is replaced", ref: ref, patch: name, opts: []credit.CallOption{credit.WithRecord([]byte(`{}`))}, want: []string{"WithRecord"}},
		{name: "half past eleven is not a whole hour", ref: ref, patch: credit.Patch{StartsAt: credit.Set(half)}, want: []string{"starts_at"}},
		{name: "a second past is not a whole hour", ref: ref, patch: credit.Patch{ExpiresAt: credit.Set(half.Add(30*time.Minute + time.Second))}, want: []string{"expires_at"}},
		{name: "a nanosecond past is not a whole hour", ref: ref, patch: credit.Patch{ExpiresAt: credit.Set(half.Add(30*time.Minute + 1))}, want: []string{"expires_at"}},
		{name: "an hour elsewhere may be none", ref: ref, patch: credit.Patch{ExpiresAt: credit.Set(time.Date(2027, 1, 1, 11, 0, 0, 0, time.FixedZone("", 1800)))}, want: []string{"expires_at"}},
		{name: "all wrong values are named", ref: ref, patch: credit.Patch{StartsAt: credit.Set(half), ExpiresAt: credit.Set(half)}, want: []string{"starts_at", "expires_at"}},
		{name: "an unset amount is none", ref: ref, patch: credit.Patch{Total: credit.Set(credit.Decimal{}), Priority: credit.Set(credit.Decimal{})}, want: []string{"total", "priority"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t)
			calls := [][]credit.CallOption{test.opts}
			if test.opts == nil {
				calls = append(calls, []credit.CallOption{credit.WithDryRun()})
			}
			for _, opts := range calls {
				_, err := client.Updater().Update(t.Context(), test.ref, test.patch, opts...)
				if diff := cmp.Diff(test.want, invalidFields(err)); diff != "" || credit.OutcomeOf(err) != credit.NotSent {
					t.Errorf("%v\n%s", err, diff)
				}
			}
			if n := len(server.Requests()); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

// A half hour of a zone's is an hour in UTC.
func TestUpdateTakesHoursOfAnyZone(t *testing.T) {
	client, _ := connect(t, list(held(oneItem)), scripttest.OK(edited))
	at := time.Date(2027, 1, 1, 11, 30, 0, 0, time.FixedZone("", 5*3600+1800))
	result, err := client.Updater().Update(t.Context(), ref, credit.Patch{StartsAt: credit.Set(at)})
	const want = `{"access_schedule":{"update_schedule_items":[{"id":"i","starting_at":"2027-01-01T06:00:00Z"}]},"credit_id":"c","customer_id":"u"}`
	if err != nil || string(result.Request.Body) != want {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestUpdateOfAScheduleNeedsOneItem(t *testing.T) {
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	patch := credit.Patch{
		Name: credit.Set("n"), Total: credit.Set(credit.NewDecimal(1)), StartsAt: credit.Set(at), ExpiresAt: credit.Set(at),
	}
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		want   func(t *testing.T, err error)
	}{
		{"two", list(held(oneItem, secondItem)), func(t *testing.T, err error) {
			ambiguous, ok := errors.AsType[*credit.AmbiguousError](err)
			if want := (&credit.AmbiguousError{Vendor: "metronome", ID: "c", Candidates: []string{"i", "j"}}); !ok || !cmp.Equal(want, ambiguous) {
				t.Errorf("got %v, want %v", err, want)
			}
		}},
		{"none", list(held()), func(t *testing.T, err error) {
			if diff := cmp.Diff([]string{"total", "starts_at", "expires_at"}, invalidFields(err)); diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		}},
		{"one without an id", list(held(`{"amount":1}`)), func(t *testing.T, err error) {
			malformed, ok := errors.AsType[*credit.MalformedReadError](err)
			if !ok || malformed.Vendor != "metronome" || malformed.ID != "c" {
				t.Errorf("got %v, want a MalformedReadError", err)
			}
		}},
		{"no credit", list(), func(t *testing.T, err error) {
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || e.Kind != credit.ErrNotFound || e.Op != "ListCustomerCredits" || e.Attempts != 1 {
				t.Errorf("got %v, want not found", err)
			}
		}},
		{"another credit", list(`{"id":"d"}`), func(t *testing.T, err error) {
			if !errors.Is(err, credit.ErrNotFound) {
				t.Errorf("got %v, want not found", err)
			}
		}},
		{"a failed read", scripttest.Status(403, `{"message":"no"}`), func(t *testing.T, err error) {
			if !errors.Is(err, credit.ErrForbidden) {
				t.Errorf("got %v, want forbidden", err)
			}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answer)
			result, err := client.Updater().Update(t.Context(), ref, patch)
			if result != nil || credit.OutcomeOf(err) != credit.NotSent {
				t.Errorf("got %+v, %v; want nothing sent", result, err)
			}
			if diff := cmp.Diff([]string{readRequest}, wire(server)); diff != "" {
				t.Error(diff)
			}
			test.want(t, err)
		})
	}
}

// The items do not matter to a patch that leaves the schedule alone.
func TestADryRunReadsACreditWithManyItems(t *testing.T) {
	client, _ := connect(t, list(held(oneItem, secondItem)))
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithDryRun())
	if err != nil {
		t.Fatal(err)
	}
	if total := result.Before.Total; !total.IsZero() {
		t.Errorf("the total is %v, want it not set", total)
	}
}

func TestUpdateErrorsAreTheEdits(t *testing.T) {
	for _, test := range []struct {
		name    string
		answers []scripttest.Response
		want    credit.Error
	}{
		{
			"a refusal",
			[]scripttest.Response{scripttest.Status(400, `{"code":"CustomerNotFound","message":"no"}`)},
			credit.Error{Kind: credit.ErrNotFound, Outcome: credit.Rejected, StatusCode: 400, Code: "CustomerNotFound", Message: "no", Attempts: 1},
		},
		{
			"a conflict is waited for, and in doubt",
			slices.Repeat([]scripttest.Response{scripttest.Status(409, `{"message":"key was used"}`)}, 4),
			credit.Error{Kind: credit.ErrConflict, Outcome: credit.Unknown, StatusCode: 409, Message: "key was used", Attempts: 4},
		},
		{
			"a failure that the vendor stores",
			[]scripttest.Response{scripttest.Status(500, `{"message":"boom"}`)},
			credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: 500, Message: "boom", Attempts: 1, KeyUsedUp: true},
		},
		{
			"an answer without an id",
			[]scripttest.Response{scripttest.OK(`{"data":{}}`)},
			credit.Error{Kind: credit.ErrMalformed, Outcome: credit.Unknown, StatusCode: 200, Attempts: 1},
		},
		{
			"a refusal after a lost answer",
			[]scripttest.Response{{Lost: true}, scripttest.Status(403, `{}`)},
			credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Unknown, StatusCode: 403, Attempts: 2},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithIdempotencyKey("k"))
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || result != nil {
				t.Fatalf("got %+v, %v; want a *credit.Error", result, err)
			}
			e.Err = nil
			test.want.Vendor, test.want.Op, test.want.IdempotencyKey = "metronome", "EditCredit", "k"
			if diff := cmp.Diff(test.want, *e); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUpdateRecordsItsRequest(t *testing.T) {
	answer := scripttest.OK(edited)
	answer.Header = http.Header{"X-Request-Id": {"r-1"}}
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.Status(503, ""), answer)
	var info credit.CallInfo
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithInfo(&info))
	if err != nil {
		t.Fatal(err)
	}
	sent := server.Requests()
	key := sent[0].Header.Get("Idempotency-Key")
	if key == "" || sent[2].Header.Get("Idempotency-Key") != key || result.IdempotencyKey != key {
		t.Errorf("key %q, %q in the result; want one for all attempts", key, result.IdempotencyKey)
	}
	if result.Attempts != 3 || result.RequestID != "r-1" || string(result.Raw) != edited {
		t.Errorf("result %+v", result)
	}
	if want := (credit.CallInfo{Attempts: 3, StatusCode: 200, RequestID: "r-1", IdempotencyKey: key}); info != want {
		t.Errorf("info %+v, want %+v", info, want)
	}
}
