package main

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

const findHelp = `The credits of one owner, one a line: the customer at metronome, the client at
thoughtindustries, the coworker at nexudus, the subscription at flexprice. At
nexudus, all credits are listed without -owner. knox documents no list.

A list that fails after its first credits shows them, and then the error. With
-json, each credit is one line, and a last line holds the outcome.`

func findFlags() []cli.Flag {
	return []cli.Flag{
		vendorFlag(),
		&cli.StringFlag{Name: "owner", Usage: "the id of the owner whose credits are listed", OnlyOnce: true},
		&cli.BoolFlag{Name: "fake", Usage: "use the vendor's fake in this process; -owner defaults to the owner of its credit"},
		baseURLFlag(),
		timeoutFlag(),
		jsonFlag(),
	}
}

// A foundList is the output of the find command: the credits, and the report with the
// outcome of the call.
type foundList struct {
	credits []*credit.Record
	report  *report
}

// foundCredit is the JSON of one found credit.
type foundCredit struct {
	Schema int    `json:"schema"`
	Vendor string `json:"vendor"`
	Credit record `json:"credit"`
}

func (p *program) runFind(ctx context.Context, cmd *cli.Command) output {
	l := &foundList{report: reportFor(cmd)}
	if err := newUsageError(append(checkCall(cmd), checkFind(cmd)...)); err != nil {
		l.report.setError(err)
		return l
	}
	c, err := p.connect(ctx, cmd)
	if err != nil {
		l.report.setError(err)
		return l
	}
	defer c.close()
	owner := c.ref.Owner
	if cmd.Bool("fake") && cmd.String("vendor") == "flexprice" && owner == "" {
		owner = credittest.FlexpriceSubscription
	}
	l.report.ID, l.report.Owner = "", owner
	l.report.Outcome = outcomeRead
	finder := c.updater.(credit.Finder) // or else checkFind has refused the vendor
	for record, err := range finder.Find(ctx, credit.Query{Owner: owner}) {
		if err != nil {
			l.report.setError(err)
			if hasResponse(err) {
				l.report.Outcome = credit.Rejected.String()
			}
			break
		}
		l.credits = append(l.credits, record)
	}
	return l
}

// checkFind returns errors for a vendor without lists and for a missing owner.
func checkFind(cmd *cli.Command) (problems []string) {
	name := cmd.String("vendor")
	if !isVendor(name) {
		return nil
	}
	updater, err := vendor.Offline(name)
	if err != nil {
		return []string{err.Error()}
	}
	if _, ok := updater.(credit.Finder); !ok {
		return []string{name + " documents no list of credits"}
	}
	if !updater.Support().FindsAll && !cmd.IsSet("owner") && !cmd.Bool("fake") {
		problems = append(problems, "-owner is required at "+name)
	}
	return problems
}

func (l *foundList) exitCode() int { return l.report.exitCode() }

// lines returns the objects of the JSON output.
func (l *foundList) lines() []any {
	var lines []any
	for _, c := range l.credits {
		lines = append(lines, foundCredit{schema, l.report.Vendor, encodeRecord(c)})
	}
	return append(lines, l.report)
}

// writeText writes a table of the credits, with the fields that one of them shows.
func (l *foundList) writeText(out, errs terminalWriter) {
	var columns []credit.Field
	for _, f := range credit.Fields() {
		for _, c := range l.credits {
			if _, shown := encodeRecord(c)[string(f)]; shown {
				columns = append(columns, f)
				break
			}
		}
	}
	if len(l.credits) > 0 {
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
		titles := []string{"id"}
		for _, f := range columns {
			titles = append(titles, string(f))
		}
		fmt.Fprintln(table, strings.Join(titles, "\t"))
		for _, c := range l.credits {
			shown, cells := encodeRecord(c), []string{replaceControls(c.ID)}
			for _, f := range columns {
				text := "unknown"
				if v, ok := shown[string(f)]; ok {
					text = replaceControls(formatValue(f, v))
				}
				cells = append(cells, text)
			}
			fmt.Fprintln(table, strings.Join(cells, "\t"))
		}
		_ = table.Flush() // to memory
	}
	if l.report.err != nil {
		l.report.writeText(out, errs)
		return
	}
	if len(l.credits) == 1 {
		fmt.Fprintln(out, "1 credit")
	} else {
		fmt.Fprintf(out, "%d credits\n", len(l.credits))
	}
}
