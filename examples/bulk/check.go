package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/creditkit/creditkit/examples/bulk/internal/check"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// checkFile checks the file where it lies.
func checkFile(ctx context.Context, s settings, out io.Writer) error {
	format, err := formatOf(s.in)
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
	summary, err := check.Run(ctx, f, format, checking(scratch), func(p row.Problem) { fmt.Fprintln(out, p) })
	switch {
	case err != nil:
		return err
	case summary.Bad > 0:
		fmt.Fprintf(out, "%d of %d rows are bad\n", summary.Bad, summary.Rows)
		return exit(codeRefused)
	}
	fmt.Fprintf(out, "%d rows, all good\n", summary.Rows)
	return nil
}
