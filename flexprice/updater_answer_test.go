package flexprice_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// The answer is compared with the patch, but for an end date.
func TestUpdateComparesTheAnswerWithThePatch(t *testing.T) {
	for _, test := range []struct {
		name  string
		patch string // of fieldPatches
		shown string
		want  *credit.FieldMismatch
	}{
		{"another name", "set name", `,"name":"gold"`, &credit.FieldMismatch{Field: credit.FieldName, Want: `"Gold"`, Got: `"gold"`}},
		{"no name", "set name", ``, &credit.FieldMismatch{Field: credit.FieldName, Want: `"Gold"`, Got: ""}},
		{"other entries", "set metadata", `,"metadata":{"a":"1","b":"2"}`, &credit.FieldMismatch{Field: credit.FieldMetadata, Want: `{"a":"1","b":""}`, Got: `{"a":"1","b":"2"}`}},
		{"one entry more", "set metadata", `,"metadata":{"a":"1","b":"","c":""}`, &credit.FieldMismatch{Field: credit.FieldMetadata, Want: `{"a":"1","b":""}`, Got: `{"a":"1","b":"","c":""}`}},
		{"no entries", "set metadata", ``, &credit.FieldMismatch{Field: credit.FieldMetadata, Want: `{"a":"1","b":""}`, Got: ""}},
		{"entries all gone", "clear metadata", `,"metadata":{"a":"1"}`, &credit.FieldMismatch{Field: credit.FieldMetadata, Want: "", Got: `{"a":"1"}`}},
		{"an empty map", "clear metadata", `,"metadata":{}`, nil},
		{"a null map", "clear metadata", `,"metadata":null`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, shows(test.shown))
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()[test.patch])
			if test.want == nil {
				if err != nil || result == nil {
					t.Errorf("got %+v, %v; want success", result, err)
				}
				return
			}
			checkMismatch(t, err, *test.want)
		})
	}
}

func checkMismatch(t *testing.T, err error, want credit.FieldMismatch) {
	t.Helper()
	mismatch, ok := errors.AsType[*credit.MismatchError](err)
	if !ok || credit.OutcomeOf(err) != credit.Applied || mismatch.Vendor != "flexprice" || mismatch.ID != "cg" {
		t.Fatalf("got %v, want a MismatchError", err)
	}
	if diff := cmp.Diff([]credit.FieldMismatch{want}, mismatch.Fields); diff != "" {
		t.Error(diff)
	}
	if mismatch.Result == nil || mismatch.Result.After == nil || mismatch.Result.Raw == nil {
		t.Errorf("the result is %+v", mismatch.Result)
	}
}

// The answer to an update never shows a new end date; a read does.
func TestUpdateVerifiesTheEndDate(t *testing.T) {
	patch := credit.Patch{Name: credit.Set("Gold"), ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
	const old, name = `,"end_date":"2027-01-01T00:00:00Z"`, `,"name":"Gold"`
	for _, test := range []struct {
		name  string
		after scripttest.Response
		want  *credit.FieldMismatch
	}{
		{"as set", shows(subscription + name + `,"end_date":"2100-01-01T01:00:00+01:00"`), nil},
		{"not changed", shows(subscription + name + old), &credit.FieldMismatch{Field: credit.FieldExpiresAt, Want: "2100-01-01T00:00:00Z", Got: "2027-01-01T00:00:00Z"}},
		{"thrown away", shows(subscription + name), &credit.FieldMismatch{Field: credit.FieldExpiresAt, Want: "2100-01-01T00:00:00Z", Got: ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := []scripttest.Response{shows(subscription + old), shows(subscription + name + old), test.after}
				want := []string{readRequest, updateRequest + `{"end_date":"2100-01-01T00:00:00Z","name":"Gold"}`, readRequest}
				if test.want != nil { // it is looked for once more, after a second
					answers, want = append(answers, test.after), append(want, readRequest)
				}
				server := scripttest.NewTransport(t, answers...)
				client := newClient(t, flexprice.RegionUS, credit.WithTransport(server))
				start := time.Now()
				result, err := client.Updater().Update(t.Context(), ref, patch, credit.WithVerify())
				if diff := cmp.Diff(want, wire(server)); diff != "" {
					t.Error(diff)
				}
				if waited := time.Since(start); waited != time.Duration(len(want)-3)*time.Second {
					t.Errorf("waited %v", waited)
				}
				if test.want != nil {
					checkMismatch(t, err, *test.want)
					return
				}
				checkEnded(t, result, err)
			})
		})
	}
}

func checkEnded(t *testing.T, result *credit.Result, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	at, _ := result.After.ExpiresAt.Get()
	if result.NotReturned != nil || !at.Equal(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("not returned %v, ends %v", result.NotReturned, at)
	}
}

// A read may come from a cache that the write has not reached yet.
func TestUpdateVerifiesOnceMoreBeforeItReportsAMismatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stale := shows(subscription + `,"end_date":"2027-01-01T00:00:00Z"`)
		server := scripttest.NewTransport(t, shows(subscription), shows(subscription), stale, shows(subscription+`,"end_date":"2100-01-01T00:00:00Z"`))
		client := newClient(t, flexprice.RegionUS, credit.WithTransport(server))
		patch := credit.Patch{ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
		result, err := client.Updater().Update(t.Context(), ref, patch, credit.WithVerify())
		checkEnded(t, result, err)
	})
}

func TestUpdateThatCannotBeReadBackIsApplied(t *testing.T) {
	client, _ := connect(t, shows(`,"name":"Gold"`), scripttest.Status(403, `{"message":"no"}`))
	_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithVerify())
	unverified, ok := errors.AsType[*credit.UnverifiedError](err)
	if !ok || credit.OutcomeOf(err) != credit.Applied || unverified.Result == nil || !errors.Is(unverified.Err, credit.ErrForbidden) {
		t.Errorf("got %v, want an UnverifiedError, applied", err)
	}
}

const conflict = `{"code":"version_conflict","message":"changed meanwhile","http_status_code":409}`

// After a version conflict the grant is read again, and the same patch sent.
func TestUpdateIsReappliedAfterAVersionConflict(t *testing.T) {
	body := updateRequest + `{"name":"Gold"}`
	client, server := connect(t,
		scripttest.Status(409, conflict),
		shows(`,"name":"Silver"`), scripttest.Status(503, ``), scripttest.Status(409, conflict),
	)
	_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"])
	if credit.OutcomeOf(err) != credit.Unknown || len(wire(server)) != 4 {
		t.Errorf("%v after %q; want the error of the 503, unknown", err, wire(server))
	}

	var info credit.CallInfo
	client, server = connect(t,
		scripttest.Status(409, conflict),
		shows(`,"name":"Silver"`), scripttest.Status(409, conflict),
		shows(`,"name":"Bronze"`), scripttest.Status(409, conflict),
		shows(`,"name":"Iron"`), scripttest.Status(429, `{}`), shows(`,"name":"Gold"`),
	)
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"], credit.WithInfo(&info))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{body, readRequest, body, readRequest, body, readRequest, body, body}
	if diff := cmp.Diff(want, wire(server)); diff != "" {
		t.Error(diff)
	}
	if name, _ := result.Before.Name.Get(); name != "Iron" || result.Attempts != 5 || info.Attempts != 5 {
		t.Errorf("before %q, %d attempts, %d in the info; want the last read, and all 5 attempts", name, result.Attempts, info.Attempts)
	}
}

func TestUpdateGivesUpAfterThreeMoreVersionConflicts(t *testing.T) {
	client, server := connect(t,
		scripttest.Status(409, conflict),
		shows(``), scripttest.Status(409, conflict),
		shows(``), scripttest.Status(409, conflict),
		shows(``), scripttest.Status(409, conflict),
	)
	_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["clear metadata"])
	e, ok := errors.AsType[*credit.Error](err)
	if !ok || e.Kind != credit.ErrConflict || e.Outcome != credit.Rejected || e.Attempts != 4 || len(server.Requests()) != 7 {
		t.Errorf("%v after %d requests; want the conflict after 4 writes", err, len(server.Requests()))
	}
}

// The end date is validated against the grant as it is after the conflict.
func TestUpdateReadsTheScopeAgainAfterAVersionConflict(t *testing.T) {
	client, server := connect(t, shows(subscription), scripttest.Status(409, conflict), shows(`,"scope":"SUBSCRIPTION","status":"archived"`))
	_, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set expires_at"])
	if cmp.Diff([]string{"expires_at"}, invalidFields(err)) != "" || len(server.Requests()) != 3 {
		t.Errorf("%v after %d requests; want the end date refused", err, len(server.Requests()))
	}
	if credit.OutcomeOf(err) != credit.Rejected || !errors.Is(err, credit.ErrConflict) {
		t.Errorf("%v; want it rejected, since a write went out and was refused", err)
	}
}

// A write was sent and rejected; the read after it does not change that.
func TestUpdateWhoseReadAfterAVersionConflictFailsIsRejected(t *testing.T) {
	for _, test := range []struct {
		name  string
		read  scripttest.Response
		reads int
		kind  credit.Kind
	}{
		{"not found", scripttest.Status(404, `{}`), 1, credit.ErrNotFound},
		{"forbidden", scripttest.Status(403, `{}`), 1, credit.ErrForbidden},
		{"unavailable", scripttest.Status(503, ``), 4, credit.ErrUnavailable},
		{"another grant", scripttest.OK(`{"id":"cg2"}`), 1, credit.ErrMalformed},
		{"a part", scripttest.Status(206, held("")), 1, credit.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, append([]scripttest.Response{scripttest.Status(409, conflict)}, slices.Repeat([]scripttest.Response{test.read}, test.reads)...)...)
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"])
			if result != nil || !errors.Is(err, test.kind) || credit.OutcomeOf(err) != credit.Rejected || len(server.Requests()) != 1+test.reads {
				t.Errorf("%v, %v after %d requests; want %v, rejected", result, err, len(server.Requests()), test.kind)
			}
		})
	}
}

func TestUpdateErrorsAreTheCalls(t *testing.T) {
	both := credit.Patch{Metadata: credit.Clear[map[string]string](), ExpiresAt: credit.Set(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))}
	end := credit.Patch{ExpiresAt: both.ExpiresAt}
	name := fieldPatches()["set name"]
	scope := shows(subscription)
	for _, test := range []struct {
		name    string
		patch   credit.Patch
		answers []scripttest.Response
		kind    credit.Kind
		outcome credit.Outcome
	}{
		{"a 400 to two steps may have done one", both, []scripttest.Response{scope, scripttest.Status(400, `{"code":"invalid_operation","message":"archived"}`)}, credit.ErrInvalid, credit.Unknown},
		{"an unreadable request has done none", both, []scripttest.Response{scope, scripttest.Status(400, `{"code":"validation_error","message":"Invalid request format"}`)}, credit.ErrInvalid, credit.Rejected},
		{"a bad end date beside others rejects all", both, []scripttest.Response{scope, scripttest.Status(400, `{"code":"validation_error","message":"Please provide a valid end date"}`)}, credit.ErrInvalid, credit.Rejected},
		{"a 400 to one step has done none", end, []scripttest.Response{scope, scripttest.Status(400, `{"code":"invalid_operation","message":"archived"}`)}, credit.ErrInvalid, credit.Rejected},
		{"another kind of conflict is not retried", name, []scripttest.Response{scripttest.Status(409, `{"code":"already_exists","message":"no"}`)}, credit.ErrConflict, credit.Rejected},
		{"a conflict without a code is not retried", name, []scripttest.Response{scripttest.Status(409, ``)}, credit.ErrConflict, credit.Rejected},
		{"the code without a 409 is not a version conflict", name, []scripttest.Response{scripttest.Status(422, conflict)}, credit.ErrConflict, credit.Rejected},
		{"another grant's answer", name, []scripttest.Response{scripttest.OK(`{"id":"cg2","name":"Gold"}`)}, credit.ErrMalformed, credit.Unknown},
		{"an empty answer", name, []scripttest.Response{{Status: 204}}, credit.ErrMalformed, credit.Unknown},
		{"a rejection after a lost response is unknown", name, []scripttest.Response{{Lost: true}, scripttest.Status(404, `{}`)}, credit.ErrNotFound, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), ref, test.patch)
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || result != nil {
				t.Fatalf("got %+v, %v; want a *credit.Error", result, err)
			}
			if e.Kind != test.kind || e.Outcome != test.outcome || e.Op != "UpdateCreditGrant" || len(server.Requests()) != len(test.answers) {
				t.Errorf("%+v after %d requests", e, len(server.Requests()))
			}
		})
	}
}

// The update is idempotent.
func TestUpdateIsSentAgain(t *testing.T) {
	client, server := connect(t, scripttest.Response{Lost: true}, scripttest.Status(502, ``), shows(`,"name":"Gold"`))
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"])
	if err != nil || result.Attempts != 3 || len(server.Requests()) != 3 {
		t.Errorf("got %+v, %v; want success after 3 attempts", result, err)
	}
}
