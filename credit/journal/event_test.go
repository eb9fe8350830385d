package journal

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// fullEvents are events of each kind with all members that they can have.
func fullEvents() []Event {
	job := Job{
		Key: "a", Vendor: "knox", Ref: credit.Ref{ID: "c", Owner: "o"}, Patch: amountPatch("1.50"),
		Add:    Amounts{Balance: credit.MustParseDecimal("-2.0")},
		Expect: &credit.Record{Values: credit.Values(amountPatch("3.0"))}, Actor: "ann", Reason: "gift",
	}
	record := &credit.Record{ID: "c", Owner: "o", Values: credit.Values{
		Name: credit.Set("Ä \u2028 <&>"), Note: credit.Clear[string](), Balance: credit.Set(credit.MustParseDecimal("0.10")),
		StartsAt: credit.Set(testStart), Metadata: credit.Set(map[string]string{"deal": "7"}),
	}}
	at := testStart.Add(123456789 * time.Nanosecond)
	return []Event{
		{Kind: Queued, Key: "a", At: at, Actor: "ann", Reason: "gift", Job: &job},
		{
			Kind: Started, Key: "a", At: at, Claim: "1", Actor: "ann", Reason: "gift", Job: &job,
			Target: amountPatch("1.50"), Expect: record, Lease: at.Add(time.Minute), IdempotencyKey: "key-1",
		},
		{
			Kind: Ended, Key: "a", At: at, Claim: "1", Outcome: credit.Unknown, ErrorKind: credit.KindTimeout, Error: "no\nanswer",
			Attempts: 4, RequestID: "r-1", KeyUsedUp: true, Resolved: true, Before: record,
			Result: &credit.Result{Vendor: "knox", ID: "c", Attempts: 4, RequestID: "r-1", Before: record, After: record},
		},
		{Kind: Prepared, Key: "a", At: at, Claim: "1", Target: amountPatch("1.50"), Expect: record},
		{Kind: Settled, Key: "a", At: at, Outcome: credit.NotSent, Actor: "ann", Reason: "looked"},
	}
}

var compareEvents = cmp.Options{
	cmp.Comparer(credit.Decimal.Equal),
	cmp.Comparer(func(a, b credit.Patch) bool { return samePatch(&a, &b) }),
	cmp.Comparer(func(a, b credit.Values) bool { return samePatch((*credit.Patch)(&a), (*credit.Patch)(&b)) }),
	cmp.Comparer(func(a, b credit.Result) bool {
		return a.Vendor == b.Vendor && a.ID == b.ID && a.Attempts == b.Attempts && a.RequestID == b.RequestID &&
			samePatch((*credit.Patch)(&a.Before.Values), (*credit.Patch)(&b.Before.Values)) &&
			samePatch((*credit.Patch)(&a.After.Values), (*credit.Patch)(&b.After.Values))
	}),
}

func TestEventThroughJSON(t *testing.T) {
	for _, e := range fullEvents() {
		text, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(text, "\n\r") {
			t.Errorf("%s: more than one line: %s", e.Kind, text)
		}
		back, err := Decode(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(e, back, compareEvents); diff != "" {
			t.Errorf("%s (-stored +read):\n%s", e.Kind, diff)
		}
		if again, err := back.Encode(); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%v: the second encoding differs:\n%s\n%s", err, text, again)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct {
		name, text, problem string
	}{
		{"nothing", ``, "EOF"},
		{"null", `null`, "the key is empty"},
		{"a list", `[]`, "cannot unmarshal"},
		{"no key", `{"event":"settled","at":"2026-03-01T12:00:00Z"}`, "the key is empty"},
		{"no kind", `{"key":"a"}`, `unknown kind ""`},
		{"a later kind", `{"event":"paused","key":"a"}`, `unknown kind "paused"`},
		{"a later member", `{"event":"settled","key":"a","outcome":"applied","actor":"ann","votes":2}`, `unknown field "votes"`},
		{"two events", `{"event":"settled","key":"a","outcome":"applied","actor":"ann"} {}`, "more after the event"},
		{"queued without a job", `{"event":"queued","key":"a"}`, "queued without its job"},
		{"another key's job", `{"event":"queued","key":"a","job":{"key":"b","vendor":"knox","ref":{"id":"c"}}}`, "queued without its job"},
		{"started without a lease", `{"event":"started","key":"a","claim":"1","job":{"key":"a","vendor":"knox","ref":{"id":"c"}},"target":{"name":"n"}}`, "without a claim, a target or a lease"},
		{"started without a target", `{"event":"started","key":"a","claim":"1","job":{"key":"a","vendor":"knox","ref":{"id":"c"}},"lease":"2026-03-01T12:00:00Z"}`, "without a claim, a target or a lease"},
		{"started without a claim", `{"event":"started","key":"a","job":{"key":"a","vendor":"knox","ref":{"id":"c"}},"target":{"name":"n"},"lease":"2026-03-01T12:00:00Z"}`, "without a claim, a target or a lease"},
		{"prepared without a claim", `{"event":"prepared","key":"a","target":{"name":"n"}}`, "prepared without a claim or a target"},
		{"prepared without a target", `{"event":"prepared","key":"a","claim":"1"}`, "prepared without a claim or a target"},
		{"ended without an outcome", `{"event":"ended","key":"a","claim":"1"}`, "ended without a claim or an outcome"},
		{"ended without a claim", `{"event":"ended","key":"a","outcome":"applied"}`, "ended without a claim or an outcome"},
		{"an unknown outcome", `{"event":"ended","key":"a","claim":"1","outcome":"paid"}`, "paid"},
		{"an unknown error kind", `{"event":"ended","key":"a","claim":"1","outcome":"rejected","kind":"odd"}`, "odd"},
		{"settled as unknown", `{"event":"settled","key":"a","outcome":"unknown","actor":"ann"}`, "without an actor or a decision"},
		{"settled by no one", `{"event":"settled","key":"a","outcome":"applied"}`, "without an actor or a decision"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if e, err := Decode([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.problem) {
				t.Errorf("%+v, %v; want %q", e, err, test.problem)
			}
		})
	}
}

func TestEncodeNamesTheKeyInItsError(t *testing.T) {
	e := Event{Kind: Queued, Key: "a", Job: &Job{Key: "a", Patch: credit.Patch{Total: credit.Set(credit.Decimal{})}}}
	if _, err := e.Encode(); err == nil || !strings.Contains(err.Error(), `key "a"`) {
		t.Errorf("got %v", err)
	}
}

// At some vendors a Ref can have its owner or not.
func TestCreditNames(t *testing.T) {
	name := func(vendor, owner, id string) string {
		return (&Event{Job: &Job{Vendor: vendor, Ref: credit.Ref{ID: id, Owner: owner}}}).Credit()
	}
	if name("knox", "", "c") != name("knox", "o", "c") {
		t.Error("a credit with and without its owner has two names")
	}
	if name("knox", "", "c") == name("knox/b", "", "c") || name("knox", "", "c") == name("knox", "", "d") || name("a b", "", "c") == name("a", "", "b c") {
		t.Error("two credits have one name")
	}
	if name := (&Event{Kind: Ended, Key: "a"}).Credit(); name != "" {
		t.Errorf("an event without a job has the credit %q", name)
	}
}

// What Decode accepts comes back the same, and an entry of it can be computed.
func FuzzDecode(f *testing.F) {
	for _, e := range fullEvents() {
		text, err := e.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"event":"ended","key":"a","claim":"1","outcome":"applied"}`))
	f.Add([]byte(`{"event":"queued","key":"a","job":{"key":"a","vendor":"","ref":{"id":""}}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		e, err := Decode(text)
		if err != nil {
			return
		}
		first, err := e.Encode()
		if err != nil {
			t.Fatalf("%s cannot be encoded: %v", text, err)
		}
		back, err := Decode(first)
		if err != nil {
			t.Fatalf("%s cannot be decoded: %v", first, err)
		}
		if second, err := back.Encode(); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%v: %s became %s", err, first, second)
		}
		entry, ok := NewEntry([]Event{e, back}, testStart)
		if !ok || entry.State == "" {
			t.Errorf("%s has the entry %+v", text, entry)
		}
		_, _ = entry.Err(), e.Credit()
	})
}
