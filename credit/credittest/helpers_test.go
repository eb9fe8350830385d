package credittest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A vendor is one fake and what it takes to change its credit.
type vendor struct {
	name   string
	fake   func(credittest.TB) *credittest.Server
	open   func(opts ...credit.Option) (client, error)
	member string // what patch sets to "changed"
	patch  credit.Patch
	safe   bool // whether the patch may be sent again when its outcome is unknown
}

type client interface{ Updater() credit.Updater }

var (
	changedName = credit.Patch{Name: credit.Set("changed")}
	changedNote = credit.Patch{Note: credit.Set("changed")}
)

var vendors = []vendor{
	{
		name: "knox", fake: credittest.NewKnox, member: "notes", patch: changedNote, safe: true,
		open: func(opts ...credit.Option) (client, error) {
			return knox.New("acme", credit.StaticToken("token"), opts...)
		},
	},
	{
		name: "thoughtindustries", fake: credittest.NewThoughtIndustries, member: "name", patch: changedName, safe: true,
		open: func(opts ...credit.Option) (client, error) { return thoughtindustries.New("acme", "key", opts...) },
	},
	{
		name: "nexudus", fake: credittest.NewNexudus, member: "Description", patch: changedNote, safe: true,
		open: func(opts ...credit.Option) (client, error) {
			return nexudus.New(credit.StaticToken("token"), opts...)
		},
	},
	{
		name: "flexprice", fake: credittest.NewFlexprice, member: "name", patch: changedName, safe: true,
		open: func(opts ...credit.Option) (client, error) { return flexprice.New("key", opts...) },
	},
	{
		name: "metronome", fake: credittest.NewMetronome, member: "name", patch: changedName, safe: true,
		open: func(opts ...credit.Option) (client, error) { return metronome.New("token", opts...) },
	},
}

// eachVendor runs a test at all five.
func eachVendor(t *testing.T, test func(t *testing.T, v vendor)) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

// soon spares tests on the real clock the waits.
func soon() credit.Option {
	return credit.WithRetry(credit.RetryPolicy{MinWait: time.Millisecond, MaxWait: 2 * time.Millisecond})
}

func once() credit.Option { return credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}) }

func (v vendor) updater(t *testing.T, fake *credittest.Server, opts ...credit.Option) credit.Updater {
	t.Helper()
	c, err := v.open(append([]credit.Option{credit.WithBaseURL(fake.URL)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c.Updater()
}

// changed reports whether the patch is in the fake's record.
func (v vendor) changed(t *testing.T, fake *credittest.Server) bool {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		t.Fatal(err)
	}
	return string(record[v.member]) == `"changed"`
}

// An answer is what plain HTTP sees.
type answer struct {
	status int
	header http.Header
	body   string
}

// call makes a request with plain net/http. header is in pairs.
func call(t *testing.T, method, url, body string, header ...string) answer {
	t.Helper()
	a, err := try(t.Context(), method, url, body, header...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func try(ctx context.Context, method, url, body string, header ...string) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for i := 0; i < len(header); i += 2 {
		req.Header[header[i]] = []string{header[i+1]}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, string(all)}, err
}

// says checks an answer's status and body. A body in JSON may be spelled in
// another way.
func (a answer) says(t *testing.T, status int, body string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %s", a.status, status, a.body)
	}
	if diff := cmp.Diff(canonical(t, body), canonical(t, a.body)); diff != "" {
		t.Errorf("body (-want +got):\n%s", diff)
	}
}

// canonical spells a JSON text in one way, with every digit of its numbers, and
// leaves other texts alone.
func canonical(t *testing.T, doc string) string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(doc))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return doc
	}
	out, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// holds checks a fake's record, and puts what the vendor's clock wrote in order
// first: it must be now.
func holds(t *testing.T, fake *credittest.Server, id, want string, clock ...string) {
	t.Helper()
	got := fake.Record(id)
	if len(clock) > 0 {
		got = []byte(timeless(t, string(got), clock...))
	}
	if diff := cmp.Diff(canonical(t, want), canonical(t, string(got))); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
}

// timeless replaces times that must be now by "now".
func timeless(t *testing.T, doc string, members ...string) string {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal([]byte(doc), &record); err != nil {
		t.Fatal(err)
	}
	for _, member := range members {
		var at time.Time
		if err := json.Unmarshal(record[member], &at); err != nil || time.Since(at).Abs() > time.Minute {
			t.Errorf("%s is %s, want now", member, record[member])
		}
		record[member] = json.RawMessage(`"now"`)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// edited replaces members of a record, or leaves them out, by pairs.
func edited(t testing.TB, record json.RawMessage, changes ...string) string {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal(record, &members); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if changes[i+1] == "" {
			delete(members, changes[i])
			continue
		}
		members[changes[i]] = json.RawMessage(changes[i+1])
	}
	doc, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

func must[T any](v T, err error) func(t *testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func seed(t testing.TB, fake *credittest.Server, record string) {
	t.Helper()
	if err := fake.Seed(json.RawMessage(record)); err != nil {
		t.Fatal(err)
	}
}
