package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/check"
	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func checkCommand() *cli.Command {
	return &cli.Command{
		Name:  "check",
		Usage: "show every bad row of a file, and send nothing",
		Description: "For a file without bad rows, it shows the sums of the new totals and balances. A row\n" +
			"of JSON Lines with the member expect is compared with what it expects.",
		Flags: inputFlags(),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := newSettings(c)
			if err != nil {
				return err
			}
			out := &terminal{file: os.Stdout}
			return cmp.Or(checkFile(ctx, s, out), out.writeError())
		},
	}
}

// checkFile checks a file without a copy of it.
func checkFile(ctx context.Context, s settings, out io.Writer) error {
	format, err := inputFormat(s)
	if err != nil {
		return err
	}
	f, err := os.Open(s.in)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // it was only read
	scratch, err := os.MkdirTemp("", "bulk-check-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	options, sums := checkOptions(scratch, false), money.Summary{}
	options.Observe = func(r row.Row) { sums.Add(plannedAmounts(r)) }
	summary, err := check.Run(ctx, f, format, options, func(p row.Problem) { fmt.Fprintf(out, "%s, %s\n", s.in, p) })
	switch {
	case err != nil:
		return err
	case summary.Rows == 0:
		return errNoRows(s.in)
	case summary.Bad > 0:
		fmt.Fprintf(out, "%d of %d rows are bad\n", summary.Bad, summary.Rows)
		return exitError(codeRefused)
	}
	sums.WriteText(out, s.in)
	fmt.Fprintf(out, "%d rows, all good\n", summary.Rows)
	return nil
}
