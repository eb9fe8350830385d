package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

func TestTextOfUpdate(t *testing.T) {
	fake := credittest.NewMetronome(t)
	creditctl(t, "metronome", fake, "update", "-set", "note=a, b", "-clear", "priority", "-set", "total=12.50", "-idempotency-key", "k-1").says(t, 0,
		`metronome credit 5e7e82cf-ccb7-428c-a96f-a8e4f67af822: changed
  note        "made by hand" -> "a, b"
  total       1000 -> 12.50
  priority    10 -> (empty)
the vendor confirmed it without showing the credit; -verify reads it back
1 attempt, idempotency key k-1
`, "")
	creditctl(t, "metronome", fake, "update", "-set", "name=x", "-verify", "-idempotency-key", "k-2").says(t, 0,
		`metronome credit 5e7e82cf-ccb7-428c-a96f-a8e4f67af822: changed
  name        unknown -> "x"
read back: the change is there
1 attempt, idempotency key k-2
`, "")
}

func TestTextOfDryRun(t *testing.T) {
	execute(t, nil, "update", "-vendor", "thoughtindustries", "-fake", "-dry-run", "-set", "balance=0").says(t, 0,
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
	r.addResult(&credit.Result{Attempts: 2, RequestID: "r-1", After: &credit.Record{}, Untold: []credit.Field{"expires_at"}})
	r.Vendor, r.ID, r.Outcome = "flexprice", "cg_1", "applied"
	if got, want := shown(r), `flexprice credit cg_1: changed
the vendor confirmed it without showing expires_at; -verify reads it back
2 attempts, request id r-1
`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestTextAdvisesToRepeatIdempotentUpdate(t *testing.T) {
	r := newReport()
	r.Repeatable = true
	r.fail(&credit.Error{Vendor: "knox", Op: "UpdateCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Attempts: 4})
	const want = "the same change may be made again, unless the credit was changed elsewhere since\n"
	if got := shown(r); !strings.HasSuffix(got, want) {
		t.Errorf("got\n%s", got)
	}
}

func TestTextOfErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{usageError("-id is required"), "creditctl: -id is required\nsee creditctl -help, and creditctl update -help for the values of -set\n"},
		{&credit.MismatchError{Vendor: "knox", ID: "1", Fields: []credit.FieldMismatch{{Field: "note", Want: `"a"`, Got: `"b"`}}},
			"creditctl: knox: credit 1 was changed, but not as asked: note is \"b\", not \"a\"\nread the credit with creditctl get before changing it again\n"},
		{&credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrUnavailable, Outcome: credit.Unknown, Attempts: 4, IdempotencyKey: "k"},
			"creditctl: metronome: EditCredit: unavailable; whether the change was made is unknown: read the credit before sending it again; 4 attempts\n" +
				"the same change with -idempotency-key k is applied once, whether this one was made or not\n"},
		{&credit.Error{Vendor: "knox", Op: "UpdateCredit", Kind: credit.ErrConflict, Outcome: credit.Rejected, Attempts: 1},
			"creditctl: knox: UpdateCredit: conflict; the change was not made\n"},
		{&credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrConflict, Outcome: credit.Rejected, Attempts: 1, IdempotencyKey: "k"},
			"creditctl: metronome: EditCredit: conflict; the change was not made\nidempotency key k\n"},
		{&credit.Error{Vendor: "metronome", Op: "EditCredit", Kind: credit.ErrUnavailable, Outcome: credit.NotSent, Attempts: 1, IdempotencyKey: "k"},
			"creditctl: metronome: EditCredit: unavailable; no change was sent\n"},
		{errors.New("\x1b[31mred\n"), "creditctl: \uFFFD[31mred\uFFFD\nwhether the change was made is unknown: read the credit first\n"},
	} {
		r := newReport()
		r.fail(c.err)
		if got := shown(r); got != c.want {
			t.Errorf("got\n%s\nwant\n%s", got, c.want)
		}
	}
}

func TestTextCannotControlTerminal(t *testing.T) {
	for text, want := range map[string]string{
		"é 😀 \"a\"":      "é 😀 \"a\"",
		"\x1b]0;title\a": "\uFFFD]0;title\uFFFD",
		"\u009b31m\x7f":  "\uFFFD31m\uFFFD",
		"a\u202eb\nc\td": "a\uFFFDb\uFFFDc\uFFFDd",
	} {
		if got := printable(text); got != want {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}

// shown returns all the text, without colors.
func shown(a answer) string {
	var all bytes.Buffer
	a.writeText(newScreen(&all, false), newScreen(&all, false))
	return all.String()
}
