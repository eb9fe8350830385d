package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/reading"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func resolveCommand() *cli.Command {
	return &cli.Command{
		Name:  "resolve",
		Usage: "look at the credit of every unknown row of a results file, and write what to do next",
		Description: "It reads and writes nothing at the vendor. The verdict of a row is:\n\n" +
			"as asked   the credit has every value of the change: it was made\n" +
			"as before  the credit is as it was: the change may still arrive. Wait, and resolve again\n" +
			"neither    a field has a third value, or it is not known how it was before, or the\n" +
			"           vendor does not show it: decide by hand\n" +
			"none       the credit could not be read, or the results do not have the change\n\n" +
			"The exit code is 0 if every verdict is as asked, and 1 otherwise.",
		Flags: slices.Concat([]cli.Flag{resultsInFlag(), outFlag("what to do next, a CSV `file` with a line for each unknown row"), bomFlag(), fakeResultsFlag()}, readFlags()),
		Action: lookingAction(func(ctx context.Context, c *cli.Command, s settings, out *terminal) error {
			return resolveRows(ctx, s, c.String("out"), out)
		}),
	}
}

func resolveRows(ctx context.Context, s settings, path string, out *terminal) error {
	if err := checkOutput(flagFile{"-out", path}, []flagFile{{"-results", s.results}}); err != nil {
		return err
	}
	run, err := openResults(s, s.results, result.Unknown)
	if err != nil {
		return err
	}
	if err := s.checkCredentials(ctx, run.vendors); err != nil {
		return err
	}
	if s.fakes != nil {
		if err := s.seedExpected(ctx, unknownRows(run)); err != nil {
			return err
		}
	}
	session, err := newReadSession(s)
	if err != nil {
		return err
	}
	defer session.Close()
	vendors, err := session.vendors(ctx, run.vendors)
	if err != nil {
		return err
	}
	counts := make(map[credit.Verdict]int64)
	list, reads := limitedList{out: out}, progress.NewReads(out, out.isTerminal(), run.count)
	look := func(ctx context.Context, r result.Result) (result.Next, error) {
		return resolveRow(ctx, vendors[r.Vendor], r)
	}
	err = result.WriteFile(path, func(w io.Writer) error {
		next := result.NewNextWriter(w, s.bom)
		err := reading.InOrder(ctx, run.wantedRows(), look, func(r result.Result, found result.Next) error {
			reads.Add()
			if list.seen < maxListedRows {
				reads.Clear()
			}
			counts[found.Verdict]++
			list.add("line %d: %s credit %q: %s: %s", r.Line, r.Vendor, r.ID, found.Verdict, found.Advice)
			next.Write(r, found)
			return nil
		})
		return cmp.Or(err, next.Flush())
	})
	reads.Clear()
	if err != nil {
		return err
	}
	list.end(path)
	unknown := counts[credit.AsAsked] + counts[credit.AsBefore] + counts[credit.Neither] + counts[0]
	fmt.Fprintf(out, "%s: %d of %d rows are unknown: %d as asked, %d as before, %d neither, %d could not be looked at\n",
		path, unknown, run.rows, counts[credit.AsAsked], counts[credit.AsBefore], counts[credit.Neither], counts[0])
	if counts[credit.AsAsked] < unknown {
		return exitError(codeNotAll)
	}
	return nil
}

// unknownRows returns the rows with the values that they had before, as far as they were
// read.
func unknownRows(run *earlierRun) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		for r, err := range run.wantedRows() {
			before, _, _ := changeOf(r) // resolveRow says what is missing
			if !yield(row.Row{Number: r.Row, Line: r.Line, Vendor: r.Vendor, Ref: credit.Ref{ID: r.ID, Owner: r.Owner}, Expect: credit.Values(before)}, err) {
				return
			}
		}
	}
}

// changeOf returns what a row was before its change, as far as it was read, and the change.
// It reports false if the results do not have it.
func changeOf(r result.Result) (before, patch credit.Patch, ok bool) {
	before, _, errBefore := result.PatchBefore(r.Changes)
	patch, errAfter := result.PatchAfter(r.Changes)
	return before, patch, len(r.Changes) > 0 && errBefore == nil && errAfter == nil
}

// resolveRow looks at the credit of an unknown row. An error means that no other row of the
// vendor can be looked at.
func resolveRow(ctx context.Context, v *reading.Vendor, r result.Result) (result.Next, error) {
	before, patch, ok := changeOf(r)
	if !ok {
		return result.Next{Advice: "the results do not have its change: compare the credit with the file of changes by hand"}, nil
	}
	was := &credit.Record{ID: r.ID, Values: credit.Values(before)}
	if before.IsEmpty() {
		was = nil
	}
	var found *credit.Resolution
	err := v.Do(ctx, func() (err error) {
		found, err = credit.Resolve(ctx, v.Updater, credit.Ref{ID: r.ID, Owner: r.Owner}, patch, was)
		return err
	})
	switch {
	case errors.Is(err, reading.ErrGivenUp):
		return result.Next{}, err
	case err != nil:
		return result.Next{Advice: "resolve again: " + result.OneLine(err.Error())}, nil
	}
	return result.Next{Verdict: found.Verdict, Fields: found.Fields, Advice: advice(r, found, v.Updater.Support())}, nil
}

// advice says what to do after a verdict, by the rules of [credit.Resolve].
func advice(r result.Result, found *credit.Resolution, support credit.Support) string {
	switch found.Verdict {
	case credit.AsAsked:
		return "nothing: the change is there"
	case credit.AsBefore:
		if support.IdempotencyKeys && r.IdempotencyKey != "" {
			return "within 24 hours of the run send the same change with the idempotency key " + r.IdempotencyKey + "; later, send it again"
		}
		return "the change may still arrive: wait at least half an hour and resolve again; if it is still as before, send the row again"
	}
	var parts []string
	for _, f := range found.Fields {
		parts = append(parts, fmt.Sprintf("%s is %s, and the change wanted %s", f.Field, cmp.Or(f.Got, "empty"), cmp.Or(f.Want, "empty")))
	}
	return "decide by hand: " + strings.Join(parts, "; ")
}
