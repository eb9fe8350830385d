package proof

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/nexudus"
)

// At every vendor each request is one event of an attempt, and each call is one event
// with the error that the update returns, whatever the vendor responds.
func TestEachRequestIsOneEvent(t *testing.T) {
	faults := []struct {
		name   string
		faults []credittest.Fault
	}{
		{"success", nil},
		{"refused", []credittest.Fault{credittest.Respond(403, `{"message":"no"}`)}},
		{"retried", []credittest.Fault{credittest.Respond(503, ""), credittest.LostAfter()}},
		{"cut off", []credittest.Fault{credittest.Truncated().OnWrite()}},
		{"page", []credittest.Fault{credittest.LoginPage().OnWrite()}},
		{"another credit", []credittest.Fault{credittest.AnotherID().OnWrite()}},
		{"empty", []credittest.Fault{credittest.Empty(200).OnWrite()}},
	}
	for _, v := range vendors {
		for _, test := range faults {
			t.Run(v.name+", "+test.name, func(t *testing.T) {
				fake := v.fake(t)
				fake.Queue(test.faults...)
				synctest.Test(t, func(t *testing.T) {
					attempts, pending := 0, map[string]int{} // by operation: a read may come between two attempts of a write
					var last credit.Event
					updater := v.newFakeUpdater(t, fake, credit.WithObserver(func(_ context.Context, e credit.Event) {
						switch {
						case e.Vendor != v.name || e.Outcome != credit.OutcomeOf(e.Err) && e.Kind == credit.EventCall:
							t.Errorf("event %+v", e)
						case e.Kind == credit.EventAttempt:
							attempts++
							pending[e.Name]++
						case e.Attempt != pending[e.Name]:
							t.Errorf("a call of %d attempts has %d events of them", e.Attempt, pending[e.Name])
						}
						if e.Kind == credit.EventCall {
							last = e
							delete(pending, e.Name)
						}
					}))
					_, err := updater.Update(t.Context(), fake.Ref, v.edits[0].patch(1))
					if n := len(fake.Requests()); attempts != n || len(pending) != 0 {
						t.Errorf("%d events of attempts, %v of them after the last call; %d requests", attempts, pending, n)
					}
					if credit.OutcomeOf(last.Err) != credit.OutcomeOf(err) || err != nil && !strings.HasPrefix(err.Error(), v.name) {
						t.Errorf("the last event has %v, the update %v", last.Err, err)
					}
				})
			})
		}
	}
}

// operationRecorder records the operation of each request.
type operationRecorder struct {
	next http.RoundTripper
	seen []string
}

func (r *operationRecorder) RoundTrip(req *http.Request) (*http.Response, error) {
	op, ok := credit.OperationFrom(req.Context())
	r.seen = append(r.seen, fmt.Sprint(op.Vendor, " ", op.Name, " ", op.Write, " ", op.Attempt, " ", ok))
	return r.next.RoundTrip(req)
}

// A token source of the SDK names its requests, and reports a rejected refresh and the
// sign-in after it as two.
func TestTokenRequestsHaveAnOperation(t *testing.T) {
	fake := credittest.NewNexudus(t)
	synctest.Test(t, func(t *testing.T) {
		tokens, calls := &operationRecorder{next: fake.Transport()}, &operationRecorder{next: fake.Transport()}
		ctx := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: tokens})
		source := nexudus.Password{Email: "a@example.com", Password: token, BaseURL: fake.URL}.TokenSource(ctx)
		var events []string
		client, err := nexudus.New(source, credit.WithBaseURL(fake.URL), credit.WithTransport(calls), credit.WithObserver(func(_ context.Context, e credit.Event) {
			if e.Kind == credit.EventToken {
				events = append(events, fmt.Sprint(e.Name, " ", e.Attempt, " ", e.StatusCode, " ", e.Outcome))
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		read := func() {
			if _, err := client.Updater().(credit.Reader).Read(t.Context(), fake.Ref); err != nil {
				t.Fatal(err)
			}
		}
		read()
		fake.Queue(credittest.Respond(401, "").OnRead(), credittest.Respond(400, `{"error":"invalid_grant"}`).OnToken())
		read()
		compare := func(what string, got []string, want ...string) {
			if text := strings.Join(got, "; "); text != strings.Join(want, "; ") {
				t.Errorf("%s: %s", what, text)
			}
		}
		compare("token requests", tokens.seen, "nexudus Token false 1 true", "nexudus Token false 1 true", "nexudus Token false 2 true")
		compare("events", events, "Token 1 200 none", "Token 1 400 not sent", "Token 2 200 none")
		const get = "nexudus GetCoworkerBookingCredit false "
		compare("calls", calls.seen, get+"1 true", get+"1 true", get+"2 true")
	})
}
