package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// supports is what vendors can do, and the JSON of it.
type supports struct {
	Vendors []support `json:"vendors"`
}

type support struct {
	Vendor          string    `json:"vendor"`
	Owner           string    `json:"owner"` // required, optional (only a get needs it) or refused
	IdempotencyKeys bool      `json:"idempotency_keys"`
	Records         bool      `json:"records"` // a write replaces the record, which is read first
	Fields          []ability `json:"fields"`
}

type ability struct {
	Field string `json:"field"`
	Set   bool   `json:"set"`
	Clear bool   `json:"clear"`
	Once  bool   `json:"once"` // not to be repeated as long as its outcome is unknown
	As    string `json:"as"`   // what the vendor calls it
}

func (p *program) support(_ context.Context, cmd *cli.Command) answer {
	if err := usage(checkVendor(cmd)); err != nil {
		r := asked(cmd)
		r.fail(err)
		return r
	}
	names := vendor.Names()
	if name := cmd.String("vendor"); name != "" {
		names = []string{name}
	}
	all := &supports{}
	for _, name := range names {
		updater, err := vendor.Offline(name)
		if err != nil {
			r := asked(cmd)
			r.fail(err)
			return r
		}
		all.Vendors = append(all.Vendors, supportOf(name, updater.Support()))
	}
	return all
}

var needs = map[credit.Need]string{credit.Refused: "refused", credit.Optional: "optional", credit.Required: "required"}

func supportOf(name string, s credit.Support) support {
	out := support{Vendor: name, Owner: needs[s.Owner], IdempotencyKeys: s.IdempotencyKeys, Records: s.Records}
	for _, f := range credit.Fields() {
		if a := s.Fields[f]; a.Set || a.Clear {
			out.Fields = append(out.Fields, ability{string(f), a.Set, a.Clear, a.Once, a.As})
		}
	}
	return out
}

func (s *supports) exitCode() int { return exitDone }

func (s *supports) people(out, _ screen) {
	for i, v := range s.Vendors {
		if i > 0 {
			fmt.Fprintln(out)
		}
		fmt.Fprintln(out, out.strong.Sprint(v.Vendor))
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		for _, f := range v.Fields {
			fmt.Fprintf(table, "  %s\t%s\t%s%s\n", f.Field, verbs(f), f.As, warning(f))
		}
		_ = table.Flush() // to a terminal
		if v.Owner == "required" {
			fmt.Fprintln(out, "  -owner is required")
		}
		if v.Owner == "optional" {
			fmt.Fprintln(out, "  -owner is needed to read")
		}
		if v.IdempotencyKeys {
			fmt.Fprintln(out, "  takes -idempotency-key")
		}
		if v.Records {
			fmt.Fprintln(out, "  a write replaces the record, which is read first")
		}
	}
}

func warning(a ability) string {
	if a.Once {
		return "; not to be repeated while its outcome is unknown"
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
