package flexprice_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

// What this side refuses after a version conflict follows a write that was sent.
func TestRefusalAfterAConflictDoesNotSayThatNothingWasSent(t *testing.T) {
	const grant = `{"id":"g-1","name":"n","scope":"SUBSCRIPTION","status":"published"}`
	client, _ := connect(t, scripttest.OK(grant), scripttest.Status(409, conflict), scripttest.OK(strings.Replace(grant, "SUBSCRIPTION", "PLAN", 1)))
	_, err := client.Updater().Update(t.Context(), credit.Ref{ID: "g-1"}, credit.Patch{ExpiresAt: credit.Set(time.Now().Add(24 * time.Hour).Truncate(time.Second))})
	if err == nil {
		t.Fatal("no error")
	}
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if !ok || invalid.Field != "expires_at" || !errors.Is(err, credit.ErrConflict) || credit.OutcomeOf(err) != credit.Rejected {
		t.Errorf("the error is %v, %v", credit.OutcomeOf(err), err)
	}
	if text := err.Error(); strings.Contains(text, "nothing was sent") || strings.Contains(text, "\n") || !strings.HasSuffix(text, "the change was not made") {
		t.Errorf("the text is %q", text)
	}
}

// The grant is compared with WithExpect on each read, also on that of a version conflict.
func TestExpectIsComparedAgainAfterAConflict(t *testing.T) {
	const grant = `{"id":"g-1","name":"n","scope":"SUBSCRIPTION","status":"published"}`
	client, server := connect(t, scripttest.OK(grant), scripttest.Status(409, conflict), scripttest.OK(strings.Replace(grant, `"n"`, `"other"`, 1)))
	var info credit.CallInfo
	_, err := client.Updater().Update(t.Context(), credit.Ref{ID: "g-1"}, credit.Patch{Metadata: credit.Set(map[string]string{"a": "b"})},
		credit.WithExpect(credit.Record{Values: credit.Values{Name: credit.Set("n")}}), credit.WithInfo(&info))
	changed, ok := errors.AsType[*credit.ChangedError](err)
	if !ok || credit.OutcomeOf(err) != credit.Rejected || !errors.Is(err, credit.ErrConflict) {
		t.Fatalf("the error is %v, %v", credit.OutcomeOf(err), err)
	}
	if name, _ := changed.Now.Name.Get(); name != "other" || strings.Contains(err.Error(), "nothing was written") {
		t.Errorf("now %q: %v", name, err)
	}
	if got := len(server.Requests()); got != 3 {
		t.Errorf("%d requests, want a read, a write and a read", got)
	}
}
