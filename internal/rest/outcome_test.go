package rest

import (
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// What the attempts of a call bring, one after the other, and what the error
// says in the end. Four attempts are made at most.
func TestOutcomeOfAllAttempts(t *testing.T) {
	const (
		none    = credit.NotSent
		no      = credit.Rejected
		unknown = credit.Unknown
	)
	const junk = "200 <html>"
	for _, test := range []struct {
		op      *Operation
		steps   string
		outcome credit.Outcome
		kind    credit.Kind
		status  int
	}{
		// A read changes nothing, whatever becomes of it.
		{&opRead, "404", none, credit.ErrNotFound, 404},
		{&opRead, "500", none, credit.ErrUnavailable, 500},
		{&opRead, "302", none, credit.ErrMalformed, 302},
		{&opRead, "lost,503,429,dial", none, credit.ErrUnavailable, 0},
		{&opRead, "lost,lost,lost,409", none, credit.ErrConflict, 409},
		{&opRead, junk, none, credit.ErrMalformed, 200},

		// A write that may be repeated.
		{&opSafe, "dial,dial,dial,dial", none, credit.ErrUnavailable, 0},
		{&opSafe, "lost,lost,lost,lost", unknown, credit.ErrUnavailable, 0},
		{&opSafe, "429,429,429,429", no, credit.ErrRateLimited, 429},
		{&opSafe, "503,503,503,503", unknown, credit.ErrUnavailable, 503},
		{&opSafe, "500", unknown, credit.ErrUnavailable, 500},
		{&opSafe, "501", unknown, credit.ErrUnavailable, 501},
		{&opSafe, "400", no, credit.ErrInvalid, 400},
		{&opSafe, "401", no, credit.ErrUnauthorized, 401},
		{&opSafe, "409", no, credit.ErrConflict, 409},
		{&opSafe, "302", unknown, credit.ErrMalformed, 302},
		{&opSafe, "308", no, credit.ErrMalformed, 308},
		{&opSafe, junk, unknown, credit.ErrMalformed, 200},
		{&opSafe, "dial,400", no, credit.ErrInvalid, 400},
		{&opSafe, "429,404", no, credit.ErrNotFound, 404},
		{&opSafe, "429,dial,dial,dial", no, credit.ErrUnavailable, 0},
		{&opSafe, "408,400", unknown, credit.ErrInvalid, 400},

		// Once unknown, nothing makes it less but a success.
		{&opSafe, "lost,409", unknown, credit.ErrConflict, 409},
		{&opSafe, "lost,400", unknown, credit.ErrInvalid, 400},
		{&opSafe, "lost,302", unknown, credit.ErrMalformed, 302},
		{&opSafe, "503,404", unknown, credit.ErrNotFound, 404},
		{&opSafe, "502,429,401", unknown, credit.ErrUnauthorized, 401},
		{&opSafe, "504,dial,dial,dial", unknown, credit.ErrUnavailable, 0},
		{&opSafe, "lost,429,429,429", unknown, credit.ErrRateLimited, 429},
		{&opSafe, "lost," + junk, unknown, credit.ErrMalformed, 200},
		{&opKeyed, "409", no, credit.ErrConflict, 409},
		{&opKeyed, "lost,409,409,409", unknown, credit.ErrConflict, 409},
		{&opKeyed, "429,409,409,409", unknown, credit.ErrConflict, 409},
		{&opKeyed, "503,502,504,408", unknown, credit.ErrUnavailable, 408},
		{&opThrottle, "lost,409,409,409", unknown, credit.ErrRateLimited, 409},

		// A write that may not be repeated once it may have arrived.
		{&opUnsafe, "lost", unknown, credit.ErrUnavailable, 0},
		{&opUnsafe, "503", unknown, credit.ErrUnavailable, 503},
		{&opUnsafe, "408", unknown, credit.ErrUnavailable, 408},
		{&opUnsafe, "409", no, credit.ErrConflict, 409},
		{&opUnsafe, "dial,lost", unknown, credit.ErrUnavailable, 0},
		{&opUnsafe, "dial,429,400", no, credit.ErrInvalid, 400},
		{&opUnsafe, junk, unknown, credit.ErrMalformed, 200},

		// A 409 that asks for patience.
		{&opThrottle, "409,409,409,409", no, credit.ErrRateLimited, 409},
		{&opThrottle, "409,400", no, credit.ErrInvalid, 400},
	} {
		t.Run(test.op.ID+" "+test.steps, func(t *testing.T) {
			steps := strings.Split(test.steps, ",")
			s := play(steps...)
			_, err := send(t, newClient(t, s), test.op)
			e := failure(t, err)
			if e.Outcome != test.outcome || e.Kind != test.kind || e.StatusCode != test.status {
				t.Errorf("outcome %v, kind %v, status %d; want %v, %v, %d", e.Outcome, e.Kind, e.StatusCode, test.outcome, test.kind, test.status)
			}
			if e.Attempts != len(steps) || s.sent() != len(steps) {
				t.Errorf("%d attempts, %d requests, want %d", e.Attempts, s.sent(), len(steps))
			}
			if credit.OutcomeOf(err) != e.Outcome {
				t.Errorf("OutcomeOf says %v", credit.OutcomeOf(err))
			}
		})
	}
}

func TestSuccessAfterAllIsOne(t *testing.T) {
	for _, op := range []*Operation{&opRead, &opSafe, &opKeyed, &opThrottle} {
		s := play("lost", "503", "429", `200 {"id":"7"}`)
		got, err := send(t, newClient(t, s), op)
		if err != nil || got.ID != "7" {
			t.Errorf("%s: %v, %v", op.ID, got, err)
		}
		if slices.Contains(s.bodies, "") != (op.Reads) || len(slices.Compact(s.bodies)) != 1 {
			t.Errorf("%s: the attempts' bodies are %q", op.ID, s.bodies)
		}
	}
}
