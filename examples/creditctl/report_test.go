package main

import (
	"math"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// An empty report has all members, and its lists are not null.
func TestEmptyReportHasAllMembers(t *testing.T) {
	line, err := jsonline.Encode(newReport())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"schema":1,"vendor":"","id":"","owner":"","fake":false,"dry_run":false,"outcome":"","kind":"","code":"","message":"",` +
		`"fields":[],"status":0,"request_id":"","retry_after":0,"attempts":0,"idempotency_key":"","repeatable":false,"verified":false,` +
		`"verdict":"","credit":null,"before":null,"after":null,"patch":null,"changes":[],"not_returned":[],"request":null}`
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
}

// A missing, a null and a set field differ, and amounts keep every digit.
func TestEncodeRecord(t *testing.T) {
	line, err := jsonline.Encode(encodeRecord(&credit.Record{
		ID: "1", Owner: "2",
		Values: credit.Values{
			Name:      credit.Set(""),
			Note:      credit.Clear[string](),
			Total:     credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
			ExpiresAt: credit.Set(time.Date(2027, 1, 1, 0, 0, 0, 5, time.UTC)),
			Metadata:  credit.Set(map[string]string{}),
		},
	}))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"expires_at":"2027-01-01T00:00:00.000000005Z","id":"1","metadata":{},"name":"","note":null,"owner":"2","total":"12345678901234567890.10"}`
	if string(line) != want {
		t.Errorf("got  %s\nwant %s", line, want)
	}
	if encodeRecord(nil) != nil {
		t.Error("a nil record is not nil")
	}
}

// If the update was made and its verification failed, the attempts and the
// request id are those of the write.
func TestUnverifiedErrorReportsAttemptsOfTheWrite(t *testing.T) {
	r := newReport()
	err := &credit.UnverifiedError{
		Result: &credit.Result{Attempts: 1, RequestID: "write", IdempotencyKey: "k", NotReturned: []credit.Field{"note"}},
		Err:    &credit.Error{Attempts: 4, RequestID: "read", StatusCode: 500, Code: "down"},
	}
	r.addResult(resultIn(err))
	r.setError(err)
	if r.Attempts != 1 || r.RequestID != "write" || r.IdempotencyKey != "k" || r.Code != "down" || r.Status != 500 || r.NotReturned[0] != "note" {
		t.Errorf("%+v", r)
	}
}

func TestWholeSecondsRoundsUp(t *testing.T) {
	for _, test := range []struct {
		d    time.Duration
		want int64
	}{
		{0, 0}, {1, 1}, {time.Second, 1}, {time.Second + 1, 2}, {math.MaxInt64, 9223372037},
	} {
		if got := wholeSeconds(test.d); got != test.want {
			t.Errorf("%v: got %d seconds, want %d", test.d, got, test.want)
		}
	}
}
