package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A vendorUpdate is one call of a vendor's own client. It returns a summary of
// the response.
type vendorUpdate struct {
	vendor, operation, request string
	fake                       func(credittest.TB) *credittest.Server
	call                       func(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error)
}

var updates = []vendorUpdate{
	{"knox", "UpdateCredit", "notes of the record", credittest.NewKnox, updateKnox},
	{"thoughtindustries", "UpdateCreditBatch", "name, expiresOn, currentBalance 0", credittest.NewThoughtIndustries, updateThoughtIndustries},
	{"nexudus", "UpdateCoworkerBookingCredit", "TotalCredit 0, other fields cleared", credittest.NewNexudus, updateNexudus},
	{"flexprice", "UpdateCreditGrant", "name, metadata", credittest.NewFlexprice, updateFlexprice},
	{"metronome", "EditCredit", "ending_before of one item", credittest.NewMetronome, updateMetronome},
}

func showUpdates(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "One update at each vendor, by the vendor's own client:")
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VENDOR\tOPERATION\tREQUEST\tRESPONSE\tATTEMPTS\tREQUEST ID")
	for _, u := range updates {
		fake := u.fake(nil)
		var info credit.CallInfo
		got, err := u.call(ctx, fake.URL, &info)
		fake.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", u.vendor, u.operation, u.request, got, info.Attempts, cmp.Or(info.RequestID, "none"))
	}
	return table.Flush()
}

func updateKnox(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := knox.New("example.org", credit.StaticToken("knox-token"), credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	// An update replaces the whole record, so read it first.
	record, err := client.GetCredit(ctx, "credit:7f9c24e8|2026")
	if err != nil {
		return "", err
	}
	record.Notes = new("corrected")
	got, err := client.UpdateCredit(ctx, *record, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("quantity %s, notes %q", got.Quantity, *got.Notes), nil
}

func updateThoughtIndustries(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := thoughtindustries.New("example", "ti_test_key", credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCreditBatch(ctx, "9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90", thoughtindustries.UpdateCreditBatchRequest{
		Name:           new("string"),
		ExpiresOn:      time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		CurrentBalance: new(int64(0)),
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("balance %s, expires %s", got.CurrentBalance, got.ExpiresOn), nil
}

func updateNexudus(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := nexudus.New(credit.StaticToken("nexudus-token"), credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCoworkerBookingCredit(ctx, nexudus.CoworkerBookingCreditUpdate{
		ID:          87654321,
		CoworkerID:  1, // 0 in the vendor's example
		BusinessID:  1,
		TotalCredit: credit.NewDecimal(0),
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return got.Message, nil
}

func updateFlexprice(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := flexprice.New("flexprice-key", credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCreditGrant(ctx, "cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU", flexprice.UpdateCreditGrantRequest{
		Name:     new("Trial"),
		Metadata: map[string]string{"source": "quickstart"},
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%q, %s credits", got.Name, got.Credits), nil
}

func updateMetronome(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := metronome.New("metronome-token", credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.EditCredit(ctx, metronomeExample(), credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return "id " + got.Data.ID, nil
}

// metronomeExample returns the request of the vendor's documentation, with the
// year of the fake's schedule item.
func metronomeExample() metronome.EditCreditRequest {
	return metronome.EditCreditRequest{
		CreditID:   "5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
		CustomerID: "4c91c473-fc12-445a-9c38-40421d47023f",
		AccessSchedule: &metronome.AccessSchedule{
			UpdateScheduleItems: []metronome.UpdateScheduleItem{{
				ID:           "d5edbd32-c744-48cb-9475-a9bca0e6fa39",
				EndingBefore: time.Date(2026, 3, 12, 0, 0, 0, 0, time.UTC),
			}},
		},
	}
}
