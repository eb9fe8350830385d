package flexprice_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/drivertest"
	"github.com/creditkit/creditkit/flexprice"
)

func TestConformance(t *testing.T) {
	at := time.Date(2028, 5, 1, 13, 30, 15, 250_000, time.UTC)
	drivertest.Run(t, func(t *testing.T) drivertest.Harness {
		const key = "conformance-key"
		fake := credittest.NewFlexprice(t)
		client, err := flexprice.New(key, credit.WithBaseURL(fake.URL), credit.WithTransport(fake.Transport()))
		if err != nil {
			t.Fatal(err)
		}
		return drivertest.Harness{
			Updater: client.Updater(),
			Backend: fake,
			Ref:     fake.Ref,
			Missing: credit.Ref{ID: "cg_missing"},
			Patch: credit.Patch{
				Name:      credit.Set("planted name <&> \"\\\u2028"),
				ExpiresAt: credit.Set(at),
				Metadata:  credit.Set(map[string]string{"order": "B-18", "<a>": "", "": "é"}),
			},
			FieldPaths: map[credit.Field]drivertest.FieldPath{
				credit.FieldName:      {Record: "name"},
				credit.FieldExpiresAt: {Record: "end_date"},
				credit.FieldMetadata:  {Record: "metadata"},
			},
			Computed:  []string{"updated_at"},
			NonAtomic: []credit.Field{credit.FieldExpiresAt},
			Invalid: map[string]credit.Patch{
				"an empty name":                  {Name: credit.Set("")},
				"a name of 256 characters":       {Name: credit.Set(strings.Repeat("é", 256))},
				"a name with a NUL":              {Name: credit.Set("a\x00b")},
				"an end in the past":             {ExpiresAt: credit.Set(time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC))},
				"an end finer than the vendor's": {ExpiresAt: credit.Set(at.Add(time.Nanosecond))},
			},
			Refusals: map[string]credittest.Fault{
				"a version conflict": credittest.Respond(409, `{"code":"version_conflict","message":"no","http_status_code":409}`),
			},
			Secrets: []string{key},
			Repeats: true,
			Lists:   listsOf(fake),
		}
	})
}

// listsOf describes the lists of a subscription's grants.
func listsOf(fake *credittest.Server) *drivertest.Lists {
	const owner = credittest.FlexpriceSubscription
	record := string(fake.Record(fake.Ref.ID))
	return &drivertest.Lists{
		Owner: owner, Other: "subs_other",
		Plant: func(planted string, i int) (credit.Ref, json.RawMessage) {
			id := fmt.Sprintf("cg_%d", i)
			return credit.Ref{ID: id}, json.RawMessage(strings.NewReplacer(fake.Ref.ID, id, owner, planted, "Welcome", "Welcome "+id).Replace(record))
		},
	}
}
