package knox_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

func TestUpdateComparesTheAnswerWithThePatch(t *testing.T) {
	everything := credit.Patch{
		Note: credit.Set("n"), Total: credit.Set(credit.MustParseDecimal("3.0")),
		StartsAt: credit.Set(newYear), ExpiresAt: credit.Clear[time.Time](),
	}
	mismatch := func(field credit.Field, want, got string) credit.FieldMismatch {
		return credit.FieldMismatch{Field: field, Want: want, Got: got}
	}
	for _, test := range []struct {
		name    string
		members string // of the answer
		want    []credit.FieldMismatch
	}{
		{"as set", `"quantity":3.0,"notes":"n","date":"2027-01-01"`, nil},
		{"as set, in other digits", `"quantity":30e-1,"notes":"\u006e","date":"2027-01-01","expiration_date":null`, nil},
		{"midnight as a time", `"quantity":3,"notes":"n","date":"2027-01-01T00:00:00.000Z","expiration_date":""`, nil},
		{
			"still there",
			`"quantity":3,"notes":"n","date":"2027-01-01","expiration_date":"2026-12-31"`,
			[]credit.FieldMismatch{mismatch(credit.FieldExpiresAt, "", "2026-12-31T00:00:00Z")},
		},
		{
			"nothing took",
			`"quantity":1.10,"notes":"old","date":"2026-01-01","expiration_date":"2026-12-31"`,
			[]credit.FieldMismatch{
				mismatch(credit.FieldNote, `"n"`, `"old"`),
				mismatch(credit.FieldTotal, "3.0", "1.10"),
				mismatch(credit.FieldStartsAt, "2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
				mismatch(credit.FieldExpiresAt, "", "2026-12-31T00:00:00Z"),
			},
		},
		{
			"a time of that day",
			`"quantity":3,"notes":"n","date":"2027-01-01T05:00:00Z"`,
			[]credit.FieldMismatch{mismatch(credit.FieldStartsAt, "2027-01-01T00:00:00Z", "2027-01-01T05:00:00Z")},
		},
		{
			"left out",
			`"other":1`,
			[]credit.FieldMismatch{
				mismatch(credit.FieldNote, `"n"`, ""),
				mismatch(credit.FieldTotal, "3.0", ""),
				mismatch(credit.FieldStartsAt, "2027-01-01T00:00:00Z", ""),
			},
		},
		{
			"of another type, or twice",
			`"quantity":"3.0","notes":["n"],"date":20270101,"expiration_date":null,"expiration_date":null`,
			[]credit.FieldMismatch{
				mismatch(credit.FieldNote, `"n"`, "unknown"),
				mismatch(credit.FieldTotal, "3.0", "unknown"),
				mismatch(credit.FieldStartsAt, "2027-01-01T00:00:00Z", "unknown"),
				mismatch(credit.FieldExpiresAt, "", "unknown"),
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := `{"id":"cr-1",` + test.members + `}`
			client, _ := connect(t, scripttest.OK(held), scripttest.OK(answer))
			result, err := client.Updater().Update(t.Context(), ref, everything)
			if test.want == nil {
				if err != nil || string(result.After.Raw) != answer {
					t.Fatalf("the update gives %v, %v", result, err)
				}
				return
			}
			e := failed[*credit.MismatchError](t, result, err, credit.Applied)
			if diff := cmp.Diff(test.want, e.Fields); diff != "" {
				t.Errorf("the fields (-want +got):\n%s", diff)
			}
			if e.Vendor != "knox" || e.ID != "cr-1" || e.Result == nil || string(e.Result.Raw) != answer {
				t.Errorf("the error holds %+v", e)
			}
		})
	}
}

// A complete answer that does not name the credit is not sent again, and nothing
// is read: only the caller can know what to make of it.
func TestUpdateWhoseAnswerDoesNotNameTheCreditIsUnknown(t *testing.T) {
	for name, answer := range map[string]scripttest.Response{
		"nothing":        scripttest.OK(""),
		"204":            {Status: 204},
		"a page of HTML": scripttest.OK("<html></html>"),
		"null":           scripttest.OK("null"),
		"a list":         scripttest.OK(`[]`),
		"truncated":      scripttest.OK(heldThree[:len(heldThree)-1]),
		"oversized":      scripttest.OK(heldThree + strings.Repeat(" ", 4<<20)),
		"no id":          scripttest.OK(`{"quantity":3}`),
		"another record": scripttest.OK(strings.Replace(heldThree, "cr-1", "cr-2", 1)),
		"a number as id": scripttest.OK(strings.Replace(heldThree, `"cr-1"`, "1", 1)),
		"two ids":        scripttest.OK(strings.Replace(heldThree, `{`, `{"id":"cr-2",`, 1)),
	} {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(held), answer)
			result, err := client.Updater().Update(t.Context(), ref, three)
			if e := failed[*credit.Error](t, result, err, credit.Unknown); !errors.Is(e, credit.ErrMalformed) || e.Op != "UpdateCredit" {
				t.Errorf("the error is %v", e)
			}
			checkArrived(t, server, readLine, writeLine+heldThree)
		})
	}
}

func TestRefusedWriteIsHandedUp(t *testing.T) {
	for _, test := range []struct {
		name    string
		status  int
		kind    credit.Kind
		outcome credit.Outcome
	}{
		{"a bad request", 400, credit.ErrInvalid, credit.Rejected},
		{"a conflict", 409, credit.ErrConflict, credit.Rejected},
		{"a 500", 500, credit.ErrUnavailable, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(held), scripttest.Status(test.status, `{"message":"no"}`))
			result, err := client.Updater().Update(t.Context(), ref, three)
			if e := failed[*credit.Error](t, result, err, test.outcome); !errors.Is(e, test.kind) || e.StatusCode != test.status || e.Message != "no" {
				t.Errorf("the error is %v", e)
			}
			checkArrived(t, server, readLine, writeLine+heldThree) // and no second read
		})
	}
}

// An update's info is that of its write.
func TestInfoOfAnUpdateThatEndedWithItsReadIsEmpty(t *testing.T) {
	for status, body := range map[int]string{404: "", 200: "null"} {
		client, _ := connect(t, scripttest.Response{Status: status, Body: body})
		info := credit.CallInfo{Attempts: 9}
		_, err := client.Updater().Update(t.Context(), ref, three, credit.WithInfo(&info))
		if err == nil || info != (credit.CallInfo{}) {
			t.Errorf("the update gives %v with %+v", err, info)
		}
	}
}

func TestDryRunReadsAndWritesNothing(t *testing.T) {
	patch := credit.Patch{
		Note: credit.Clear[string](), Total: credit.Set(credit.NewDecimal(3)), ExpiresAt: credit.Set(newYear),
	}
	const body = `{"id":"cr-1","contact_id":"con-1","quantity":3,"date":"2026-01-01","expiration_date":"2027-01-01"}`
	changes := []credit.FieldChange{
		{Field: credit.FieldNote, Before: `"old"`, After: ""},
		{Field: credit.FieldTotal, Before: "1.10", After: "3"},
		{Field: credit.FieldExpiresAt, Before: "2026-12-31T00:00:00Z", After: "2027-01-01T00:00:00Z"},
	}
	for _, test := range []struct {
		name    string
		answers []scripttest.Response
		options []credit.CallOption
		want    []string
	}{
		{"with a read", []scripttest.Response{scripttest.OK(held)}, nil, []string{readLine}},
		{"with a record", nil, []credit.CallOption{credit.WithRecord([]byte(held))}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			result, err := client.Updater().Update(t.Context(), ref, patch, append(test.options, credit.WithDryRun())...)
			if err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, test.want...)
			want := credit.Request{Method: "PUT", Path: "/credits/acme.org/cr-1", Body: []byte(body)}
			if diff := cmp.Diff(want, *result.Request); diff != "" {
				t.Errorf("the request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(changes, result.Changes()); diff != "" {
				t.Errorf("the changes (-want +got):\n%s", diff)
			}
			if !result.DryRun || result.Vendor != "knox" || result.ID != "cr-1" || result.Attempts != 0 || result.After != nil || result.Raw != nil || string(result.Before.Raw) != held {
				t.Errorf("the result is %+v", result)
			}
		})
	}
	client, server := connect(t, scripttest.OK("null"))
	result, err := client.Updater().Update(t.Context(), ref, patch, credit.WithDryRun())
	failed[*credit.MalformedReadError](t, result, err, credit.NotSent)
	checkArrived(t, server, readLine)
}

func TestVerifyReadsBack(t *testing.T) {
	t.Run("as set", func(t *testing.T) {
		client, server := connect(t, scripttest.OK(held), scripttest.OK(heldThree), scripttest.OK(heldThree+"\n"))
		result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
		if err != nil || string(result.After.Raw) != heldThree+"\n" {
			t.Fatalf("the update gives %+v, %v", result, err)
		}
		checkArrived(t, server, readLine, writeLine+heldThree, readLine)
	})
	// The record is the caller's, and what is not there is looked for once more
	// after a second.
	t.Run("not there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := play(t, scripttest.OK(heldThree), scripttest.OK(held), scripttest.OK(held))
			start := time.Now()
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify(), credit.WithRecord([]byte(held)))
			e := failed[*credit.MismatchError](t, result, err, credit.Applied)
			if diff := cmp.Diff([]credit.FieldMismatch{{Field: credit.FieldTotal, Want: "3", Got: "1.10"}}, e.Fields); diff != "" {
				t.Error(diff)
			}
			checkArrived(t, server, writeLine+heldThree, readLine, readLine)
			if waited := time.Since(start); waited != time.Second {
				t.Errorf("waited %v", waited)
			}
		})
	})
	t.Run("there a second later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := play(t, scripttest.OK(held), scripttest.OK(heldThree), scripttest.OK(held), scripttest.OK(heldThree))
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
			if err != nil || string(result.After.Raw) != heldThree {
				t.Errorf("the update gives %+v, %v", result, err)
			}
			checkArrived(t, server, readLine, writeLine+heldThree, readLine, readLine)
		})
	})
	for name, answer := range map[string]scripttest.Response{"refused": scripttest.Status(404, ""), "malformed": scripttest.OK("[]")} {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(held), scripttest.OK(heldThree), answer)
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
			e := failed[*credit.UnverifiedError](t, result, err, credit.Applied)
			if e.Result == nil || string(e.Result.Raw) != heldThree || e.Err == nil {
				t.Errorf("the error holds %+v", e)
			}
		})
	}
}

// vault is a transport that keeps one record per path, as the vendor does.
type vault struct {
	mu      sync.Mutex
	records map[string]string
	written map[string]int
}

func (v *vault) RoundTrip(req *http.Request) (*http.Response, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if req.Method == http.MethodPut {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		v.records[req.URL.Path] = string(body)
		v.written[req.URL.Path]++
	}
	body := io.NopCloser(strings.NewReader(v.records[req.URL.Path]))
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: req}, nil
}
