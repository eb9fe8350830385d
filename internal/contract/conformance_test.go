package contract

import (
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// The cases of the conformance suite whose answers are malformed, or made up
// for any vendor, by the beginnings of their names. Their requests are looked
// at all the same.
var madeUpAnswers = []string{
	"a 300 ", "a 301 ", "a 302 ", "a 303 ", "a 304 ", "a 307 ", "a 308 ", "a change that cannot be read back ", "a context that ends between ", "a wait ",
	"a read that is ", "every attempt: ", "retry: ", "applied, ", "one fault: ", "one fault, repeatable fields: ",
	"late", "other writer: ", "unclear answer: ", "success: ",
}

// The cases that send what no spec has room for: an id that is no UUID.
var oddRequests = []string{"a slash in an id"}

// TestConformance runs the suite that every Updater passes, with a watch over
// the traffic.
func TestConformance(t *testing.T) {
	for vendor, harness := range map[string]func(*testing.T, func(*credittest.Server) []credit.Option) drivertest.Harness{
		"knox": knoxHarness, "thoughtindustries": thoughtindustriesHarness, "nexudus": nexudusHarness,
		"flexprice": flexpriceHarness, "metronome": metronomeHarness,
	} {
		t.Run(vendor, func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Harness {
				h := harness(t, func(fake *credittest.Server) []credit.Option {
					w := newWatch(t, vendor, fake.Transport())
					w.wrongAnswers, w.wrongRequests = among(t, madeUpAnswers), among(t, oddRequests)
					return []credit.Option{credit.WithBaseURL(fake.URL), credit.WithTransport(w)}
				})
				h.Repeats = true
				return h
			})
		})
	}
}

// among returns the beginning that the name of the case has.
func among(t *testing.T, beginnings []string) string {
	_, name, _ := strings.Cut(strings.TrimPrefix(t.Name(), "TestConformance/"), "/")
	name = strings.ReplaceAll(name, "_", " ")
	for _, b := range beginnings {
		if strings.HasPrefix(name, b) {
			return b
		}
	}
	return ""
}

func knoxHarness(t *testing.T, opts func(*credittest.Server) []credit.Option) drivertest.Harness {
	day := time.Date(2099, 5, 1, 0, 0, 0, 0, time.UTC)
	fake := credittest.NewKnox(t)
	client := must[*knox.Client](t)(knox.New("acme", credit.StaticToken("token"), opts(fake)...))
	return drivertest.Harness{
		Updater: client.Updater(), Backend: fake, Ref: fake.Ref, Missing: credit.Ref{ID: "missing"},
		Patch: credit.Patch{
			Note: credit.Set("planted note"), Total: credit.Set(credit.MustParseDecimal("12.10")),
			StartsAt: credit.Set(day), ExpiresAt: credit.Set(day.AddDate(3, 0, 0)),
		},
		FieldPaths: map[credit.Field]drivertest.FieldPath{
			credit.FieldNote: {Record: "notes"}, credit.FieldTotal: {Record: "quantity"},
			credit.FieldStartsAt: {Record: "date"}, credit.FieldExpiresAt: {Record: "expiration_date"},
		},
	}
}

func thoughtindustriesHarness(t *testing.T, opts func(*credittest.Server) []credit.Option) drivertest.Harness {
	fake := credittest.NewThoughtIndustries(t)
	client := must[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", opts(fake)...))
	return drivertest.Harness{
		Updater: client.Updater(), Backend: fake, Ref: fake.Ref,
		Missing: credit.Ref{ID: "00000000-0000-4000-8000-000000000001", Owner: fake.Ref.Owner},
		Patch: credit.Patch{
			Name: credit.Set("planted name"), Balance: credit.Set(credit.MustParseDecimal("9007199254740993")),
			ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000_000, time.UTC)),
		},
		FieldPaths: map[credit.Field]drivertest.FieldPath{
			credit.FieldName: {Record: "name"}, credit.FieldBalance: {Record: "currentBalance"}, credit.FieldExpiresAt: {Record: "expiresOn"},
		},
		Computed: []string{"updatedAt"}, NoContent: true,
	}
}

func nexudusHarness(t *testing.T, opts func(*credittest.Server) []credit.Option) drivertest.Harness {
	at := time.Date(2099, 5, 1, 13, 30, 15, 0, time.UTC)
	fake := credittest.NewNexudus(t)
	client := must[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), opts(fake)...))
	return drivertest.Harness{
		Updater: client.Updater(), Backend: fake, Ref: fake.Ref, Missing: credit.Ref{ID: "12"},
		Patch: credit.Patch{
			Note: credit.Set("planted note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
			StartsAt: credit.Set(at), ExpiresAt: credit.Set(at.AddDate(3, 0, 0)),
		},
		FieldPaths: map[credit.Field]drivertest.FieldPath{
			credit.FieldNote: {Record: "Description"}, credit.FieldTotal: {Record: "TotalCredit"},
			credit.FieldStartsAt: {Record: "ValidFrom"}, credit.FieldExpiresAt: {Record: "ExpireDate"},
		},
		Computed: []string{"UpdatedOn"},
		Commands: []string{
			"AddedElegiblePasses", "AddedElegibleProducts", "AddedElegibleResourceTypes", "AddedElegibleTariffs", "AddedEventCategories",
			"AddedCoworkerBookingCreditUses", "RemovedCoworkerBookingCreditUses",
			"RemovedElegiblePasses", "RemovedElegibleProducts", "RemovedElegibleResourceTypes", "RemovedElegibleTariffs", "RemovedEventCategories",
		},
	}
}

func flexpriceHarness(t *testing.T, opts func(*credittest.Server) []credit.Option) drivertest.Harness {
	fake := credittest.NewFlexprice(t)
	client := must[*flexprice.Client](t)(flexprice.New("key", opts(fake)...))
	return drivertest.Harness{
		Updater: client.Updater(), Backend: fake, Ref: fake.Ref, Missing: credit.Ref{ID: "cg_missing"},
		Patch: credit.Patch{
			Name: credit.Set("planted name"), ExpiresAt: credit.Set(time.Date(2099, 5, 1, 13, 30, 15, 250_000, time.UTC)),
			Metadata: credit.Set(map[string]string{"order": "B-18", "": "é"}),
		},
		FieldPaths: map[credit.Field]drivertest.FieldPath{
			credit.FieldName: {Record: "name"}, credit.FieldExpiresAt: {Record: "end_date"}, credit.FieldMetadata: {Record: "metadata"},
		},
		Computed:  []string{"updated_at"},
		NonAtomic: []credit.Field{credit.FieldExpiresAt},
	}
}

func metronomeHarness(t *testing.T, opts func(*credittest.Server) []credit.Option) drivertest.Harness {
	const item, change = "access_schedule/schedule_items/0/", "access_schedule/update_schedule_items/0/"
	hour := time.Date(2026, 5, 1, 13, 0, 0, 0, time.UTC)
	fake := credittest.NewMetronome(t)
	client := must[*metronome.Client](t)(metronome.New("token", opts(fake)...))
	return drivertest.Harness{
		Updater: client.Updater(), Backend: fake, Ref: fake.Ref,
		Missing: credit.Ref{ID: "00000000-0000-4000-8000-000000000001", Owner: fake.Ref.Owner},
		Patch: credit.Patch{
			Name: credit.Set("planted name"), Note: credit.Set("planted note"), Total: credit.Set(credit.MustParseDecimal("12345678901234567890.10")),
			StartsAt: credit.Set(hour), ExpiresAt: credit.Set(hour.AddDate(2, 0, 0)), Priority: credit.Set(credit.MustParseDecimal("0")),
		},
		FieldPaths: map[credit.Field]drivertest.FieldPath{
			credit.FieldName: {Record: "name"}, credit.FieldNote: {Record: "description"}, credit.FieldPriority: {Record: "priority"},
			credit.FieldTotal:     {Record: item + "amount", Write: change + "amount"},
			credit.FieldStartsAt:  {Record: item + "starting_at", Write: change + "starting_at"},
			credit.FieldExpiresAt: {Record: item + "ending_before", Write: change + "ending_before"},
		},
		Always: []string{"credit_id", "customer_id", change + "id"}, Unnamed: true,
	}
}
