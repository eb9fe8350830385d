package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A live call gives a credit's name or note the value of CREDITKIT_TEXT, at the
// real vendor.
type live struct {
	vendor string
	what   string
	env    []string // variables that must be set
	option []string // variables that may be set
	do     func(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error
}

var lives = []live{
	{"knox", "reads the credit and sets its notes", []string{"KNOX_TENANT", "KNOX_DOMAIN", "KNOX_CLIENT_ID", "KNOX_CLIENT_SECRET", "KNOX_CREDIT_ID"}, nil, liveKnox},
	{"thoughtindustries", "sets the batch's name", []string{"THOUGHTINDUSTRIES_INSTANCE", "THOUGHTINDUSTRIES_API_KEY", "THOUGHTINDUSTRIES_BATCH_ID"}, nil, liveThoughtIndustries},
	{"nexudus", "reads the credit and sets its description", []string{"NEXUDUS_EMAIL", "NEXUDUS_PASSWORD", "NEXUDUS_CREDIT_ID"}, []string{"NEXUDUS_TOTP", "NEXUDUS_CLIENT_ID"}, liveNexudus},
	{"flexprice", "sets the grant's name", []string{"FLEXPRICE_API_KEY", "FLEXPRICE_GRANT_ID"}, []string{"FLEXPRICE_BASE_URL"}, liveFlexprice},
	{"metronome", "sets the credit's description", []string{"METRONOME_TOKEN", "METRONOME_CUSTOMER_ID", "METRONOME_CREDIT_ID"}, nil, liveMetronome},
}

func vendors() []string {
	var names []string
	for _, l := range lives {
		names = append(names, l.vendor)
	}
	return names
}

func liveHelp() string {
	var b strings.Builder
	b.WriteString("\nA live call changes one real credit. It reads these environment variables,\nand CREDITKIT_TEXT for the text to set:\n\n")
	for _, l := range lives {
		fmt.Fprintf(&b, "  %-18s %s\n  %-18s   %s\n", l.vendor, l.what, "", strings.Join(l.env, " "))
		if len(l.option) > 0 {
			fmt.Fprintf(&b, "  %-18s   optional: %s\n", "", strings.Join(l.option, " "))
		}
	}
	return b.String()
}

func runLive(ctx context.Context, vendor string, getenv func(string) string, out io.Writer) error {
	i := slices.IndexFunc(lives, func(l live) bool { return l.vendor == vendor })
	if i < 0 {
		return fmt.Errorf("there is no vendor %q; there are %s", vendor, strings.Join(vendors(), ", "))
	}
	l := lives[i]
	var missing []string
	for _, name := range append([]string{"CREDITKIT_TEXT"}, l.env...) {
		if getenv(name) == "" {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%s needs these environment variables, which are not set: %s", vendor, strings.Join(missing, ", "))
	}
	var info credit.CallInfo
	if err := l.do(ctx, getenv, getenv("CREDITKIT_TEXT"), &info); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: done, %d attempts, request id %q\n", vendor, info.Attempts, info.RequestID)
	return err
}

func liveKnox(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	tokens := knox.ClientCredentials{
		Domain:       env("KNOX_DOMAIN"),
		ClientID:     env("KNOX_CLIENT_ID"),
		ClientSecret: env("KNOX_CLIENT_SECRET"),
	}.TokenSource(ctx)
	client, err := knox.New(env("KNOX_TENANT"), tokens)
	if err != nil {
		return err
	}
	record, err := client.GetCredit(ctx, env("KNOX_CREDIT_ID"))
	if err != nil {
		return err
	}
	record.Notes = &text
	_, err = client.UpdateCredit(ctx, *record, credit.WithInfo(info))
	return err
}

func liveThoughtIndustries(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	client, err := thoughtindustries.New(env("THOUGHTINDUSTRIES_INSTANCE"), env("THOUGHTINDUSTRIES_API_KEY"))
	if err != nil {
		return err
	}
	_, err = client.UpdateCreditBatch(ctx, env("THOUGHTINDUSTRIES_BATCH_ID"),
		thoughtindustries.UpdateCreditBatchRequest{Name: &text}, credit.WithInfo(info))
	return err
}

func liveNexudus(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	id, err := strconv.ParseInt(env("NEXUDUS_CREDIT_ID"), 10, 64)
	if err != nil {
		return fmt.Errorf("NEXUDUS_CREDIT_ID: %w", err)
	}
	client, err := nexudus.New(nexudus.Password{
		Email:    env("NEXUDUS_EMAIL"),
		Password: env("NEXUDUS_PASSWORD"),
		TOTP:     env("NEXUDUS_TOTP"),
		ClientID: env("NEXUDUS_CLIENT_ID"),
	}.TokenSource(ctx))
	if err != nil {
		return err
	}
	record, err := client.GetCoworkerBookingCredit(ctx, id)
	if err != nil {
		return err
	}
	update := record.Update()
	update.Description = &text
	_, err = client.UpdateCoworkerBookingCredit(ctx, update, credit.WithInfo(info))
	return err
}

func liveFlexprice(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	region := env("FLEXPRICE_BASE_URL")
	if region == "" {
		region = flexprice.RegionUS
	}
	client, err := flexprice.New(env("FLEXPRICE_API_KEY"), credit.WithBaseURL(region))
	if err != nil {
		return err
	}
	_, err = client.UpdateCreditGrant(ctx, env("FLEXPRICE_GRANT_ID"), flexprice.UpdateCreditGrantRequest{Name: &text}, credit.WithInfo(info))
	return err
}

func liveMetronome(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	client, err := metronome.New(env("METRONOME_TOKEN"))
	if err != nil {
		return err
	}
	_, err = client.EditCredit(ctx, metronome.EditCreditRequest{
		CreditID:    env("METRONOME_CREDIT_ID"),
		CustomerID:  env("METRONOME_CUSTOMER_ID"),
		Description: &text,
	}, credit.WithInfo(info))
	return err
}
