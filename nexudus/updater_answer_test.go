package nexudus_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/nexudus"
)

func TestUpdateReturnsOnlyWhatNexudusReturned(t *testing.T) {
	client, _ := connect(t, scripttest.OK(held), scripttest.Response{Body: updated, Header: http.Header{"X-Request-Id": {"r-2"}}})
	result, err := client.Updater().Update(t.Context(), ref, three)
	if err != nil {
		t.Fatal(err)
	}
	if result.After != nil || result.Vendor != "nexudus" || result.ID != "87654321" || result.Attempts != 1 || result.RequestID != "r-2" || result.IdempotencyKey != "" || string(result.Raw) != updated {
		t.Errorf("the result is %+v", result)
	}
}

// A complete answer that is not a yes for this credit is not sent again, and
// nothing is read: only the caller can know what to make of it.
func TestUpdateWhoseAnswerIsNoYesIsUnknown(t *testing.T) {
	for name, answer := range map[string]scripttest.Response{
		"nothing":        scripttest.OK(""),
		"204":            {Status: 204},
		"a page of HTML": scripttest.OK("<html></html>"),
		"null":           scripttest.OK("null"),
		"a list":         scripttest.OK(`[]`),
		"no verdict":     scripttest.OK(`{"Status":200}`),
		"truncated":      scripttest.OK(updated[:len(updated)-1]),
		"oversized":      scripttest.OK(updated + strings.Repeat(" ", 4<<20)),
		"an empty 202":   {Status: 202},
		"no record":      scripttest.OK(`{"WasSuccessful":true,"Value":null}`),
		"another record": scripttest.OK(strings.Replace(updated, "87654321", "1", 1)),
	} {
		t.Run(name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(held), answer)
			result, err := client.Updater().Update(t.Context(), ref, three)
			if e := failed[*credit.Error](t, result, err, credit.Unknown); !errors.Is(e, credit.ErrMalformed) {
				t.Errorf("the error is %v", e)
			}
			checkArrived(t, server, readLine, writeLine+heldThree)
		})
	}
}

func TestRefusedWriteIsHandedUp(t *testing.T) {
	for _, test := range []struct {
		name    string
		answer  scripttest.Response
		kind    credit.Kind
		outcome credit.Outcome
	}{
		{"WasSuccessful false", scripttest.OK(`{"Message":"no","WasSuccessful":false}`), credit.ErrInvalid, credit.Rejected},
		{"a bad request", scripttest.Status(400, `{"Message":"no","WasSuccessful":false}`), credit.ErrInvalid, credit.Rejected},
		{"a Status of 500", scripttest.OK(`{"Status":500,"Message":"no","WasSuccessful":false}`), credit.ErrUnavailable, credit.Unknown},
		{"a 500", scripttest.Status(500, `{"Message":"no"}`), credit.ErrUnavailable, credit.Unknown},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, scripttest.OK(held), test.answer)
			result, err := client.Updater().Update(t.Context(), ref, three)
			if e := failed[*credit.Error](t, result, err, test.outcome); !errors.Is(e, test.kind) || e.Message != "no" {
				t.Errorf("the error is %v", e)
			}
			checkArrived(t, server, readLine, writeLine+heldThree)
		})
	}
}

// steps is a transport that plays one step per request.
type steps struct {
	play []func() *http.Response
	took []string // the methods
}

func (s *steps) RoundTrip(req *http.Request) (*http.Response, error) {
	if len(s.took) == len(s.play) {
		return nil, errors.New("a request beyond the script")
	}
	s.took = append(s.took, req.Method)
	return s.play[len(s.took)-1](), nil
}

func step(status int, body string, header ...string) func() *http.Response {
	return func() *http.Response {
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
		for _, retryAfter := range header {
			resp.Header.Set("Retry-After", retryAfter)
		}
		return resp
	}
}

// A record that has become old during the waits is read again before it is written back.
func TestThrottleOfReadAndWriteIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &steps{play: []func() *http.Response{
			step(409, "", "1"), step(200, held), step(409, "", "2"), step(409, "", "3"), step(200, held), step(200, updated),
		}}
		client, err := nexudus.New(credit.StaticToken(token), credit.WithTransport(s))
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		result, err := client.Updater().Update(t.Context(), ref, three)
		if err != nil || result.Attempts != 3 {
			t.Fatalf("the update gives %+v, %v", result, err)
		}
		if waited := time.Since(start); waited != 6*time.Second {
			t.Errorf("waited %v, want 1, 2 and 3 seconds", waited)
		}
		if diff := cmp.Diff([]string{"GET", "GET", "PUT", "PUT", "GET", "PUT"}, s.took); diff != "" {
			t.Error(diff)
		}
	})
}

func TestThrottleThatStaysIsARefusal(t *testing.T) {
	no := scripttest.Status(409, "")
	client, server := connect(t, scripttest.OK(held), no, no, no, no)
	result, err := client.Updater().Update(t.Context(), ref, three)
	if e := failed[*credit.Error](t, result, err, credit.Rejected); !errors.Is(e, credit.ErrRateLimited) || errors.Is(e, credit.ErrConflict) {
		t.Errorf("the error is %v", e)
	}
	write := writeLine + heldThree
	checkArrived(t, server, readLine, write, write, write, write)
}

func TestDryRunReadsAndWritesNothing(t *testing.T) {
	patch := credit.Patch{
		Note: credit.Clear[string](), Total: credit.Set(credit.NewDecimal(3)),
		StartsAt: credit.Set(newYear), ExpiresAt: credit.Clear[time.Time](),
	}
	const body = `{"Id":87654321,"CoworkerId":12,"BusinessId":34,"TotalCredit":3,"Description":null,"ValidFrom":"2027-01-01T00:00:00Z","ExpireDate":null}`
	changes := []credit.FieldChange{
		{Field: credit.FieldNote, Before: `"old"`, After: ""},
		{Field: credit.FieldTotal, Before: "50.00", After: "3"},
		{Field: credit.FieldStartsAt, Before: "", After: "2027-01-01T00:00:00Z"},
		{Field: credit.FieldExpiresAt, Before: "2026-12-31T00:00:00Z", After: ""},
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
			want := credit.Request{Method: "PUT", Path: "/api/billing/coworkerbookingcredits", Body: []byte(body)}
			if diff := cmp.Diff(want, *result.Request); diff != "" {
				t.Errorf("the request (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(changes, result.Changes()); diff != "" {
				t.Errorf("the changes (-want +got):\n%s", diff)
			}
			if !result.DryRun || result.Vendor != "nexudus" || result.ID != "87654321" || result.Attempts != 0 || result.After != nil || result.Raw != nil || string(result.Before.Raw) != held {
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
		client, server := connect(t, scripttest.OK(held), scripttest.OK(updated), scripttest.OK(heldThree))
		result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
		if err != nil || string(result.After.Raw) != heldThree {
			t.Fatalf("the update gives %+v, %v", result, err)
		}
		checkArrived(t, server, readLine, writeLine+heldThree, readLine)
	})
	// The record is the caller's, and what is not there is looked for once more
	// after a second.
	t.Run("not there", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			client, server := play(t, scripttest.OK(updated), scripttest.OK(held), scripttest.OK(held))
			start := time.Now()
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify(), credit.WithRecord([]byte(held)))
			e := failed[*credit.MismatchError](t, result, err, credit.Applied)
			if diff := cmp.Diff([]credit.FieldMismatch{{Field: credit.FieldTotal, Want: "3", Got: "50.00"}}, e.Fields); diff != "" {
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
			client, server := play(t, scripttest.OK(held), scripttest.OK(updated), scripttest.OK(held), scripttest.OK(heldThree))
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
			if err != nil || string(result.After.Raw) != heldThree {
				t.Errorf("the update gives %+v, %v", result, err)
			}
			checkArrived(t, server, readLine, writeLine+heldThree, readLine, readLine)
		})
	})
	for name, answer := range map[string]scripttest.Response{"refused": scripttest.Status(404, `"Not found"`), "malformed": scripttest.OK("[]")} {
		t.Run(name, func(t *testing.T) {
			client, _ := connect(t, scripttest.OK(held), scripttest.OK(updated), answer)
			result, err := client.Updater().Update(t.Context(), ref, three, credit.WithVerify())
			e := failed[*credit.UnverifiedError](t, result, err, credit.Applied)
			if e.Result == nil || string(e.Result.Raw) != updated || e.Err == nil {
				t.Errorf("the error holds %+v", e)
			}
		})
	}
}
