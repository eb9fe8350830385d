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
