package thoughtindustries_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	ti "github.com/creditkit/creditkit/thoughtindustries"
)

// The answer is compared with the patch: by value, and all of it.
func TestUpdateComparesTheAnswerWithThePatch(t *testing.T) {
	for _, test := range []struct {
		name  string
		patch string // of fieldPatches
		shown string
		want  *credit.FieldMismatch
	}{
		{"another name", "set name", `,"name":"gold"`, &credit.FieldMismatch{Field: credit.FieldName, Want: `"Gold"`, Got: `"gold"`}},
		{"a null name", "set name", `,"name":null`, &credit.FieldMismatch{Field: credit.FieldName, Want: `"Gold"`, Got: ""}},
		{"a missing name", "set name", ``, &credit.FieldMismatch{Field: credit.FieldName, Want: `"Gold"`, Got: ""}},
		{"another balance", "set balance", `,"currentBalance":1`, &credit.FieldMismatch{Field: credit.FieldBalance, Want: "0", Got: "1"}},
		{"no balance", "set balance", `,"currentBalance":null`, &credit.FieldMismatch{Field: credit.FieldBalance, Want: "0", Got: ""}},
		{"the balance as set", "set balance", `,"currentBalance":0.00`, nil},
		{"another expiry", "set expires_at", ``, &credit.FieldMismatch{Field: credit.FieldExpiresAt, Want: "2028-01-01T04:00:00.5Z", Got: "2027-01-01T00:00:00Z"}},
		{"no expiry", "set expires_at", `,"expiresOn":null`, &credit.FieldMismatch{Field: credit.FieldExpiresAt, Want: "2028-01-01T04:00:00.5Z", Got: ""}},
		{"no zone", "set expires_at", `,"expiresOn":"2028-01-01T04:00:00.500"`, &credit.FieldMismatch{Field: credit.FieldExpiresAt, Want: "2028-01-01T04:00:00.5Z", Got: "unknown"}},
		{"another zone", "set expires_at", `,"expiresOn":"2028-01-01T06:00:00.5+02:00"`, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, shows(test.shown))
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()[test.patch])
			checkMismatch(t, result, err, test.want)
		})
	}
}

// checkMismatch checks that one field differs from the patch, or none.
func checkMismatch(t *testing.T, result *credit.Result, err error, want *credit.FieldMismatch) {
	t.Helper()
	if want == nil {
		if err != nil || result == nil {
			t.Errorf("got %+v, %v; want success", result, err)
		}
		return
	}
	mismatch, ok := errors.AsType[*credit.MismatchError](err)
	if !ok || credit.OutcomeOf(err) != credit.Applied || mismatch.Vendor != "thoughtindustries" || mismatch.ID != "b" {
		t.Fatalf("got %v, want a MismatchError", err)
	}
	if diff := cmp.Diff([]credit.FieldMismatch{*want}, mismatch.Fields); diff != "" {
		t.Error(diff)
	}
	if mismatch.Result == nil || mismatch.Result.After == nil || mismatch.Result.Raw == nil {
		t.Errorf("the result is %+v", mismatch.Result)
	}
}

// A 204 shows no record: nothing is compared, and nothing claimed.
func TestUpdateTakesA204(t *testing.T) {
	client, _ := connect(t, scripttest.Response{Status: 204})
	result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set balance"])
	if err != nil || result.After != nil || result.Attempts != 1 || len(result.Raw) != 0 {
		t.Errorf("got %+v, %v; want success without a record", result, err)
	}
}

func TestUpdateVerifiesByTheOwnersList(t *testing.T) {
	owned := credit.Ref{ID: "B", Owner: "u"} // the vendor writes it as b
	page := scripttest.OK(`{"creditBatches":[{"id":"a"}],"pageInfo":{"hasMore":true}}`)
	for _, test := range []struct {
		name  string
		lists []scripttest.Response // the last page, of each time that it is read
		want  *credit.FieldMismatch
	}{
		{"as set", []scripttest.Response{lists(held(`,"currentBalance":0`))}, nil},
		{"late", []scripttest.Response{lists(held(`,"currentBalance":3`)), lists(held(`,"currentBalance":0`))}, nil},
		{
			"another",
			[]scripttest.Response{lists(held(`,"currentBalance":3`)), lists(held(`,"currentBalance":3`))},
			&credit.FieldMismatch{Field: credit.FieldBalance, Want: "0", Got: "3"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answers := []scripttest.Response{{Status: 204}}
				want := []string{`PUT /incoming/v2/clients/creditBatches/B {"currentBalance":0}`}
				for _, list := range test.lists {
					answers = append(answers, page, list)
					want = append(want, listRequest, `GET /incoming/v2/clients/u/creditBatches?clientId=u&page=2 `)
				}
				server := scripttest.NewTransport(t, answers...)
				client := newClient(t, "https://acme.thoughtindustries.com", credit.WithTransport(server))
				start := time.Now()
				result, err := client.Updater().Update(t.Context(), owned, fieldPatches()["set balance"], credit.WithVerify())
				if diff := cmp.Diff(want, wire(server)); diff != "" {
					t.Error(diff)
				}
				if waited := time.Since(start); waited != time.Duration(len(test.lists)-1)*time.Second {
					t.Errorf("waited %v for %d readings", waited, len(test.lists))
				}
				if test.want == nil {
					if err != nil || string(result.After.Raw) != held(`,"currentBalance":0`) {
						t.Errorf("got %+v, %v; want the listed record", result, err)
					}
					return
				}
				mismatch, ok := errors.AsType[*credit.MismatchError](err)
				if !ok || credit.OutcomeOf(err) != credit.Applied || len(mismatch.Fields) != 1 || mismatch.Fields[0] != *test.want {
					t.Errorf("got %v, want %+v", err, test.want)
				}
			})
		})
	}
}

// A record that is changed by one of the statuses of a success, and not by any
// other: the same record stands in all of them.
func TestSuccessStatuses(t *testing.T) {
	for status := 200; status < 300; status++ {
		want := credit.Unknown
		if slices.Contains([]int{200, 201, 203, 204}, status) {
			want = 0
		}
		answer := shows(`,"name":"Gold"`)
		answer.Status = status
		server := scripttest.NewTransport(t, answer)
		client := newClient(t, "https://acme.thoughtindustries.com", credit.WithTransport(server))
		result, err := client.Updater().Update(t.Context(), ref, fieldPatches()["set name"])
		if credit.OutcomeOf(err) != want || (result != nil) != (want == 0) {
			t.Errorf("%d: %v, %v; want the outcome %v", status, result, err, want)
		}
		if want == credit.Unknown && !errors.Is(err, credit.ErrMalformed) {
			t.Errorf("%d: %v, want malformed", status, err)
		}
		server = scripttest.NewTransport(t, answer)
		client = newClient(t, "https://acme.thoughtindustries.com", credit.WithTransport(server))
		if _, err := client.UpdateCreditBatch(t.Context(), "b", ti.UpdateCreditBatchRequest{Name: new("Gold")}); credit.OutcomeOf(err) != want {
			t.Errorf("%d, native: %v, want the outcome %v", status, err, want)
		}
	}
}

// That the change was made is not in doubt.
func TestUpdateThatCannotBeReadBackIsApplied(t *testing.T) {
	for _, test := range []struct {
		name string
		list scripttest.Response
		want credit.Kind
	}{
		{"not listed", lists(`{"id":"a"}`), credit.ErrNotFound},
		{"forbidden", scripttest.Status(403, `{}`), credit.ErrForbidden},
		{"no list", scripttest.OK(`{}`), credit.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, _ := connect(t, scripttest.Response{Status: 204}, test.list)
			_, err := client.Updater().Update(t.Context(), credit.Ref{ID: "b", Owner: "u"}, fieldPatches()["set name"], credit.WithVerify())
			unverified, ok := errors.AsType[*credit.UnverifiedError](err)
			if !ok || credit.OutcomeOf(err) != credit.Applied || unverified.Result == nil || unverified.Err == nil {
				t.Fatalf("got %v, want an UnverifiedError, applied", err)
			}
			if e, ok := errors.AsType[*credit.Error](unverified.Err); !ok || e.Kind != test.want || e.Op != "ListCreditBatches" || e.Attempts != 1 {
				t.Errorf("the read's error is %v, want %v", unverified.Err, test.want)
			}
		})
	}
}

func TestUpdateErrorsAreTheCalls(t *testing.T) {
	const name, balance = "set name", "set balance"
	for _, test := range []struct {
		name     string
		patch    string
		answers  []scripttest.Response
		kind     credit.Kind
		outcome  credit.Outcome
		attempts int
	}{
		{"a 200 with errors is a rejection", balance, []scripttest.Response{scripttest.OK(`{"errors":[{"message":"batch not found"}]}`)}, credit.ErrNotFound, credit.Rejected, 1},
		{"a 200 with unclear errors", balance, []scripttest.Response{scripttest.OK(`{"errors":[{"message":"no"}]}`)}, credit.ErrInvalid, credit.Unknown, 1},
		{"a 200 with a failure", balance, []scripttest.Response{scripttest.OK(`{"data":null,"errors":[{"message":"Internal server error"}]}`)}, credit.ErrUnavailable, credit.Unknown, 1},
		{"a 408 to a balance is not sent again", balance, []scripttest.Response{{Status: 408}}, credit.ErrUnavailable, credit.Unknown, 1},
		{"a balance is not set twice", balance, []scripttest.Response{{Cut: true, Body: `{"id":"b"}`}}, credit.ErrMalformed, credit.Unknown, 1},
		{"a 200 with errors and a batch is odd", balance, []scripttest.Response{scripttest.OK(`{"id":"b","currentBalance":0,"errors":["bad"]}`)}, credit.ErrInvalid, credit.Unknown, 1},
		{"another batch's answer", name, []scripttest.Response{scripttest.OK(`{"id":"c","name":"Gold"}`)}, credit.ErrMalformed, credit.Unknown, 1},
		{"an empty answer", name, []scripttest.Response{scripttest.OK(``)}, credit.ErrMalformed, credit.Unknown, 1},
		{"a lost balance is not set again", balance, []scripttest.Response{{Lost: true}}, credit.ErrUnavailable, credit.Unknown, 1},
		{"a 500 to a balance is returned", balance, []scripttest.Response{scripttest.Status(500, ``)}, credit.ErrUnavailable, credit.Unknown, 1},
		{"a 409 is returned", name, []scripttest.Response{scripttest.Status(409, `{"message":"duplicate"}`)}, credit.ErrConflict, credit.Rejected, 1},
		{"a rejection after a lost response", name, []scripttest.Response{{Lost: true}, scripttest.Status(422, `{}`)}, credit.ErrInvalid, credit.Unknown, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()[test.patch])
			e, ok := errors.AsType[*credit.Error](err)
			if !ok || result != nil {
				t.Fatalf("got %+v, %v; want a *credit.Error", result, err)
			}
			if e.Kind != test.kind || e.Outcome != test.outcome || e.Attempts != test.attempts || e.Op != "UpdateCreditBatch" || len(server.Requests()) != test.attempts {
				t.Errorf("%+v after %d requests", e, len(server.Requests()))
			}
		})
	}
}

// The same name twice is the same as once; after a 429 anything may be sent.
func TestUpdateIsSentAgainWhereItChangesNothingMore(t *testing.T) {
	for _, test := range []struct {
		name    string
		patch   string
		answers []scripttest.Response
	}{
		{"a lost name", "set name", []scripttest.Response{{Lost: true}, scripttest.Status(500, ``), shows(`,"name":"Gold"`)}},
		{"a lost expiry", "set expires_at", []scripttest.Response{{Lost: true}, scripttest.Status(503, ``), {Status: 204}}},
		{"a throttled balance", "set balance", []scripttest.Response{scripttest.Status(429, `{}`), scripttest.Status(429, `{}`), {Status: 204}}},
		{"any of them, at once", "set name", []scripttest.Response{scripttest.Status(429, `{}`), {Lost: true}, {Status: 204}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), ref, fieldPatches()[test.patch])
			if err != nil || result.Attempts != 3 {
				t.Fatalf("got %+v, %v; want success after 3 attempts", result, err)
			}
			if lines := wire(server); lines[0] != lines[1] || lines[1] != lines[2] {
				t.Errorf("sent %q; want the same three times", lines)
			}
		})
	}
}
