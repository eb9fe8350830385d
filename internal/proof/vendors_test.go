package proof

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A vendor is one of the five, with its fake and the changes to make there.
type vendor struct {
	name string
	fake func(credittest.TB) *credittest.Server
	open func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error)
	// edits make the n-th change: a patch, and the member and its text by
	// which the fake's record shows that it was made.
	edits []edit
	reads bool // an update reads the credit first, and again before a repeat
}

type edit struct {
	patch  func(n int) credit.Patch
	member string // of the record; where it lies deeper, a path of names
	once   bool   // a second time would be noticed: it must not happen
}

const token = "proof-0123456789"

var vendors = []vendor{
	{
		name: "knox",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewKnox(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return knox.New("example.org", credit.StaticToken(token), opts...)
		},
		edits: []edit{{patch: note, member: "notes"}, {patch: total, member: "quantity"}},
		reads: true,
	},
	{
		name: "thoughtindustries",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewThoughtIndustries(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return thoughtindustries.New("acme", token, opts...)
		},
		edits: []edit{{patch: name, member: "name"}, {patch: balance, member: "currentBalance", once: true}},
	},
	{
		name: "nexudus",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewNexudus(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return nexudus.New(credit.StaticToken(token), opts...)
		},
		edits: []edit{{patch: note, member: "Description"}, {patch: total, member: "TotalCredit"}},
		reads: true,
	},
	{
		name: "flexprice",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewFlexprice(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return flexprice.New(token, opts...)
		},
		edits: []edit{{patch: name, member: "name"}, {patch: metadata, member: "metadata"}},
	},
	{
		name: "metronome",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewMetronome(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return metronome.New(token, opts...)
		},
		edits: []edit{{patch: name, member: "name", once: true}, {patch: note, member: "description", once: true}},
	},
}

// connect opens a client of the fake that needs no network.
func (v vendor) connect(t *testing.T, fake *credittest.Server, opts ...credit.Option) credit.Updater {
	t.Helper()
	client, err := v.open(append([]credit.Option{credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client.Updater()
}

// copies seeds n more credits like the fake's own and returns their refs: updates
// of one credit through one client run one after the other, and those of several
// side by side.
func copies(t *testing.T, fake *credittest.Server, n int) []credit.Ref {
	t.Helper()
	var refs []credit.Ref
	for i := range n {
		ref := fake.Ref
		if number, err := strconv.Atoi(ref.ID); err == nil {
			ref.ID = strconv.Itoa(number + 1 + i)
		} else {
			ref.ID = fmt.Sprintf("%s%04x", ref.ID[:len(ref.ID)-4], i)
		}
		record := bytes.Replace(fake.Record(fake.Ref.ID), []byte(fake.Ref.ID), []byte(ref.ID), 1)
		if err := fake.Seed(record); err != nil {
			t.Fatal(err)
		}
		refs = append(refs, ref)
	}
	return refs
}

// state is the member that an edit changes, as the vendor has it.
func (e edit) state(t *testing.T, fake *credittest.Server) string {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		t.Fatal(err)
	}
	return string(record[e.member])
}

// shown is how the fake's record shows the n-th change.
func (e edit) shown(n int) string {
	p := e.patch(n)
	if amount, ok := p.Total.Get(); ok {
		return amount.String()
	}
	if entries, ok := p.Metadata.Get(); ok {
		return fmt.Sprintf(`{"edit":%q}`, entries["edit"])
	}
	return strconv.Quote(text(n))
}

func name(n int) credit.Patch  { return credit.Patch{Name: credit.Set(text(n))} }
func note(n int) credit.Patch  { return credit.Patch{Note: credit.Set(text(n))} }
func total(n int) credit.Patch { return credit.Patch{Total: credit.Set(credit.NewDecimal(int64(n)))} }
func balance(n int) credit.Patch {
	return credit.Patch{Balance: credit.Set(credit.NewDecimal(int64(n)))}
}

func metadata(n int) credit.Patch {
	return credit.Patch{Metadata: credit.Set(map[string]string{"edit": text(n)})}
}
