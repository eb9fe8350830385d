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

// A reply is what comes back from a write, and what it says about the change.
type reply struct {
	name    string
	fault   credittest.Fault
	outcome credit.Outcome // 0 for a success
	again   bool           // the same request may be sent again after it
	acts    []bool         // whether the vendor acted before it replied so
}

var (
	either  = []bool{false, true}
	acted   = []bool{true}
	refused = []bool{false} // that a refusal changed nothing is an assumption
)

// replies lists the replies of a vendor, each of which comes as often as anybody
// asks.
func replies(v vendor) []reply {
	var all []reply
	add := func(r reply) { all = append(all, r) }
	for status := 200; status <= 226; status++ {
		r := reply{name: "its own success as a " + strconv.Itoa(status), fault: credittest.Fault{Status: status}, outcome: credit.Unknown, acts: acted}
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
	for name, body := range map[string]string{
		"nothing": "", "null": "null", "an empty object": "{}", "a list": "[]", "a text": `"updated"`, "an object of another kind": `{"ok":true}`,
		"an error": `{"error":"oops","message":"oops"}`, "a page": "<html><body>Sign in</body></html>",
		"half an answer":      v.success(`cut off`)[:len(v.success(`cut off`))/2],
		"another record's id": v.success("another"),
	} {
		add(reply{name: "a 200 with " + name, fault: credittest.Fault{Status: 200, Body: []byte(body)}, outcome: credit.Unknown, acts: either})
	}
	if v.name == "metronome" { // whose answer names no credit
		all = slices.DeleteFunc(all, func(r reply) bool { return r.name == "a 200 with another record's id" })
	}
	for status := 300; status < 600; status++ {
		r := reply{name: strconv.Itoa(status), fault: credittest.Fault{Status: status, Body: []byte(`{}`)}, outcome: credit.Unknown, acts: either}
		switch {
		case slices.Contains([]int{408, 502, 503, 504}, status), status == 500 && v.name == "thoughtindustries":
			r.again = true
		case slices.Contains([]int{425, 460, 499}, status):
		case status == 307, status == 308, status >= 400 && status < 500:
			r.outcome, r.acts = credit.Rejected, refused
		}
		if status < 310 || status >= 400 && status < 432 || slices.Contains([]int{451, 460, 499}, status) || status >= 500 && status < 512 || status > 597 {
			add(r)
		}
	}
	add(reply{name: "a broken connection", fault: credittest.Fault{Lost: true}, outcome: credit.Unknown, again: true, acts: either})
	add(reply{name: "a success that breaks off", fault: credittest.Truncated(), outcome: credit.Unknown, again: true, acts: acted})
	return all
}

// success is a success for the record with the id.
func (v vendor) success(id string) string {
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

// A path is one way to make a change: by the vendor's own call or by the facade.
type path struct {
	name   string
	reads  bool // the credit before each write
	unsafe bool // a second write changes more
	write  func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error
}

func matrixPaths(t *testing.T, v vendor, fake *credittest.Server, opts ...credit.Option) []path {
	t.Helper()
	client, err := v.open(append([]credit.Option{credit.WithBaseURL(fake.URL)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	updater := client.Updater()
	var paths []path
	for i, e := range v.edits {
		unsafe := v.name == "thoughtindustries" && e.once
		paths = append(paths, path{
			name: "facade " + e.member, reads: v.reads, unsafe: unsafe,
			write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := updater.Update(ctx, fake.Ref, v.edits[i].patch(n), opts...)
				return err
			},
		})
	}
	return append(paths, nativePaths(client)...)
}

// nativePaths are the vendors' own calls.
func nativePaths(client any) []path {
	switch c := client.(type) {
	case *knox.Client:
		return []path{{name: "native", write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			record, err := c.GetCredit(ctx, fake.Ref.ID)
			if err != nil {
				return err
			}
			record.Notes = new(text(n))
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
		return []path{
			{name: "native", write: update(func(u *nexudus.CoworkerBookingCreditUpdate, n int) { u.Description = nexudus.Value(text(n)) })},
			{name: "native with a command", unsafe: true, write: update(func(u *nexudus.CoworkerBookingCreditUpdate, n int) {
				u.Description, u.AddedElegiblePasses = nexudus.Value(text(n)), []int64{int64(n)}
			})},
		}
	case *thoughtindustries.Client:
		return []path{
			{name: "native", write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := c.UpdateCreditBatch(ctx, fake.Ref.ID, thoughtindustries.UpdateCreditBatchRequest{Name: new(text(n))}, opts...)
				return err
			}},
			{name: "native balance", unsafe: true, write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
				_, err := c.UpdateCreditBatch(ctx, fake.Ref.ID, thoughtindustries.UpdateCreditBatchRequest{CurrentBalance: new(int64(n))}, opts...)
				return err
			}},
		}
	case *flexprice.Client:
		return []path{{name: "native", write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			_, err := c.UpdateCreditGrant(ctx, fake.Ref.ID, flexprice.UpdateCreditGrantRequest{Name: new(text(n))}, opts...)
			return err
		}}}
	case *metronome.Client:
		return []path{{name: "native", write: func(ctx context.Context, fake *credittest.Server, n int, opts ...credit.CallOption) error {
			_, err := c.EditCredit(ctx, metronome.EditCreditRequest{CreditID: fake.Ref.ID, CustomerID: fake.Ref.Owner, Name: new(text(n))}, opts...)
			return err
		}}}
	}
	panic(fmt.Sprintf("%T is not a client of the five vendors", client))
}

// Every reply to a write, at every vendor, by its own call and by the facade, over
// real connections: the outcome is the documented one, it is true of the
// record, writes are not more than attempts, and a write that must not be
// repeated is made once.
func TestOutcomeOfEveryReply(t *testing.T) {
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			pool := &http.Transport{}
			defer pool.CloseIdleConnections()
			paths := matrixPaths(t, v, fake,
				credit.WithTransport(pool),
				credit.WithRetry(credit.RetryPolicy{MaxAttempts: 3, MinWait: 1, MaxWait: 2 * time.Second}))
			n := 0
			for _, r := range replies(v) {
				for _, acts := range r.acts {
					for _, p := range paths {
						n++
						p.meet(t, fake, r, acts, n)
					}
				}
			}
			t.Logf("%d writes met with a reply", n)
		})
	}
}

// meet makes a change that meets with the reply, as often as it is tried.
func (p path) meet(t *testing.T, fake *credittest.Server, r reply, acts bool, n int) {
	t.Helper()
	fault := r.fault.OnWrite()
	fault.Applied = acts || r.fault.Applied
	fake.Reset()
	fake.Queue(slices.Repeat([]credittest.Fault{fault}, 20)...)
	before := string(fake.Record(fake.Ref.ID))
	var info credit.CallInfo
	err := p.write(t.Context(), fake, n, credit.WithInfo(&info))
	changed := string(fake.Record(fake.Ref.ID)) != before
	writes := len(fake.Writes())
	what := fmt.Sprintf("%s, %s, acted %v", p.name, r.name, fault.Applied)

	want := r.outcome
	if p.reads && r.again && fault.Applied {
		want = 0 // the credit was read again, and shows the change
	}
	outcome := credit.OutcomeOf(err)
	if outcome != want {
		t.Errorf("%s: outcome %v, want %v: %v", what, outcome, want, err)
	}
	if claims := err == nil || outcome == credit.Applied; claims && !changed {
		t.Errorf("%s: is said to be made and is not: %v", what, err)
	}
	if (outcome == credit.NotSent || outcome == credit.Rejected) && changed {
		t.Errorf("%s: is said not to be made and is: %v", what, err)
	}
	if writes > info.Attempts || writes == 0 {
		t.Errorf("%s: %d writes in %d attempts: %v", what, writes, info.Attempts, err)
	}
	if p.unsafe && outcome == credit.Unknown && writes != 1 {
		t.Errorf("%s: a write that must not be repeated was sent %d times: %v", what, writes, err)
	}
	if e, ok := errors.AsType[*credit.Error](err); ok && r.again && !p.unsafe && want == credit.Unknown && writes < 2 {
		t.Errorf("%s: could be sent again, and was not: %v", what, e)
	}
}

// The same over HTTP/2, where a vendor acts and then resets the stream with each
// of the error codes, or says goodbye to the connection. net/http would send some
// of these requests again by itself.
func TestOutcomeOfEveryHTTP2Reset(t *testing.T) {
	const codes = 0xd // HTTP_1_1_REQUIRED, the last one that is defined
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			fake := v.fake(t)
			address, pool := fake.HTTP2()
			defer pool.CloseIdleConnections()
			paths := matrixPaths(t, v, fake,
				credit.WithBaseURL(address),
				credit.WithTransport(pool),
				credit.WithRetry(credit.RetryPolicy{MaxAttempts: 3, MinWait: 1, MaxWait: time.Second}))
			n := 0
			for code := uint32(0); code <= codes+1; code++ {
				for name, fault := range map[string]credittest.Fault{
					"RST_STREAM":                     credittest.StreamReset(code),
					"GOAWAY":                         credittest.GoAway(code),
					"GOAWAY that denies the request": credittest.GoAwayUnprocessed(code),
				} {
					r := reply{name: fmt.Sprintf("%s %d", name, code), fault: fault, outcome: credit.Unknown, again: true}
					for _, p := range paths {
						n++
						p.meet(t, fake, r, true, n)
					}
				}
			}
			t.Logf("%d writes met with a reset", n)
		})
	}
}
