package proof

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A reply is a response to a write, with the outcome that it must lead to.
type reply struct {
	name      string
	fault     credittest.Fault
	outcome   credit.Outcome // 0 if the call succeeds
	retryable bool           // the same request may be sent again
	applied   []bool         // whether the vendor made the change: the cases to test
}

var (
	appliedOrNot = []bool{false, true}
	onlyApplied  = []bool{true}
	notApplied   = []bool{false} // assumption: a vendor that rejects a request changes nothing
)

// listReplies returns the replies of a vendor. Each is sent to every attempt of
// a call.
func listReplies(v vendor) []reply {
	var all []reply
	add := func(r reply) { all = append(all, r) }
	for status := 200; status <= 226; status++ {
		r := reply{name: "vendor's success with status " + strconv.Itoa(status), fault: credittest.Fault{Status: status}, outcome: credit.Unknown, applied: onlyApplied}
		switch status {
		case 200, 201, 203:
			r.outcome = 0
		case 204:
			r.fault.Body = []byte{}
			if v.name == "thoughtindustries" {
				r.outcome = 0
			}
		case 205:
			r.fault.Body = []byte{}
		}
		if status <= 208 || status == 226 {
			add(r)
		}
	}
	for _, test := range []struct {
		name string
		body string
	}{
		{"empty body", ""}, {"null", "null"}, {"empty object", "{}"}, {"array", "[]"}, {"string", `"updated"`}, {"unrelated object", `{"ok":true}`},
		{"error object", `{"error":"oops","message":"oops"}`}, {"HTML page", "<html><body>Sign in</body></html>"},
		{"half a response", v.successBody(`cut off`)[:len(v.successBody(`cut off`))/2]},
		{"another id", v.successBody("another")},
	} {
		add(reply{name: "a 200 with " + test.name, fault: credittest.Fault{Status: 200, Body: []byte(test.body)}, outcome: credit.Unknown, applied: appliedOrNot})
	}
	if v.name == "metronome" { // the response does not name the credit
		all = slices.DeleteFunc(all, func(r reply) bool { return r.name == "a 200 with another id" })
	}
	for status := 300; status < 600; status++ {
		r := reply{name: strconv.Itoa(status), fault: credittest.Fault{Status: status, Body: []byte(`{}`)}, outcome: credit.Unknown, applied: appliedOrNot}
		switch {
		case slices.Contains([]int{408, 502, 503, 504}, status), status == 500 && v.name == "thoughtindustries":
			r.retryable = true
		case slices.Contains([]int{425, 460, 499}, status):
		case status == 307, status == 308, status >= 400 && status < 500:
			r.outcome, r.applied = credit.Rejected, notApplied
		}
		if status < 310 || status >= 400 && status < 432 || slices.Contains([]int{451, 460, 499}, status) || status >= 500 && status < 512 || status > 597 {
			add(r)
		}
	}
	add(reply{name: "broken connection", fault: credittest.Fault{Lost: true}, outcome: credit.Unknown, retryable: true, applied: appliedOrNot})
	add(reply{name: "truncated success", fault: credittest.Truncated(), outcome: credit.Unknown, retryable: true, applied: onlyApplied})
	return all
}

// successBody returns the body of a success for the record with the id.
func (v vendor) successBody(id string) string {
	switch v.name {
	case "nexudus":
		return `{"Status":200,"Value":{"Id":1},"WasSuccessful":true}`
	case "thoughtindustries":
		return fmt.Sprintf(`{"data":{"UpdateCreditBatch":{"id":%q}}}`, id)
	case "metronome":
		return fmt.Sprintf(`{"data":{"id":%q}}`, id)
	}
	return fmt.Sprintf(`{"id":%q}`, id)
}

// A callPath is one way to make a change: by the vendor's own call or by the facade.
type callPath struct {
	name   string
	reads  bool // reads the credit before each write
	unsafe bool // not idempotent
	expect bool // with WithExpect: only for sequences of faults
	call   func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error
}

func callPaths(t *testing.T, v vendor, fake *credittest.Server, opts ...credit.Option) []callPath {
	t.Helper()
	client, err := v.open(append([]credit.Option{credit.WithBaseURL(fake.URL)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	updater := client.Updater()
	var paths []callPath
	for i, e := range v.edits {
		unsafe := v.name == "thoughtindustries" && e.notIdempotent
		paths = append(paths, callPath{
			name: "facade " + e.member, reads: v.reads, unsafe: unsafe,
			call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := updater.Update(ctx, fake.Ref, v.edits[i].patch(n), opts...)
				return err
			},
		})
	}
	return append(paths, nativePaths(client)...)
}

// nativePaths returns the vendors' own calls.
func nativePaths(client any) []callPath {
	switch c := client.(type) {
	case *knox.Client:
		return []callPath{{name: "native", call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			record, err := c.GetCredit(ctx, fake.Ref.ID)
			if err != nil {
				return err
			}
			record.Notes = new(editText(n))
			_, err = c.UpdateCredit(ctx, *record, opts...)
			return err
		}}}
	case *nexudus.Client:
		update := func(change func(*nexudus.CoworkerBookingCreditUpdate, int)) func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			return func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				id, err := strconv.ParseInt(fake.Ref.ID, 10, 64)
				if err != nil {
					return err
				}
				record, err := c.GetCoworkerBookingCredit(ctx, id)
				if err != nil {
					return err
				}
				u := record.Update()
				change(&u, n)
				_, err = c.UpdateCoworkerBookingCredit(ctx, u, opts...)
				return err
			}
		}
		return []callPath{
			{name: "native", call: update(func(u *nexudus.CoworkerBookingCreditUpdate, n int) { u.Description = nexudus.Value(editText(n)) })},
			{name: "native with a command", unsafe: true, call: update(func(u *nexudus.CoworkerBookingCreditUpdate, n int) {
				u.Description, u.AddedElegiblePasses = nexudus.Value(editText(n)), []int64{int64(n)}
			})},
		}
	case *thoughtindustries.Client:
		return []callPath{
			{name: "native", call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := c.UpdateCreditBatch(ctx, fake.Ref.ID, thoughtindustries.UpdateCreditBatchRequest{Name: new(editText(n))}, opts...)
				return err
			}},
			{name: "native balance", unsafe: true, call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := c.UpdateCreditBatch(ctx, fake.Ref.ID, thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: new(int64(n))}, opts...)
				return err
			}},
		}
	case *flexprice.Client:
		return []callPath{{name: "native", call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			_, err := c.UpdateCreditGrant(ctx, fake.Ref.ID, flexprice.UpdateCreditGrantRequest{Name: new(editText(n))}, opts...)
			return err
		}}}
	case *metronome.Client:
		return []callPath{{name: "native", call: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			_, err := c.EditCredit(ctx, metronome.EditCreditRequest{CreditID: fake.Ref.ID, CustomerID: fake.Ref.Owner, Name: new(editText(n))}, opts...)
			return err
		}}}
	}
	panic(fmt.Sprintf("unknown client type %T", client))
}

// For every reply to a write, by the vendor's own call and by the facade, over
// real connections: the outcome is the documented one and true of the record,
// there are no more writes than attempts, and a write that is not idempotent is
// sent once.
func TestOutcomeOfEveryResponse(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			pool := &http.Transport{}
			defer pool.CloseIdleConnections()
			paths := callPaths(t, v, fake,
				credit.WithTransport(pool),
				credit.WithRetry(credit.RetryPolicy{MaxAttempts: 3, Quota: -1, MinWait: 1, MaxWait: 2 * time.Second}))
			n := 0
			for _, r := range listReplies(v) {
				for _, acts := range r.applied {
					for _, p := range paths {
						n++
						p.checkReply(t, fake, r, acts, n)
					}
				}
			}
			t.Logf("%d writes", n)
		})
	}
}

// checkReply makes a change whose attempts all get the reply.
func (p callPath) checkReply(t *testing.T, fake *credittest.Server, r reply, acts bool, n int) {
	t.Helper()
	fault := r.fault.OnWrite()
	fault.Applied = acts || r.fault.Applied
	fake.Reset()
	fake.Queue(slices.Repeat([]credittest.Fault{fault}, 20)...)
	before := string(fake.Record(fake.Ref.ID))
	var info credit.CallInfo
	err := p.call(t.Context(), fake, n, credit.WithInfo(&info))
	changed := string(fake.Record(fake.Ref.ID)) != before
	writes := len(fake.Writes())
	what := fmt.Sprintf("%s, %s, applied %v", p.name, r.name, fault.Applied)

	want := r.outcome
	if p.reads && r.retryable && fault.Applied {
		want = 0 // the next read shows the change
	}
	outcome := credit.OutcomeOf(err)
	if outcome != want {
		t.Errorf("%s: outcome %v, want %v: %v", what, outcome, want, err)
	}
	if claims := err == nil || outcome == credit.Applied; claims && !changed {
		t.Errorf("%s: reported as made, but not made: %v", what, err)
	}
	if (outcome == credit.NotSent || outcome == credit.Rejected) && changed {
		t.Errorf("%s: reported as not made, but made: %v", what, err)
	}
	if writes > info.Attempts || writes == 0 {
		t.Errorf("%s: %d writes in %d attempts: %v", what, writes, info.Attempts, err)
	}
	if p.unsafe && outcome == credit.Unknown && writes != 1 {
		t.Errorf("%s: a write that is not idempotent was sent %d times: %v", what, writes, err)
	}
	if e, ok := errors.AsType[*credit.Error](err); ok && r.retryable && !p.unsafe && want == credit.Unknown && writes < 2 {
		t.Errorf("%s: not retried, although it is safe: %v", what, e)
	}
}

// TestOutcomeOfEveryHTTP2Reset makes the same checks over HTTP/2. The vendor
// makes the change and then resets the stream with each error code, or sends
// GOAWAY. net/http would retry some of these requests itself.
func TestOutcomeOfEveryHTTP2Reset(t *testing.T) {
	const codes = 0xd // HTTP_1_1_REQUIRED, the last defined code
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			address, pool := fake.HTTP2()
			defer pool.CloseIdleConnections()
			paths := callPaths(t, v, fake,
				credit.WithBaseURL(address),
				credit.WithTransport(pool),
				credit.WithRetry(credit.RetryPolicy{MaxAttempts: 3, Quota: -1, MinWait: 1, MaxWait: time.Second}))
			n := 0
			for code := uint32(0); code <= codes+1; code++ {
				for _, test := range []struct {
					name  string
					fault credittest.Fault
				}{
					{"RST_STREAM", credittest.StreamReset(code)},
					{"GOAWAY", credittest.GoAway(code)},
					{"GOAWAY without the request", credittest.GoAwayUnprocessed(code)},
				} {
					r := reply{name: fmt.Sprintf("%s %d", test.name, code), fault: test.fault, outcome: credit.Unknown, retryable: true}
					for _, p := range paths {
						n++
						p.checkReply(t, fake, r, true, n)
					}
				}
			}
			t.Logf("%d writes", n)
		})
	}
}
