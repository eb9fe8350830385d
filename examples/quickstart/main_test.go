package main

import (
	"bytes"
	"strings"
	"testing"
)

func runQuickstart(t *testing.T, env map[string]string, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := run(t.Context(), args, func(name string) string { return env[name] }, &out)
	return out.String(), err
}

// The columns are padded, so the test compares words.
func TestQuickstartShowsFiveUpdatesAndTheFaults(t *testing.T) {
	out, err := runQuickstart(t, nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var lines []string
	for line := range strings.Lines(out) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	for _, want := range []string{
		`knox UpdateCredit notes of the record quantity 2.50, notes "corrected" 1 none`,
		`thoughtindustries UpdateCreditBatch name, expiresOn, currentBalance 0 balance 0, expires 2024-01-01T00:00:00.000Z 1 none`,
		`nexudus UpdateCoworkerBookingCredit TotalCredit 0, other fields cleared CoworkerBookingCredit was successfully updated. 1 none`,
		`metronome EditCredit ending_before of one item id 182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e 1 none`,
		`nexudus throttled, then retried yes 2`,
		`metronome connection lost, retried with the same key yes 2`,
		`metronome conflict rejected 1`,
		`thoughtindustries rate limit with a long Retry-After rejected 1`,
		`flexprice credit not found rejected 1`,
		`thoughtindustries connection lost, not idempotent unknown 1`,
		`thoughtindustries: UpdateCreditBatch: HTTP 429 rate limited: too many requests; the change was not made; retry after 1h0m0s`,
		`thoughtindustries: UpdateCreditBatch: unavailable: the connection was closed before the response was complete; whether the change was made is unknown: read the credit before sending it again`,
	} {
		found := false
		for _, line := range lines {
			found = found || line == want
		}
		if !found {
			t.Errorf("no line %q in\n%s", want, out)
		}
	}
	if !strings.Contains(out, `"Trial", 100.5 credits`) { // its line ends in a random request id
		t.Errorf("flexprice is missing in\n%s", out)
	}
}

func TestLiveNamesMissingVariables(t *testing.T) {
	_, err := runQuickstart(t, map[string]string{"METRONOME_TOKEN": "x", "CREDITKIT_TEXT": "y"}, "-live", "metronome")
	if want := "metronome needs these environment variables, which are not set: METRONOME_CUSTOMER_ID, METRONOME_CREDIT_ID"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestHelpListsEveryVendorsVariables(t *testing.T) {
	out, err := runQuickstart(t, nil, "-help")
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range liveCalls {
		required, optional := l.listVariables()
		for _, name := range append(required, optional...) {
			if !strings.Contains(out, name) {
				t.Errorf("the help does not name %s", name)
			}
		}
	}
}
