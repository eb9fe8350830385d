package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// supports is what vendors can do, and its JSON.
type supports struct {
	Schema  int       `json:"schema"`
	Vendors []support `json:"vendors"`
}

type support struct {
	Vendor          string    `json:"vendor"`
	Owner           string    `json:"owner"` // "required", "for reads" (only a get needs it) or "unsupported"
	IdempotencyKeys bool      `json:"idempotency_keys"`
	ReplacesRecord  bool      `json:"replaces_record"` // a write replaces the record, which is read first
	Fields          []ability `json:"fields"`
}

type ability struct {
	Field         string `json:"field"`
	Set           bool   `json:"set"`
	Clear         bool   `json:"clear"`
	NotIdempotent bool   `json:"not_idempotent"` // must not be repeated while its outcome is unknown
	VendorField   string `json:"vendor_field"`   // what the vendor calls it
}

func (p *program) support(_ context.Context, cmd *cli.Command) answer {
	if err := usage(checkVendor(cmd)); err != nil {
		r := reportFor(cmd)
		r.fail(err)
		return r
	}
	names := vendor.Names()
	if name := cmd.String("vendor"); name != "" {
		names = []string{name}
	}
	all := &supports{Schema: schema}
	for _, name := range names {
		updater, err := vendor.Offline(name)
		if err != nil {
			r := reportFor(cmd)
			r.fail(err)
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

func supportOf(name string, s credit.Support) support {
	out := support{Vendor: name, Owner: ownerRules[s.Owner], IdempotencyKeys: s.IdempotencyKeys, ReplacesRecord: s.ReplacesRecord}
	for _, f := range credit.Fields() {
		if a := s.Fields[f]; a.Set || a.Clear {
			out.Fields = append(out.Fields, ability{string(f), a.Set, a.Clear, a.NotIdempotent, a.VendorField})
		}
	}
	return out
}

func (s *supports) exitCode() int { return exitDone }

func (s *supports) writeText(out, _ screen) {
	for i, v := range s.Vendors {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, out.strong.Sprint(v.Vendor))
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, f := range v.Fields {
			fmt.Fprintf(table, "  %s\t%s\t%s%s\n", f.Field, verbs(f), f.VendorField, warning(f))
		}
		_ = table.Flush() // to memory
		if v.Owner == ownerRequired {
			fmt.Fprintln(out, "  -owner is required")
		}
		if v.Owner == ownerForReads {
			fmt.Fprintln(out, "  -owner is needed to read")
		}
		if v.IdempotencyKeys {
			fmt.Fprintln(out, "  takes -idempotency-key")
		}
		if v.ReplacesRecord {
			fmt.Fprintln(out, "  a write replaces the record, which is read first")
		}
	}
}

func warning(a ability) string {
	if a.NotIdempotent {
		return "; must not be repeated while its outcome is unknown"
	}
	return ""
}

func verbs(a ability) string {
	switch {
	case a.Set && a.Clear:
		return "set, clear"
	case a.Clear:
		return "clear"
	}
	return "set"
}
