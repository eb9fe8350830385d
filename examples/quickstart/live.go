package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// A liveCall sets a credit's name or note to the value of CREDITKIT_TEXT, at the
// real vendor.
type liveCall struct {
	vendor string
	what   string
	ids    []string // variables with the ids of the credit
	call   func(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error
}

var liveCalls = []liveCall{
	{"knox", "reads the credit and sets its notes", []string{"KNOX_CREDIT_ID"}, liveKnox},
	{"thoughtindustries", "sets the batch's name", []string{"THOUGHTINDUSTRIES_BATCH_ID"}, liveThoughtIndustries},
	{"nexudus", "reads the credit and sets its description", []string{"NEXUDUS_CREDIT_ID"}, liveNexudus},
	{"flexprice", "sets the grant's name", []string{"FLEXPRICE_GRANT_ID"}, liveFlexprice},
	{"metronome", "sets the credit's description", []string{"METRONOME_CUSTOMER_ID", "METRONOME_CREDIT_ID"}, liveMetronome},
}

func vendorNames() []string {
	var names []string
	for _, l := range liveCalls {
		names = append(names, l.vendor)
	}
	return names
}

func liveHelp() string {
	var b strings.Builder
	b.WriteString("\nExit codes: 0 done, 1 failed (the error says whether the change was made), 2 the\ncommand line or the environment is wrong and nothing was sent.\n")
	b.WriteString("\nA live call changes one real credit. It reads these environment variables,\nand CREDITKIT_TEXT for the text to set:\n\n")
	for _, l := range liveCalls {
		required, optional := l.listVariables()
		fmt.Fprintf(&b, "  %-18s %s\n  %-18s   %s\n", l.vendor, l.what, "", strings.Join(required, " "))
		if len(optional) > 0 {
			fmt.Fprintf(&b, "  %-18s   optional: %s\n", "", strings.Join(optional, " "))
		}
	}
	return b.String()
}

// listVariables returns the variables of the vendor's client and of the credit.
func (l liveCall) listVariables() (required, optional []string) {
	for _, v := range vendor.Variables(l.vendor) {
		if v.Optional {
			optional = append(optional, v.Name)
		} else {
			required = append(required, v.Name)
		}
	}
	return append(required, l.ids...), optional
}

func runLive(ctx context.Context, name string, getenv func(string) string, out io.Writer) error {
	i := slices.IndexFunc(liveCalls, func(l liveCall) bool { return l.vendor == name })
	if i < 0 {
		return usageError{fmt.Errorf("-live: unknown vendor %q: use one of %s", name, strings.Join(vendorNames(), ", "))}
	}
	l := liveCalls[i]
	set := func(variable string) bool { return getenv(variable) != "" }
	missing := slices.DeleteFunc([]string{"CREDITKIT_TEXT"}, set)
	missing = append(missing, vendor.Missing(name, getenv)...)
	missing = append(missing, slices.DeleteFunc(slices.Clone(l.ids), set)...)
	if len(missing) > 0 {
		return usageError{fmt.Errorf("%s needs these environment variables, which are not set: %s", name, strings.Join(missing, ", "))}
	}
	var info credit.CallInfo
	if err := l.call(ctx, getenv, getenv("CREDITKIT_TEXT"), &info); err != nil {
		if info.IdempotencyKey != "" {
			return fmt.Errorf("%w; idempotency key %s", err, info.IdempotencyKey)
		}
		return err
	}
	_, err := fmt.Fprintf(out, "%s: done, %d attempts, request id %q\n", name, info.Attempts, info.RequestID)
	return err
}

func liveKnox(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	client, err := vendor.Knox(ctx, env)
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
	client, err := vendor.ThoughtIndustries(ctx, env)
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
	client, err := vendor.Nexudus(ctx, env)
	if err != nil {
		return err
	}
	record, err := client.GetCoworkerBookingCredit(ctx, id)
	if err != nil {
		return err
	}
	update := record.Update()
	update.Description = nexudus.Value(text)
	_, err = client.UpdateCoworkerBookingCredit(ctx, update, credit.WithInfo(info))
	return err
}

func liveFlexprice(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	client, err := vendor.Flexprice(ctx, env)
	if err != nil {
		return err
	}
	_, err = client.UpdateCreditGrant(ctx, env("FLEXPRICE_GRANT_ID"), flexprice.UpdateCreditGrantRequest{Name: &text}, credit.WithInfo(info))
	return err
}

func liveMetronome(ctx context.Context, env func(string) string, text string, info *credit.CallInfo) error {
	client, err := vendor.Metronome(ctx, env)
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
