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

// A vendor is one of the five, with its fake and two updates to make there.
type vendor struct {
	name string
	fake func(credittest.TB) *credittest.Server
	open func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error)
	// edits are the updates to make.
	edits []edit
	reads bool // reads the credit before each attempt
}

type edit struct {
	patch         func(n int) credit.Patch
	member        string // the member of the fake's record that shows the change
	notIdempotent bool   // the fake notices a second write
}

const token = "proof-0123456789"

var vendors = []vendor{
	{
		name: "knox",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewKnox(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return knox.New("example.org", credit.StaticToken(token), opts...)
		},
		edits: []edit{{patch: notePatch, member: "notes"}, {patch: totalPatch, member: "quantity"}},
		reads: true,
	},
	{
		name: "thoughtindustries",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewThoughtIndustries(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return thoughtindustries.New("acme", token, opts...)
		},
		edits: []edit{{patch: namePatch, member: "name"}, {patch: balancePatch, member: "currentBalance", notIdempotent: true}},
	},
	{
		name: "nexudus",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewNexudus(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return nexudus.New(credit.StaticToken(token), opts...)
		},
		edits: []edit{{patch: notePatch, member: "Description"}, {patch: totalPatch, member: "TotalCredit"}},
		reads: true,
	},
	{
		name: "flexprice",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewFlexprice(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return flexprice.New(token, opts...)
		},
		edits: []edit{{patch: namePatch, member: "name"}, {patch: metadataPatch, member: "metadata"}},
	},
	{
		name: "metronome",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewMetronome(t) },
		open: func(opts ...credit.Option) (interface{ Updater() credit.Updater }, error) {
			return metronome.New(token, opts...)
		},
		edits: []edit{{patch: namePatch, member: "name", notIdempotent: true}, {patch: notePatch, member: "description", notIdempotent: true}},
	},
}

func vendorNamed(t testing.TB, name string) vendor {
	t.Helper()
	for _, v := range vendors {
		if v.name == name {
			return v
		}
	}
	t.Fatalf("no vendor %s", name)
	return vendor{}
}

// newFakeUpdater returns an Updater that reaches the fake without a network.
func (v vendor) newFakeUpdater(t *testing.T, fake *credittest.Server, opts ...credit.Option) credit.Updater {
	t.Helper()
	client, err := v.open(append([]credit.Option{credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client.Updater()
}

// seedCopies seeds n copies of the fake's credit and returns their refs. A
// client runs updates of one credit one after the other, and updates of several
// credits concurrently.
func seedCopies(t *testing.T, fake *credittest.Server, n int) []credit.Ref {
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

// readMember returns the member of the fake's record that the edit changes.
func (e edit) readMember(t *testing.T, fake *credittest.Server) string {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		t.Fatal(err)
	}
	return string(record[e.member])
}

// wantMember returns the member's value after the n-th edit.
func (e edit) wantMember(n int) string {
	p := e.patch(n)
	if amount, ok := p.Total.Get(); ok {
		return amount.String()
	}
	if entries, ok := p.Metadata.Get(); ok {
		return fmt.Sprintf(`{"edit":%q}`, entries["edit"])
	}
	return strconv.Quote(editText(n))
}

func namePatch(n int) credit.Patch { return credit.Patch{Name: credit.Set(editText(n))} }
func notePatch(n int) credit.Patch { return credit.Patch{Note: credit.Set(editText(n))} }
func totalPatch(n int) credit.Patch {
	return credit.Patch{Total: credit.Set(credit.NewDecimal(int64(n)))}
}
func balancePatch(n int) credit.Patch {
	return credit.Patch{Balance: credit.Set(credit.NewDecimal(int64(n)))}
}

func metadataPatch(n int) credit.Patch {
	return credit.Patch{Metadata: credit.Set(map[string]string{"edit": editText(n)})}
}

// owner returns the owner of the fake's credit, for a list.
func (v vendor) owner(ref credit.Ref) string {
	switch v.name {
	case "nexudus":
		return "1414"
	case "flexprice":
		return credittest.FlexpriceSubscription
	}
	return ref.Owner
}
