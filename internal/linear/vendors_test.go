package linear

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A vendor is one of the five, with its fake and two fields that its updates set.
type vendor struct {
	name   string
	fake   func(credittest.TB) *credittest.Server
	open   func(...credit.Option) (client, error)
	fields [2]credit.Field
	// fails reports whether histories that fit no order are expected under an
	// assumption. Otherwise there must be none.
	fails func(assumption) bool
}

type client interface{ Updater() credit.Updater }

const token = "linear-0123456789"

var vendors = []vendor{
	{
		name: "knox",
		fake: func(t credittest.TB) *credittest.Server { return credittest.NewKnox(t) },
		open: func(opts ...credit.Option) (client, error) {
			return knox.New("example.org", credit.StaticToken(token), opts...)
		},
		fields: [2]credit.Field{credit.FieldNote, credit.FieldTotal},
		fails:  func(a assumption) bool { return a.late || a.clients == 2 && !a.sameField },
	},
	{
		name:   "thoughtindustries",
		fake:   func(t credittest.TB) *credittest.Server { return credittest.NewThoughtIndustries(t) },
		open:   func(opts ...credit.Option) (client, error) { return thoughtindustries.New("acme", token, opts...) },
		fields: [2]credit.Field{credit.FieldName, credit.FieldBalance},
		fails:  func(a assumption) bool { return a.late || a.clients == 2 && a.sameField && !a.expect },
	},
	{
		name:   "nexudus",
		fake:   func(t credittest.TB) *credittest.Server { return credittest.NewNexudus(t) },
		open:   func(opts ...credit.Option) (client, error) { return nexudus.New(credit.StaticToken(token), opts...) },
		fields: [2]credit.Field{credit.FieldNote, credit.FieldTotal},
		fails:  func(a assumption) bool { return a.late || a.clients == 2 && !a.sameField },
	},
	{
		name:   "flexprice",
		fake:   func(t credittest.TB) *credittest.Server { return credittest.NewFlexprice(t) },
		open:   func(opts ...credit.Option) (client, error) { return flexprice.New(token, opts...) },
		fields: [2]credit.Field{credit.FieldName, credit.FieldMetadata},
		fails:  func(a assumption) bool { return a.late || a.clients == 2 && !(a.sameField && a.expect) },
	},
	{
		name:   "metronome",
		fake:   func(t credittest.TB) *credittest.Server { return credittest.NewMetronome(t) },
		open:   func(opts ...credit.Option) (client, error) { return metronome.New(token, opts...) },
		fields: [2]credit.Field{credit.FieldName, credit.FieldNote},
		fails:  func(assumption) bool { return false },
	},
}

// newUpdater opens a client of its own: clients share nothing but the fake.
func (v vendor) newUpdater(t *testing.T, fake *credittest.Server) credit.Updater {
	t.Helper()
	c, err := v.open(credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()), credit.WithAttemptTimeout(attemptTimeout))
	if err != nil {
		t.Fatal(err)
	}
	return c.Updater()
}

// patchOf returns a patch that sets one field to a number or its text.
func patchOf(f credit.Field, amount credit.Decimal) credit.Patch {
	var p credit.Patch
	switch op := p.Op(f); {
	case op.Text != nil:
		*op.Text = credit.Set(amount.String())
	case op.Amount != nil:
		*op.Amount = credit.Set(amount)
	case op.Entries != nil:
		*op.Entries = credit.Set(map[string]string{"edit": amount.String()})
	}
	return p
}
