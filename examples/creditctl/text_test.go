package main

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/interrupt"
)

func TestTextOfUpdate(t *testing.T) {
	fake := credittest.NewMetronome(t)
	runAtFake(t, "metronome", fake, "update", "-set", "note=a, b", "-clear", "priority", "-set", "total=12.50", "-idempotency-key", "k-1").checkOutput(t, 0,
		`metronome credit 5e7e82cf-ccb7-428c-a96f-a8e4f67af822: changed
  note        "made by hand" -> "a, b"
  total       1000 -> 12.50
  priority    10 -> (empty)
the vendor confirmed it without showing the credit; -verify reads it back
1 attempt, idempotency key k-1
`, "")
	runAtFake(t, "metronome", fake, "update", "-set", "name=x", "-verify", "-idempotency-key", "k-2").checkOutput(t, 0,
		`metronome credit 5e7e82cf-ccb7-428c-a96f-a8e4f67af822: changed
  name        unknown -> "x"
read back: the change is there
1 attempt, idempotency key k-2
`, "")
}

func TestTextOfDryRun(t *testing.T) {
	runBinary(t, nil, "update", "-vendor", "thoughtindustries", "-fake", "-dry-run", "-set", "balance=0").checkOutput(t, 0,
		`thoughtindustries (fake) credit 9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90: would change; nothing was written
  balance     640 -> 0
PUT /incoming/v2/clients/creditBatches/9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90
{
  "currentBalance": 0
}
`, "")
}

func TestTextNamesFieldsNotReturned(t *testing.T) {
	r := newReport()
	r.addResult(&credit.Result{Attempts: 2, RequestID: "r-1", After: &credit.Record{}, NotReturned: []credit.Field{"expires_at"}})
	r.Vendor, r.ID, r.Outcome = "flexprice", "cg_1", "applied"
	if got, want := renderText(r), `flexprice credit cg_1: changed
the vendor confirmed it without showing expires_at; -verify reads it back
2 attempts, request id r-1
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextAdvisesToRepeatIdempotentUpdate(t *testing.T) {
	r := newReport()
	r.Repeatable = true
	r.setError(&credit.Error{Vendor: "knox", Op: "UpdateCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Attempts: 4})
	const want = "the same change may be made again, unless the credit was changed elsewhere since\n"
	if got := renderText(r); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

// These hints follow the library's own error text.
func TestTextOfErrors(t *testing.T) {
	keyed := func(kind credit.Kind, o credit.Outcome) error {
		return &credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: kind, Outcome: o, Attempts: 1, IdempotencyKey: "k"}
	}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"usage", usageError("-id is required"), "see creditctl -help, and creditctl COMMAND -help for the flags of a command\n"},
		{"mismatch", &credit.MismatchError{Vendor: "knox", ID: "1", Fields: []credit.FieldMismatch{{Field: "note", Want: `"a"`, Got: `"b"`}}},
			"read the credit with creditctl get before changing it again\n"},
		{"unknown, keyed", keyed(credit.ErrUnavailable, credit.Unknown),
			"the same change with -idempotency-key k is applied once, whether this one was made or not\n"},
		{"unknown", &credit.Error{Vendor: "knox", Kind: credit.ErrUnavailable, Outcome: credit.Unknown}, ""},
		{"rejected, keyed", keyed(credit.ErrConflict, credit.Rejected), "idempotency key k\n"},
		{"rejected", &credit.Error{Vendor: "knox", Kind: credit.ErrConflict, Outcome: credit.Rejected}, ""},
		{"not sent, keyed", keyed(credit.ErrUnavailable, credit.NotSent), ""},
		{"interrupted", &credit.Error{Vendor: "knox", Outcome: credit.NotSent, Err: interrupt.Signal{Signal: syscall.SIGHUP}},
			"the program was interrupted by a signal: hangup\n"},
		{"other", errors.New("\x1b[31mred\n"), "whether the change was made is unknown: read the credit first\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newReport()
			r.setError(c.err)
			if got, want := renderText(r), "creditctl: "+replaceControls(c.err.Error())+"\n"+c.want; got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestTextCannotControlTerminal(t *testing.T) {
	for _, test := range []struct {
		text string
		want string
	}{
		{"é 😀 \"a\"", "é 😀 \"a\""},
		{"\x1b]0;title\a", "\uFFFD]0;title\uFFFD"},
		{"\u009b31m\x7f", "\uFFFD31m\uFFFD"},
		{"a\u202eb\nc\td", "a\uFFFDb\uFFFDc\uFFFDd"},
	} {
		if got := replaceControls(test.text); got != test.want {
			t.Errorf("%q is shown as %q", test.text, got)
		}
	}
}

// renderText returns the text output without colors.
func renderText(a output) string {
	var all bytes.Buffer
	a.writeText(newTerminalWriter(&all, false), newTerminalWriter(&all, false))
	return all.String()
}
