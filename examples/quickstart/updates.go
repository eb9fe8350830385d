package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// An update is one vendor's call, by its own method and types. It returns what
// came back, in words.
type update struct {
	vendor, op, asked string
	answer            string // the stand-in's
	do                func(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error)
}

var updates = []update{
	{"knox", "UpdateCredit", "quantity 0.01, notes", echo, updateKnox},
	{"thoughtindustries", "UpdateCreditBatch", "name, expiresOn, currentBalance 0", thoughtIndustriesAnswer, updateThoughtIndustries},
	{"nexudus", "UpdateCoworkerBookingCredit", "TotalCredit 0", nexudusAnswer, updateNexudus},
	{"flexprice", "UpdateCreditGrant", "name, metadata", flexpriceAnswer, updateFlexprice},
	{"metronome", "EditCredit", "ending_before of one item", metronomeAnswer, updateMetronome},
}

func showUpdates(ctx context.Context, out io.Writer) error {
	fmt.Fprintln(out, "One credit at each vendor, by the vendor's own call:")
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "VENDOR\tOPERATION\tASKED\tCAME BACK\tATTEMPTS\tREQUEST ID")
	for _, u := range updates {
		server := start(u.answer)
		var info credit.CallInfo
		got, err := u.do(ctx, server.URL, &info)
		server.Close()
		if err != nil {
			return err
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%d\t%s\n", u.vendor, u.op, u.asked, got, info.Attempts, info.RequestID)
	}
	return table.Flush()
}

func updateKnox(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := knox.New("example.org", credit.StaticToken("knox-token"), credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	// The page's update replaces the record, so a real program starts from
	// one that it has read: client.GetCredit.
	got, err := client.UpdateCredit(ctx, knox.Credit{
		ID:                  "cred-1",
		TypeID:              "type-1",
		Origin:              knox.CreditOriginLegacySystem,
		ContactID:           "contact-1",
		Date:                "2019-08-24",
		Quantity:            credit.MustParseDecimal("0.01"),
		Notes:               new("corrected"),
		SysCreatedAt:        "2019-08-24T14:15:22Z",
		SysCreatedByID:      "user-1",
		SysLastModifiedAt:   "2019-08-24T14:15:22Z",
		SysLastModifiedByID: "user-1",
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: quantity %s, notes %q", got.ID, got.Quantity, *got.Notes), nil
}

const batchID = "00000000-0000-0000-0000-000000000000"

const thoughtIndustriesAnswer = `{"data":{"UpdateCreditBatch":{
	"id":"00000000-0000-0000-0000-000000000000","name":"string","expiresOn":"2024-01-01T00:00:00.000Z",
	"startingBalance":0,"currentBalance":0,"clientId":"00000000-0000-0000-0000-000000000000","status":"active",
	"createdAt":"2024-01-01T00:00:00.000Z","updatedAt":"2024-01-01T00:00:00.000Z",
	"creditAccountId":"00000000-0000-0000-0000-000000000000","allocatedCredits":0}}}`

func updateThoughtIndustries(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := thoughtindustries.New("example", "ti_test_key", credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCreditBatch(ctx, batchID, thoughtindustries.UpdateCreditBatchRequest{
		Name:           new("string"),
		ExpiresOn:      time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		CurrentBalance: new(int64(0)),
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("balance %s, expires %s", got.CurrentBalance, got.ExpiresOn), nil
}

const nexudusAnswer = `{"Status":200,"Message":"CoworkerBookingCredit was successfully updated.","Value":{"Id":87654321},
	"OpenInDialog":false,"OpenInWindow":false,"RedirectURL":null,"JavaScript":null,
	"UpdatedOn":"2025-01-15T10:30:00Z","UpdatedBy":"admin@example.com","Errors":null,"WasSuccessful":true}`

func updateNexudus(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := nexudus.New(credit.StaticToken("nexudus-token"), credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCoworkerBookingCredit(ctx, nexudus.CoworkerBookingCreditUpdate{
		ID:          87654321,
		CoworkerID:  1, // the page's 0 stands for a number
		BusinessID:  1,
		TotalCredit: credit.NewDecimal(0),
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return got.Message, nil
}

const flexpriceAnswer = `{"id":"cg_1","name":"Trial","scope":"SUBSCRIPTION","cadence":"ONETIME","credits":"100.50",
	"metadata":{"source":"quickstart"},"status":"published","created_at":"2026-01-01T00:00:00Z","updated_at":"2026-11-21T00:00:00Z"}`

func updateFlexprice(ctx context.Context, baseURL string, info *credit.CallInfo) (string, error) {
	client, err := flexprice.New("flexprice-key", credit.WithBaseURL(baseURL))
	if err != nil {
		return "", err
	}
	got, err := client.UpdateCreditGrant(ctx, "cg_1", flexprice.UpdateCreditGrantRequest{
		Name:     new("Trial"),
		Metadata: map[string]string{"source": "quickstart"},
	}, credit.WithInfo(info))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s: %q, %s credits", got.ID, got.Name, got.Credits), nil
}

const metronomeAnswer = `{"data":{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"}}`

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

// metronomeExample is the request of the vendor's page.
func metronomeExample() metronome.EditCreditRequest {
	return metronome.EditCreditRequest{
		CreditID:   "5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
		CustomerID: "4c91c473-fc12-445a-9c38-40421d47023f",
		AccessSchedule: &metronome.AccessSchedule{
			UpdateScheduleItems: []metronome.UpdateScheduleItem{{
				ID:           "d5edbd32-c744-48cb-9475-a9bca0e6fa39",
				EndingBefore: time.Date(2025, 3, 12, 0, 0, 0, 0, time.UTC),
			}},
		},
	}
}
