package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

const doctorHelp = `Doctor reads one credit and writes nothing. It compares the vendor's record with the
OpenAPI document that this program was built from: members that are missing or new, that
have another type or format, or a value that is not listed. It also checks what the
library assumes of the vendor, as far as a read can show it; creditctl probe checks more.

A member that is new, or optional and missing, contradicts nothing. Any other difference,
and an assumption that does not hold, ends with exit code 1: please report it.

The output names members and types. Its only values of the record are those that
are not among the listed ones.`

func doctorFlags() []cli.Flag { return append(callFlags(), jsonFlag()) }

// A diagnosis is the output of the doctor command. help.txt documents its JSON.
type diagnosis struct {
	Schema      int              `json:"schema"`
	Vendor      string           `json:"vendor"`
	Fake        bool             `json:"fake"`
	Differences []difference     `json:"differences"`
	Assumptions []assumptionSeen `json:"assumptions"`
}

// An assumptionSeen is an assumption and what was seen of it.
type assumptionSeen struct {
	Assumption string `json:"assumption"`
	Verdict    string `json:"verdict"`
	Seen       string `json:"seen"`
}

// The verdicts on an assumption.
const (
	verdictHolds   = "holds"
	verdictFails   = "does not hold"
	verdictNotSeen = "not seen" // the record does not show it

	verdictNotTried = "not tried" // by probe
)

func (p *program) runDoctor(ctx context.Context, cmd *cli.Command) output {
	r := reportFor(cmd)
	if err := newUsageError(checkCall(cmd)); err != nil {
		r.setError(err)
		return r
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		r.setError(err)
		return r
	}
	defer c.close()
	r.ID, r.Owner = c.ref.ID, c.ref.Owner
	found, err := readCredit(ctx, c)
	if err != nil {
		r.setReadError(err)
		return r
	}
	d, err := diagnose(r.Vendor, readRecord{ref: c.ref}, found.Raw)
	if err != nil {
		r.setError(err)
		return r
	}
	d.Fake = r.Fake
	return d
}

// diagnose compares a record with the spec and with the assumptions.
func diagnose(vendorName string, r readRecord, raw json.RawMessage) (*diagnosis, error) {
	want, err := recordShape(vendorName)
	if err != nil {
		return nil, err
	}
	members, err := splitObject(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: the record: %w", vendorName, err)
	}
	r.members = map[string]json.RawMessage{}
	for _, m := range members {
		r.members[m.name] = m.value
	}
	d := &diagnosis{Schema: schema, Vendor: vendorName, Differences: compareRecord(want, raw), Assumptions: []assumptionSeen{}}
	if d.Differences == nil {
		d.Differences = []difference{}
	}
	for _, a := range assumptions[vendorName] {
		d.Assumptions = append(d.Assumptions, a.judge(r))
	}
	return d, nil
}

func (a assumption) judge(r readRecord) assumptionSeen {
	switch f := a.check(r); {
	case len(f.wrong) > 0:
		return assumptionSeen{a.text, verdictFails, strings.Join(f.wrong, "; ")}
	case f.checked == 0:
		return assumptionSeen{a.text, verdictNotSeen, "the record does not show it"}
	}
	return assumptionSeen{Assumption: a.text, Verdict: verdictHolds}
}

func (d *diagnosis) exitCode() int {
	for _, difference := range d.Differences {
		if difference.contradictsSpec() {
			return exitDiffers
		}
	}
	for _, a := range d.Assumptions {
		if a.Verdict == verdictFails {
			return exitDiffers
		}
	}
	return exitSuccess
}

func (d *diagnosis) writeText(out, _ terminalWriter) {
	name := d.Vendor
	if d.Fake {
		name += " (fake)"
	}
	fmt.Fprintln(out, out.strong.Sprint(name+" record:"))
	absent := []string{}
	contradictions := 0
	for _, difference := range d.Differences {
		line := replaceControls(difference.Member + " " + difference.Message)
		switch {
		case difference.Kind == diffAbsent:
			absent = append(absent, difference.Member)
		case difference.contradictsSpec():
			contradictions++
			fmt.Fprintf(out, "  %s %s\n", out.bad.Sprintf("%-8s", difference.Kind), line)
		default:
			fmt.Fprintf(out, "  %s %s\n", out.warn.Sprintf("%-8s", difference.Kind), line)
		}
	}
	if len(absent) > 0 {
		fmt.Fprintf(out, "  %-8s %s\n", diffAbsent, replaceControls(strings.Join(absent, ", ")))
	}
	if contradictions == 0 {
		fmt.Fprintln(out, "  "+out.good.Sprint("nothing contradicts the spec"))
	}
	fmt.Fprintln(out, out.strong.Sprint("assumptions that a read can check:"))
	for _, a := range d.Assumptions {
		writeAssumption(out, a)
	}
}

// writeAssumption writes the verdict and the assumption, and below what was seen.
func writeAssumption(out terminalWriter, a assumptionSeen) {
	style := out.good
	switch a.Verdict {
	case verdictFails:
		style = out.bad
	case verdictNotSeen, verdictNotTried:
		style = out.dim
	}
	fmt.Fprintf(out, "  %s  %s\n", style.Sprintf("%-13s", a.Verdict), a.Assumption)
	if a.Verdict == verdictFails {
		fmt.Fprintf(out, "  %13s  seen: %s\n", "", replaceControls(a.Seen))
	}
}
