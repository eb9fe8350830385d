package knox_test

import (
	"errors"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
	"github.com/creditkit/creditkit/knox"
)

// A transport that does not report its connections may have sent the request
// before it failed, whatever its error looks like. One that reports that it requested
// a connection and got none proves that nothing was sent.
func TestAFailedDialIsNotSentOnlyWhereTheTransportReportsIt(t *testing.T) {
	for _, reports := range []bool{true, false} {
		want := credit.Unknown
		if reports {
			want = credit.NotSent
		}
		dial := &scripttest.RefusedDial{Reports: reports}
		client, err := knox.New("acme", credit.StaticToken(token), credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 5 * time.Millisecond}), credit.WithTransport(dial))
		if err != nil {
			t.Fatal(err)
		}
		_, err = client.UpdateCredit(t.Context(), leastRecord(nil))
		if credit.OutcomeOf(err) != want || !errors.Is(err, credit.ErrUnavailable) || dial.Requests() != 4 {
			t.Errorf("reported: %t: %v after %d requests, want %v after 4", reports, err, dial.Requests(), want)
		}
	}
}
