package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/export"
	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func exportCommand() *cli.Command {
	return &cli.Command{
		Name:  "export",
		Usage: "write the credits of owners to a file that can be edited and planned",
		Description: "An owner is the customer at metronome, the client at thoughtindustries, the coworker\n" +
			"at nexudus, and the subscription at flexprice. At nexudus all credits are exported\n" +
			"without an owner. knox has no list.\n\n" +
			"An empty field has its name in the column clear. A field that the vendor's list does\n" +
			"not show has an empty cell, and no later plan clears it.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "vendor", Usage: "the name of the `vendor`", Required: true, OnlyOnce: true},
			&cli.StringFlag{Name: "owner", Usage: "the `id` of the owner", OnlyOnce: true},
			&cli.StringFlag{Name: "owners", Usage: "a `file` with the id of an owner on each line", OnlyOnce: true},
			outFlag("the `file` of credits: .csv, .jsonl or .ndjson"),
			bomFlag(),
			&cli.BoolFlag{Name: "fake", Usage: "export the credit of a simulated vendor in this process"},
		}, readFlags()),
		Action: lookingAction(exportCredits),
	}
}

func exportCredits(ctx context.Context, c *cli.Command, s settings, out *terminal) error {
	name, path := c.String("vendor"), c.String("out")
	if err := checkExport(c); err != nil {
		return err
	}
	owners, err := readOwners(c.String("owner"), c.String("owners"))
	if err != nil {
		return err
	}
	fileFormat, err := row.FormatOf(path)
	if err != nil {
		return fmt.Errorf("-out: %w", err)
	}
	if err := checkOutput(flagFile{"-out", path}, []flagFile{{"-owners", c.String("owners")}}); err != nil {
		return err
	}
	session, err := newReadSession(s)
	if err != nil {
		return err
	}
	defer session.Close()
	updater, _, err := session.updater(ctx, name)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s\n", s.realTarget([]string{name}))
	var written, repeated, formulas int64
	reads := progress.NewReads(out, out.isTerminal(), 0)
	err = result.WriteFile(path, func(w io.Writer) error {
		credits, err := export.NewWriter(w, fileFormat, s.bom)
		if err != nil {
			return err
		}
		seen := make(map[string]bool)
		for _, owner := range owners {
			for found, err := range updater.(credit.Finder).Find(ctx, credit.Query{Owner: owner}) { // checkExport knows that it is one
				switch {
				case err != nil:
					return fmt.Errorf("the credits of the owner %q: %w; nothing was exported", owner, err)
				case seen[found.ID]:
					repeated++
					continue
				}
				seen[found.ID] = true
				reads.Add()
				if err := credits.Write(name, found); err != nil {
					return fmt.Errorf("%w; nothing was exported%s", err, jsonAdvice(fileFormat))
				}
				written++
			}
		}
		formulas = credits.Formulas
		return nil
	})
	reads.Clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %s\n", path, format.Counted(written, "credit"))
	if repeated > 0 {
		fmt.Fprintf(out, "%s listed again, and in the file once\n", format.Counted(repeated, "credit"))
	}
	if formulas > 0 {
		text := "1 name or note begins"
		if formulas > 1 {
			text = format.Count(formulas) + " names or notes begin"
		}
		fmt.Fprintf(out, "%s with a character of a formula: import these columns into a spreadsheet as text\n", text)
	}
	return nil
}

func jsonAdvice(f row.Format) string {
	if f == row.CSV {
		return ": use a file named .jsonl"
	}
	return ""
}

// checkExport returns errors for a vendor without a list and for a missing owner.
func checkExport(c *cli.Command) error {
	name := c.String("vendor")
	offline, err := vendor.Offline(name)
	if err != nil {
		return fmt.Errorf("-vendor: %w", err)
	}
	if _, ok := offline.(credit.Finder); !ok {
		return fmt.Errorf("%s documents no list of credits, so nothing can be exported: write the ids into a file by hand", name)
	}
	if !c.IsSet("owner") && !c.IsSet("owners") && !offline.Support().FindsAll {
		return fmt.Errorf("-owner or -owners is required at %s", name)
	}
	return nil
}

// readOwners returns the owners of the two flags: one empty owner, which stands for all, if
// neither is set.
func readOwners(owner, file string) ([]string, error) {
	if file == "" {
		return []string{owner}, nil
	}
	f, err := os.Open(file) //nolint:gosec // the user names the file
	if err != nil {
		return nil, fmt.Errorf("-owners: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	var owners []string
	if owner != "" {
		owners = append(owners, owner)
	}
	lines := bufio.NewScanner(f)
	for number := 1; lines.Scan(); number++ {
		switch id := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); {
		case id == "":
		case slices.Contains(owners, id):
			return nil, fmt.Errorf("-owners: line %d: the owner %q occurs twice", number, id)
		default:
			owners = append(owners, id)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("-owners: %w", err)
	}
	if len(owners) == 0 {
		return nil, fmt.Errorf("-owners: %s has no owner", file)
	}
	return owners, nil
}
