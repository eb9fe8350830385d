package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"
)

const probeHelp = `Probe finds out what a read cannot show. It sends writes to one credit that differ
from those of the library: without a member, with null, with a fraction, with another time
zone, with an idempotency key that was used before. After each it reads the credit, puts
it back with one write, and reads it again. At last it reads a credit that does not exist.

Use a credit that was made for this. The writes change it for a moment, and the vendor's
history and reports may show them. No probe sends what one write cannot put back: at
flexprice only a later end date is probed, and only where the grant of a subscription or an
add-on has one that is an hour away or more. No write clears a first end date, and any end
date archives the grant of a plan. An interrupt stops after the credit is put back.

If the credit cannot be put back, probe stops, prints the record as it was before, and
exits with 6. If an assumption does not hold, or probe stops early, it exits with 1. The
lines from "creditctl probe at" on are for an issue: they contain no value, no id and no
credential. Where reads lag behind writes, as with a cache, the results are not reliable.`

const consentFlag = "i-know-this-changes-the-credit"

func probeFlags() []cli.Flag {
	return append(callFlags(), &cli.BoolFlag{Name: consentFlag, Usage: "required: probe writes to the credit"}, jsonFlag())
}

// A probeResult is the output of the probe command. help.txt documents its JSON.
type probeResult struct {
	Schema      int              `json:"schema"`
	Vendor      string           `json:"vendor"`
	Fake        bool             `json:"fake"`
	Assumptions []assumptionSeen `json:"assumptions"`
	Stopped     string           `json:"stopped"`  // why probe ended early
	PutBack     string           `json:"put_back"` // why the credit is not as it was
	Members     []string         `json:"members"`  // those to put back, as far as it is known
	Before      json.RawMessage  `json:"before"`   // the vendor's record, if it is to be put back by hand
	Issue       string           `json:"issue"`
}

func (p *program) runProbe(ctx context.Context, cmd *cli.Command) output {
	r := reportFor(cmd)
	problems := checkCall(cmd)
	if !cmd.Bool(consentFlag) {
		problems = append(problems, "-"+consentFlag+" is required: probe writes to the credit and puts it back")
	}
	if err := newUsageError(problems); err != nil {
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
	prober, err := newProber(ctx, r.Vendor, c)
	if err != nil {
		r.setReadError(err)
		return r
	}
	result := prober.run(ctx)
	result.Fake = r.Fake
	result.Issue = result.formatIssue()
	return result
}

// run makes all experiments. It stops at the first that gets no response, and if the
// credit cannot be put back.
func (p *prober) run(ctx context.Context) *probeResult {
	result := &probeResult{Schema: schema, Vendor: p.vendor, Assumptions: []assumptionSeen{}, Members: []string{}}
	var steps []func(context.Context) (assumptionSeen, error)
	for _, e := range experiments[p.vendor] {
		steps = append(steps, func(ctx context.Context) (assumptionSeen, error) { return p.try(ctx, e) })
	}
	if p.usual.Support().IdempotencyKeys {
		steps = append(steps, p.probeKeys)
	}
	for _, step := range append(steps, p.probeMissing) {
		if ctx.Err() != nil {
			result.Stopped = context.Cause(ctx).Error()
			return result
		}
		seen, err := step(ctx)
		if failed := p.restore(ctx); failed != nil {
			result.PutBack, result.Members, result.Before = failed.Error(), append(result.Members, failed.members...), p.raw
		}
		if err != nil {
			result.Stopped = fmt.Sprintf("%s: %v", seen.Assumption, err)
		} else {
			result.Assumptions = append(result.Assumptions, seen)
		}
		if err != nil || result.PutBack != "" {
			return result
		}
	}
	return result
}

func (r *probeResult) exitCode() int {
	if r.PutBack != "" {
		return exitApplied
	}
	if r.Stopped != "" {
		return exitDiffers
	}
	for _, a := range r.Assumptions {
		if a.Verdict == verdictFails {
			return exitDiffers
		}
	}
	return exitSuccess
}

// formatIssue returns the text for an issue. It contains no values of the credit.
func (r *probeResult) formatIssue() string {
	var b strings.Builder
	fmt.Fprintf(&b, "creditctl probe at %s, %s\n", r.title(), currentVersion())
	for _, a := range r.Assumptions {
		fmt.Fprintf(&b, "- %s: %s (%s)\n", a.Verdict, a.Assumption, replaceControls(a.Seen))
	}
	return b.String()
}

func (r *probeResult) title() string {
	if r.Fake {
		return r.Vendor + " (fake)"
	}
	return r.Vendor
}

func (r *probeResult) writeText(out, errs terminalWriter) {
	fmt.Fprintln(out, out.strong.Sprint(r.title()+" assumptions:"))
	for _, a := range r.Assumptions {
		writeProbed(out, a)
	}
	if r.Stopped != "" {
		fmt.Fprintf(errs, "%s stopped early: %s\n", errs.bad.Sprint(messagePrefix), replaceControls(r.Stopped))
	}
	if r.PutBack != "" {
		r.writePutBack(errs)
	} else {
		fmt.Fprintln(out, out.good.Sprint("the credit is as it was"))
	}
	fmt.Fprintf(out, "\n%s", r.Issue)
}

// writePutBack writes the values that are to be put back by hand, and the whole record.
func (r *probeResult) writePutBack(errs terminalWriter) {
	fmt.Fprintf(errs, "%s the credit is not as it was: %s\n", errs.bad.Sprint(messagePrefix), replaceControls(r.PutBack))
	members, _ := decodeMembers(r.Before) // newProber has read it
	if len(r.Members) > 0 {
		fmt.Fprintln(errs, "put back by hand:")
	}
	for _, name := range r.Members {
		value := "(missing)"
		if was := members[name]; was != nil {
			value = compactText(was)
		}
		fmt.Fprintf(errs, "  %s  %s\n", replaceControls(name), replaceControls(value))
	}
	fmt.Fprintf(errs, "the whole record was:\n%s\n", replaceControls(compactText(r.Before)))
}

// writeProbed writes an assumption and always what was seen.
func writeProbed(out terminalWriter, a assumptionSeen) {
	writeAssumption(out, a)
	if a.Verdict != verdictFails {
		fmt.Fprintf(out, "  %13s  seen: %s\n", "", replaceControls(a.Seen))
	}
}

// compactText returns valid JSON in one line.
func compactText(value json.RawMessage) string {
	var b bytes.Buffer
	_ = json.Compact(&b, value) // of a record that was read
	return b.String()
}
