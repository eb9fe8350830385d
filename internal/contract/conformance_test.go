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

// undocumentedResponses are the prefixes of the conformance cases whose
// responses are malformed or not documented by any vendor. Only their requests
// are validated.
var undocumentedResponses = []string{
	"a 300 ", "a 301 ", "a 302 ", "a 303 ", "a 304 ", "a 307 ", "a 308 ", "a change that cannot be read back ", "a context that ends between ", "a wait ",
	"a read that is ", "every attempt: ", "retry: ", "applied, ", "one fault: ", "one fault, repeatable fields: ",
	"late", "other writer: ", "unclear response: ", "success: ",
	"resolve: ", "resolve, late: ", "before: a failed read ", "before: a rejected update ", "expect: a failed read ", "expect: without a second read ",
}

// undocumentedRequests are the prefixes of the cases that send what no spec
// allows: an id that is not a UUID.
var undocumentedRequests = []string{"a slash in an id"}

// TestConformance runs the suite that every Updater passes, with a validator
// between client and fake.
func TestConformance(t *testing.T) {
	for _, test := range []struct {
		vendor  string
		harness func(*testing.T, func(*credittest.Server) []credit.Option) drivertest.Harness
	}{
		{"knox", knoxHarness}, {"thoughtindustries", thoughtindustriesHarness}, {"nexudus", nexudusHarness},
		{"flexprice", flexpriceHarness}, {"metronome", metronomeHarness},
	} {
		t.Run(test.vendor, func(t *testing.T) {
			drivertest.Run(t, func(t *testing.T) drivertest.Harness {
				h := test.harness(t, func(fake *credittest.Server) []credit.Option {
					w := newValidator(t, test.vendor, fake.Transport())
					w.skipResponses, w.skipRequests = matchingPrefix(t, undocumentedResponses), matchingPrefix(t, undocumentedRequests)
					return []credit.Option{credit.WithBaseURL(fake.URL), credit.WithTransport(w)}
				})
				h.Repeats = true
				return h
			})
		})
	}
}

// matchingPrefix returns the first of the prefixes that the name of the running
// case has, or "".
func matchingPrefix(t *testing.T, beginnings []string) string {
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
	client := mustSucceed[*knox.Client](t)(knox.New("acme", credit.StaticToken("token"), opts(fake)...))
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
	client := mustSucceed[*thoughtindustries.Client](t)(thoughtindustries.New("acme", "key", opts(fake)...))
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
	client := mustSucceed[*nexudus.Client](t)(nexudus.New(credit.StaticToken("token"), opts(fake)...))
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
	client := mustSucceed[*flexprice.Client](t)(flexprice.New("key", opts(fake)...))
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
	client := mustSucceed[*metronome.Client](t)(metronome.New("token", opts(fake)...))
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
