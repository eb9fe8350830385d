package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// supportList is the output of the support command.
type supportList struct {
	Schema  int             `json:"schema"`
	Vendors []vendorSupport `json:"vendors"`
}

type vendorSupport struct {
	Vendor          string         `json:"vendor"`
	Owner           string         `json:"owner"` // "required", "for reads" (only get needs it) or "unsupported"
	IdempotencyKeys bool           `json:"idempotency_keys"`
	ReplacesRecord  bool           `json:"replaces_record"` // an update reads the record and writes all of it
	Fields          []fieldSupport `json:"fields"`
}

type fieldSupport struct {
	Field         string `json:"field"`
	Set           bool   `json:"set"`
	Clear         bool   `json:"clear"`
	NotIdempotent bool   `json:"not_idempotent"` // must not be repeated while the outcome is unknown
	VendorField   string `json:"vendor_field"`   // the vendor's name of the field
}

func (p *program) runSupport(_ context.Context, cmd *cli.Command) output {
	if err := newUsageError(checkVendor(cmd)); err != nil {
		r := reportFor(cmd)
		r.setError(err)
		return r
	}
	names := vendor.Names()
	if name := cmd.String("vendor"); name != "" {
		names = []string{name}
	}
	all := &supportList{Schema: schema}
	for _, name := range names {
		updater, err := vendor.Offline(name)
		if err != nil {
			r := reportFor(cmd)
			r.setError(err)
			return r
		}
		all.Vendors = append(all.Vendors, supportOf(name, updater.Support()))
	}
	return all
}

// The rules for an owner.
const (
	ownerUnsupported = "unsupported"
	ownerForReads    = "for reads"
	ownerRequired    = "required"
)

var ownerRules = map[credit.OwnerRule]string{
	credit.OwnerUnsupported: ownerUnsupported, credit.OwnerForReads: ownerForReads, credit.OwnerRequired: ownerRequired,
}

func supportOf(name string, s credit.Support) vendorSupport {
	out := vendorSupport{Vendor: name, Owner: ownerRules[s.Owner], IdempotencyKeys: s.IdempotencyKeys, ReplacesRecord: s.ReplacesRecord}
	for _, f := range credit.Fields() {
		if a := s.Fields[f]; a.Set || a.Clear {
			out.Fields = append(out.Fields, fieldSupport{string(f), a.Set, a.Clear, a.NotIdempotent, a.VendorField})
		}
	}
	return out
}

func (s *supportList) exitCode() int { return exitSuccess }

func (s *supportList) writeText(out, _ terminalWriter) {
	for i, v := range s.Vendors {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, out.strong.Sprint(v.Vendor))
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, f := range v.Fields {
			fmt.Fprintf(table, "  %s\t%s\t%s%s\n", f.Field, formatVerbs(f), f.VendorField, idempotencyWarning(f))
		}
		_ = table.Flush() // to memory
		if v.Owner == ownerRequired {
			fmt.Fprintln(out, "  -owner is required")
		}
		if v.Owner == ownerForReads {
			fmt.Fprintln(out, "  -owner is needed to read")
		}
		if v.IdempotencyKeys {
			fmt.Fprintln(out, "  supports -idempotency-key")
		}
		if v.ReplacesRecord {
			fmt.Fprintln(out, "  a write replaces the record, which is read first")
		}
	}
}

func idempotencyWarning(a fieldSupport) string {
	if a.NotIdempotent {
		return "; must not be repeated while its outcome is unknown"
	}
	return ""
}

func formatVerbs(a fieldSupport) string {
	switch {
	case a.Set && a.Clear:
		return "set, clear"
	case a.Clear:
		return "clear"
	}
	return "set"
}
