package credittest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// Each fault meets the one write of an update that is not tried again.
var faults = []struct {
	name    string
	fault   credittest.Fault
	changes bool           // what the vendor did
	outcome credit.Outcome // what the client makes of it; 0 is a success
	kind    credit.Kind
}{
	{"none", credittest.Slow(0), true, 0, ""},
	{"Refuse 400", credittest.Respond(400, `{"message":"no"}`), false, credit.Rejected, credit.ErrInvalid},
	{"Refuse 403", credittest.Respond(403, ``), false, credit.Rejected, credit.ErrForbidden},
	{"Refuse 500", credittest.Respond(500, `{}`), false, credit.Unknown, credit.ErrUnavailable},
	{"RateLimited", credittest.RateLimited(0), false, credit.Rejected, credit.ErrRateLimited},
	{"Throttled", credittest.Throttled(), false, credit.Rejected, credit.ErrConflict}, // but at nexudus
	{"LostBefore", credittest.LostBefore(), false, credit.Unknown, credit.ErrUnavailable},
	{"LostAfter", credittest.LostAfter(), true, credit.Unknown, credit.ErrUnavailable},
	{"Truncated", credittest.Truncated(), true, credit.Unknown, credit.ErrMalformed},
	{"Oversized", credittest.Oversized(), true, credit.Unknown, credit.ErrMalformed},
	{"HTML 502", credittest.HTML(502), false, credit.Unknown, credit.ErrUnavailable},
	{"HTML 200", credittest.HTML(200), false, credit.Unknown, credit.ErrMalformed},
	{"Redirect", credittest.Redirect(302, "https://example.com/"), false, credit.Unknown, credit.ErrMalformed},
	{"WrongContentType", credittest.WrongContentType("text/html"), true, 0, ""},
	{"InvalidJSON", credittest.InvalidJSON(), true, credit.Unknown, credit.ErrMalformed},
	{"Slow", credittest.Slow(time.Microsecond), true, 0, ""},
	{"the zero Fault", credittest.Fault{}, false, credit.Unknown, credit.ErrMalformed},
	{"Accept {}", credittest.Accept(200, `{}`), true, credit.Unknown, credit.ErrMalformed},
	{"Accept {}, pretended", credittest.Accept(200, `{}`).NotApplied(), false, credit.Unknown, credit.ErrMalformed},
	{"Empty 202", credittest.Empty(202), true, credit.Unknown, credit.ErrMalformed},
	{"OtherStatus 206", credittest.OtherStatus(206), true, credit.Unknown, credit.ErrMalformed},
	{"OtherStatus 203", credittest.OtherStatus(203), true, 0, ""},
	{"LoginPage", credittest.LoginPage(), true, credit.Unknown, credit.ErrMalformed},
	{"CutAt", credittest.CutAt(-3), true, credit.Unknown, credit.ErrMalformed},
	{"TruncatedAt", credittest.TruncatedAt(-3), true, credit.Unknown, credit.ErrMalformed},
	{"GaveUp 408", credittest.GaveUp(408), true, credit.Unknown, credit.ErrUnavailable},
	{"GaveUp 499", credittest.GaveUp(499), true, credit.Unknown, credit.ErrUnavailable},
	{"StreamReset", credittest.StreamReset(1), true, credit.Unknown, credit.ErrUnavailable},
	{"a late 500", credittest.Fault{Applied: true, Status: 500}, true, credit.Unknown, credit.ErrUnavailable},
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"sockets", "memory"} {
		eachVendor(t, func(t *testing.T, v vendor) {
			for _, test := range faults {
				t.Run(way+" "+test.name, func(t *testing.T) {
					fake := v.fake(t)
					opts := []credit.Option{once()}
					if way == "memory" {
						opts = append(opts, credit.WithTransport(fake.Transport()))
					}
					fake.Queue(test.fault.OnWrite())
					_, err := v.updater(t, fake, opts...).Update(t.Context(), fake.Ref, v.patch)

					kind := test.kind
					if v.name == "nexudus" && test.name == "Throttled" {
						kind = credit.ErrRateLimited
					}
					if credit.OutcomeOf(err) != test.outcome || err != nil && !errors.Is(err, kind) {
						t.Errorf("the outcome is %v: %v", credit.OutcomeOf(err), err)
					}
					if got := v.changed(t, fake); got != test.changes {
						t.Errorf("changed is %v", got)
					}
					writes := fake.Writes()
					if len(writes) != 1 || writes[0].Applied != test.changes {
						t.Errorf("%d writes, applied %v", len(writes), writes[0].Applied)
					}
				})
			}
		})
	}
}

// What is tried again ends well, and is applied.
func TestFaultsThatRetriesOvercome(t *testing.T) {
	t.Parallel()
	eachVendor(t, func(t *testing.T, v vendor) {
		fake := v.fake(t)
		fake.Queue(credittest.LostBefore().OnWrite(), credittest.HTML(503).OnWrite(), credittest.RateLimited(0).OnWrite())
		result, err := v.updater(t, fake, soon()).Update(t.Context(), fake.Ref, v.patch)
		if err != nil {
			t.Fatal(err)
		}
		if !v.changed(t, fake) || len(fake.Writes()) != result.Attempts || result.Attempts != 4 {
			t.Errorf("%d writes in %d attempts", len(fake.Writes()), result.Attempts)
		}
	})
}

func TestFaultHeaders(t *testing.T) {
	t.Parallel()
	fake := credittest.NewMetronome(t)
	shared := credittest.Respond(400, "{}").With("x-one", "1")
	for _, test := range []struct {
		fault  credittest.Fault
		header string
		want   string
	}{
		{credittest.RateLimited(1500 * time.Millisecond), "Retry-After", "2"},
		{credittest.RateLimited(time.Hour), "Retry-After", "3600"},
		{credittest.RateLimited(1<<63 - 1), "Retry-After", "9223372037"},
		{credittest.RateLimited(0), "Retry-After", ""},
		{credittest.Throttled(), "Retry-After", "1"},
		{credittest.Redirect(307, "https://example.com/a"), "Location", "https://example.com/a"},
		{credittest.HTML(500), "Content-Type", "text/html"},
		{credittest.Respond(500, "{}"), "Content-Type", "application/json"},
		{credittest.WrongContentType("text/odd"), "Content-Type", "text/odd"},
		{shared.With("X-Two", "2"), "X-One", "1"},
		{shared, "X-Two", ""},
	} {
		fake.Queue(test.fault)
		got := call(t, "POST", fake.URL+listPath, "{}", "Authorization", "Bearer x")
		if got.header.Get(test.header) != test.want {
			t.Errorf("%s is %q, want %q", test.header, got.header.Get(test.header), test.want)
		}
	}
}

// A client of net/http does not send a request again behind a fault's back.
func TestLostRequestIsNotResent(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	for range 20 {
		call(t, "GET", knoxURL(fake, "none"), "") // leaves a connection
		fake.Reset()
		fake.Queue(credittest.LostAfter())
		if got, err := try(t.Context(), "GET", knoxURL(fake, "none"), ""); err == nil {
			t.Fatalf("got a response: %+v", got)
		}
		if n := len(fake.Requests()); n != 1 {
			t.Fatalf("%d requests arrived", n)
		}
	}
}

// An empty body cannot be cut.
func TestTruncatedEmptyBodyIsLost(t *testing.T) {
	t.Parallel()
	fake := credittest.NewThoughtIndustries(t)
	fake.Queue(credittest.Truncated(), credittest.Truncated())
	if got, err := try(t.Context(), "GET", fake.URL, ""); err == nil {
		t.Errorf("got a response: %+v", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", fake.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := fake.Transport().RoundTrip(req); err == nil {
		t.Errorf("got a response: %+v", resp)
	}
}

func TestTruncatedKeepsTheStatus(t *testing.T) {
	t.Parallel()
	fake := credittest.NewKnox(t)
	fake.Queue(credittest.Truncated())
	got, err := try(t.Context(), "GET", knoxURL(fake, fake.Ref.ID), "", "Authorization", "Bearer x")
	record := string(fake.Record(fake.Ref.ID))
	if err == nil || got.status != 200 || got.body != record[:len(record)/2] || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("%d, %d bytes of %d, %v", got.status, len(got.body), len(record), err)
	}
}
