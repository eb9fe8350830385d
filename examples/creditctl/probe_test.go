package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

const consent = "-" + consentFlag

// probe runs probe -json at a fake.
func probe(t *testing.T, name string, fake *credittest.Server) (probeResult, runResult) {
	t.Helper()
	r := runAtFake(t, name, fake, "probe", consent, "-json")
	var result probeResult
	if err := json.Unmarshal([]byte(r.stdout), &result); err != nil {
		t.Fatalf("%v in %s%s", err, r.stdout, r.stderr)
	}
	return result, r
}

// checkRestored compares the fake's record with an earlier one, without the members that
// the vendor stamps.
func checkRestored(t *testing.T, name string, fake *credittest.Server, before json.RawMessage) {
	t.Helper()
	p := prober{vendor: name}
	var err error
	if p.before, err = decodeMembers(before); err != nil {
		t.Fatal(err)
	}
	now, err := decodeMembers(fake.Record(fake.Ref.ID))
	if err != nil {
		t.Fatal(err)
	}
	if changed := p.changedMembers(now); len(changed) > 0 {
		t.Errorf("the credit was not put back: %q\n%s", changed, fake.Record(fake.Ref.ID))
	}
}

// The fakes do what the library assumes. The text for an issue has no id and no value.
func TestProbeAtEveryVendor(t *testing.T) {
	for _, name := range vendor.Names() {
		t.Run(name, func(t *testing.T) {
			fake := fakes[name](t)
			if name == "flexprice" {
				seedText(t, fake, `"scope"`, `"end_date":"2999-01-02T03:04:05Z","scope"`)
			}
			before := fake.Record(fake.Ref.ID)
			result, r := probe(t, name, fake)
			if r.code != 0 || result.Stopped != "" || result.PutBack != "" || result.Before != nil && string(result.Before) != "null" {
				t.Errorf("exit code %d\n%s", r.code, r.stdout)
			}
			for _, a := range result.Assumptions {
				if a.Verdict != verdictHolds || a.Seen == "" {
					t.Errorf("%s: %s, %s", a.Assumption, a.Verdict, a.Seen)
				}
			}
			want := len(experiments[name]) + 1 // and the credit that does not exist
			if name == "metronome" {
				want++ // and the keys
			}
			if len(result.Assumptions) != want || strings.Count(result.Issue, "\n") != want+1 {
				t.Errorf("%d assumptions, want %d\n%s", len(result.Assumptions), want, result.Issue)
			}
			checkRestored(t, name, fake, before)
			members, err := decodeMembers(before)
			if err != nil {
				t.Fatal(err)
			}
			for member, value := range members {
				if text := textOf(value); len(text) > 5 && strings.Contains(result.Issue, text) {
					t.Errorf("the issue contains the %s of the credit\n%s", member, result.Issue)
				}
			}
			if strings.Contains(r.stdout, secret) || strings.Contains(result.Issue, fake.Ref.ID) {
				t.Errorf("the output contains a secret or an id\n%s", r.stdout)
			}
		})
	}
}

// An end date is not sent where it could not be put back.
func TestProbeSendsOnlyEndDatesThatCanBePutBack(t *testing.T) {
	for _, test := range []struct{ name, members string }{
		{"no end date", `"scope":"SUBSCRIPTION","note":"x"`},
		{"the grant of a plan", `"end_date":"2999-01-02T03:04:05Z","scope":"PLAN"`},
		{"an unknown scope", `"end_date":"2999-01-02T03:04:05Z","scope":"TEAM"`},
		{"a grant that has ended", `"end_date":"2026-01-03T03:04:05Z","scope":"SUBSCRIPTION"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := credittest.NewFlexprice(t)
			seedText(t, fake, `"scope":"SUBSCRIPTION"`, test.members)
			before := fake.Record(fake.Ref.ID)
			result, r := probe(t, "flexprice", fake)
			skipped := 0
			for _, a := range result.Assumptions {
				if a.Verdict == verdictNotTried {
					skipped++
				}
			}
			if r.code != 0 || skipped != 3 {
				t.Errorf("exit code %d, %d not tried\n%s", r.code, skipped, r.stdout)
			}
			for _, w := range fake.Writes() {
				if strings.Contains(string(w.Body), "end_date") {
					t.Errorf("sent %s", w.Body)
				}
			}
			checkRestored(t, "flexprice", fake, before)
		})
	}
}

func TestProbeNeedsConsent(t *testing.T) {
	fake := credittest.NewKnox(t)
	runAtFake(t, "knox", fake, "probe").checkOutput(t, 2, "",
		"creditctl: -i-know-this-changes-the-credit is required: probe writes to the credit and puts it back"+usageHint)
	if n := len(fake.Requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// editWrites returns the address of a proxy that changes the bodies of writes.
func editWrites(t *testing.T, fake *credittest.Server, edit func(body map[string]json.RawMessage)) string {
	t.Helper()
	target, err := url.Parse(fake.URL)
	if err != nil {
		t.Fatal(err)
	}
	target.Path = ""
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		if r.In.Method != http.MethodPut {
			return
		}
		body, _ := io.ReadAll(r.In.Body) // an incomplete body is not JSON
		members, _ := decodeMembers(body)
		edit(members)
		body, _ = json.Marshal(members)
		r.Out.Body, r.Out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// An assumption that does not hold is reported, and the credit is put back.
func TestProbeSeesBrokenAssumption(t *testing.T) {
	fake := credittest.NewNexudus(t)
	before := fake.Record(fake.Ref.ID)
	proxied := editWrites(t, fake, func(body map[string]json.RawMessage) {
		if body["UseCreditPrice"] == nil {
			body["UseCreditPrice"] = json.RawMessage("true") // this vendor leaves it alone
		}
	})
	r := runBinary(t, credentialsEnv("nexudus", ""), "probe", "-vendor", "nexudus", "-id", fake.Ref.ID, "-base-url", proxied, consent)
	if want := "  does not hold  a switch that a write leaves out becomes false\n                 seen: status 200; UseCreditPrice is as before\n"; r.code != 1 ||
		!strings.Contains(r.stdout, want) || strings.Count(r.stdout, "  does not hold ") != 1 || !strings.Contains(r.stdout, "the credit is as it was\n") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	checkRestored(t, "nexudus", fake, before)
}

// A write that is accepted and changes something is not refused, whatever the library
// reports.
func TestProbeSeesThatNullIsNotRefused(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	before := fake.Record(fake.Ref.ID)
	proxied := editWrites(t, fake, func(body map[string]json.RawMessage) {
		if string(body["name"]) == "null" {
			body["name"] = json.RawMessage(`"untitled"`)
		}
	})
	r := runBinary(t, credentialsEnv("thoughtindustries", ""), "probe", "-vendor", "thoughtindustries",
		"-id", fake.Ref.ID, "-owner", fake.Ref.Owner, "-base-url", proxied, consent)
	if want := "  does not hold  a null name is refused: it cannot be cleared\n                 seen: status 200; name is string, changed\n"; r.code != 1 || !strings.Contains(r.stdout, want) {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	checkRestored(t, "thoughtindustries", fake, before)
}

// If the credit cannot be put back, nothing more is written and the record is printed.
func TestProbeThatCannotRestore(t *testing.T) {
	fake := credittest.NewKnox(t)
	before := fake.Record(fake.Ref.ID)
	plant := func() {
		if err := fake.Seed(before); err != nil {
			t.Fatal(err)
		}
		fake.Queue(credittest.Slow(0).OnWrite(), credittest.Respond(403, `{}`).OnWrite())
	}
	plant()
	result, r := probe(t, "knox", fake)
	if r.code != 6 || !strings.HasPrefix(result.PutBack, "notes differ\n") || !slices.Equal(result.Members, []string{"notes"}) || !isSameJSON(result.Before, before) || len(result.Assumptions) != 1 {
		t.Errorf("exit code %d\n%s", r.code, r.stdout)
	}
	if n := len(fake.Writes()); n != 2 {
		t.Errorf("%d writes were sent, want 2", n)
	}
	plant()
	r = runAtFake(t, "knox", fake, "probe", consent)
	if r.code != 6 || !strings.Contains(r.stderr, "put back by hand:\n  notes  \"Ethics & law <2026>\"\nthe whole record was:\n"+compactText(before)+"\n") || strings.Contains(r.stdout, "as it was") {
		t.Errorf("exit code %d\n%s%s", r.code, r.stdout, r.stderr)
	}
	if strings.Contains(result.Issue, "Ethics") || strings.Contains(result.Issue, fake.Ref.ID) {
		t.Errorf("the issue contains the credit\n%s", result.Issue)
	}
}

// If the credit cannot be read, the members of the last write are named.
func TestProbeThatCannotReadBack(t *testing.T) {
	fake := credittest.NewNexudus(t)
	forbidden := credittest.Respond(403, `{}`).OnRead()
	// Reads: the credit, the dry run's, the write's, and then two that fail.
	fake.Queue(credittest.Slow(0).OnRead(), credittest.Slow(0).OnRead(), credittest.Slow(0).OnRead(), forbidden, forbidden)
	result, r := probe(t, "nexudus", fake)
	if r.code != 6 || !strings.HasPrefix(result.PutBack, "the credit cannot be read: ") || !slices.Equal(result.Members, []string{"Description"}) || result.Stopped == "" {
		t.Errorf("exit code %d\n%s", r.code, r.stdout)
	}
}

// A write without a useful response stops the probe, and its change is put back.
func TestProbeStopsAndRestores(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault credittest.Fault
		want  string
	}{
		{"lost response", credittest.LostAfter(), "no response arrived"},
		{"rate limit", credittest.RateLimited(time.Second), "the response shows nothing of the assumption"},
		{"forbidden", credittest.Respond(403, `{}`), "the response shows nothing of the assumption"},
		{"failure after the change", credittest.OtherStatus(500), "the response shows nothing of the assumption"},
	} {
		t.Run(test.name, func(t *testing.T) {
			fake := credittest.NewKnox(t)
			before := fake.Record(fake.Ref.ID)
			fake.Queue(test.fault.OnWrite())
			result, r := probe(t, "knox", fake)
			if r.code != 1 || !strings.Contains(result.Stopped, test.want) || len(result.Assumptions) != 0 || result.PutBack != "" {
				t.Errorf("exit code %d\n%s", r.code, r.stdout)
			}
			checkRestored(t, "knox", fake, before)
		})
	}
}

// A read can be older than the write. The credit is put back although it seems unchanged.
func TestProbeRestoresBehindAStaleRead(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	c := &connection{ref: fake.Ref, open: openAt("flexprice", fake)}
	p, err := newProber(t.Context(), "flexprice", c)
	if err != nil {
		t.Fatal(err)
	}
	before := fake.Record(fake.Ref.ID)
	clearing := slices.IndexFunc(experiments["flexprice"], func(e experiment) bool { return strings.HasPrefix(e.assumption, "empty metadata") })
	if _, err := p.try(t.Context(), experiments["flexprice"][clearing]); err != nil {
		t.Fatal(err)
	}
	fake.Queue(credittest.Respond(200, string(before)).OnRead())
	if failed := p.restore(t.Context()); failed != nil {
		t.Error(failed)
	}
	checkRestored(t, "flexprice", fake, before)
}

// After an interrupt the credit is put back.
func TestProbeRestoresAfterInterrupt(t *testing.T) {
	fake := credittest.NewMetronome(t)
	before := fake.Record(fake.Ref.ID)
	p, err := newProber(t.Context(), "metronome", &connection{ref: fake.Ref, open: openAt("metronome", fake)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p.wire.next = cancelAfter{p.wire.next, func() {
		if bytes.Contains(fake.Record(fake.Ref.ID), []byte(`"priority"`)) {
			return
		}
		cancel() // the priority has just been cleared
	}}
	result := p.run(ctx)
	if result.Stopped == "" || result.PutBack != "" {
		t.Errorf("%+v", result)
	}
	checkRestored(t, "metronome", fake, before)
	if n := len(fake.Writes()); n != 4 { // the same, a null name, a null priority, and its restoring
		t.Errorf("%d writes were sent, want 4", n)
	}
}

// openAt returns the function that opens Updaters of a fake.
func openAt(name string, fake *credittest.Server) func(...credit.Option) (credit.Updater, error) {
	return func(opts ...credit.Option) (credit.Updater, error) {
		return vendor.Updater(context.Background(), name, vendor.FakeEnv(name), append(opts, credit.WithBaseURL(fake.URL))...)
	}
}

// A cancelAfter calls a function after each response.
type cancelAfter struct {
	next  http.RoundTripper
	after func()
}

func (c cancelAfter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	if err == nil {
		c.after()
	}
	return resp, err
}

// Experiments that the credit has no values for are left out.
func TestProbeSaysWhatWasNotTried(t *testing.T) {
	fake := credittest.NewNexudus(t)
	seedText(t, fake, `"Welcome credit"`, `null`)
	result, r := probe(t, "nexudus", fake)
	var notTried []string
	for _, a := range result.Assumptions {
		if a.Verdict == verdictNotTried {
			notTried = append(notTried, a.Assumption)
		}
	}
	if want := []string{"a text that a write leaves out is cleared", "a null clears as leaving out does"}; r.code != 0 || !slices.Equal(notTried, want) {
		t.Errorf("exit code %d, not tried: %q\n%s", r.code, notTried, r.stdout)
	}
}

func TestIsSameJSON(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{`{"a":1.50,"b":[1,2]}`, `{ "b": [1, 2], "a": 1.5 }`, true},
		{`[1,2]`, `[2,1]`, false},
		{`{"a":1}`, `{"a":1,"b":null}`, false},
		{`12345678901234567890`, `12345678901234567891`, false},
		{`"1"`, `1`, false},
		{`null`, ``, false},
		{``, ``, true},
		{`true`, `false`, false},
	} {
		value := func(s string) json.RawMessage {
			if s == "" {
				return nil
			}
			return json.RawMessage(s)
		}
		if got := isSameJSON(value(test.a), value(test.b)); got != test.want {
			t.Errorf("%s and %s: got %v", test.a, test.b, got)
		}
	}
}

func TestRandomUUID(t *testing.T) {
	if got := randomUUID(); !uuidPattern.MatchString(got) || got == randomUUID() || got[14] != '4' {
		t.Errorf("got %s", got)
	}
}
