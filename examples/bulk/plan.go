package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/examples/bulk/internal/check"
	"github.com/creditkit/creditkit/examples/bulk/internal/folder"
	"github.com/creditkit/creditkit/examples/bulk/internal/plan"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

func planCommand() *cli.Command {
	return &cli.Command{
		Name:  "plan",
		Usage: "read every credit of a file, and write what would be sent to a plan that apply sends",
		Description: "The plan has a line for each row: the credit before and after, and the exact\n" +
			"request. It is refused as a whole if the file has bad rows. With -was, only what\n" +
			"differs from an export is planned, and each row expects what was exported.\n\n" +
			"apply sends a row only if its credit still has the values that the plan has read.",
		Flags: slices.Concat(inputFlags(), []cli.Flag{
			&cli.StringFlag{Name: "was", Usage: "the `file` of export that the file of changes was edited from", OnlyOnce: true},
			outFlag("the plan, a JSON Lines `file`"),
			expectFlag("all"),
			&cli.BoolFlag{Name: "fake", Usage: "read simulated vendors in this process, which have a credit for each row; for apply -fake"},
		}, readFlags()),
		Action: lookingAction(func(ctx context.Context, c *cli.Command, s settings, out *terminal) error {
			guardAll, err := parseExpect(c)
			if err != nil {
				return err
			}
			p := &planner{settings: s, was: c.String("was"), path: c.String("out"), guardAll: guardAll, out: out}
			return p.planFile(ctx)
		}),
	}
}

func expectFlag(value string) cli.Flag {
	return &cli.StringFlag{Name: "expect", Value: value, OnlyOnce: true, Usage: "what must not have changed when a row is applied: `fields`, which is all for every field that was read, " +
		"the balance included, or changed for the fields of the change"}
}

func parseExpect(c *cli.Command) (all bool, err error) {
	switch text := c.String("expect"); text {
	case "all", "changed":
		return text == "all", nil
	default:
		return false, fmt.Errorf("-expect must be all or changed, got %q", text)
	}
}

// A planner makes a plan.
type planner struct {
	settings
	was      string // the export, or ""
	path     string // of the plan
	guardAll bool
	out      *terminal
	total    int64 // the number of rows
	header   plan.Header
}

// planFile checks the file of changes and plans its rows.
func (p *planner) planFile(ctx context.Context) error {
	if err := checkOutput(flagFile{"-out", p.path}, []flagFile{{"-in", p.in}, {"-was", p.was}}); err != nil {
		return err
	}
	format, err := inputFormat(p.settings)
	if err != nil {
		return err
	}
	var export *plan.Export
	if p.was != "" {
		if export, err = p.readExport(); err != nil {
			return err
		}
	}
	vendors, err := p.checkRows(ctx, format, export)
	if err != nil {
		return err
	}
	if p.fakes != nil {
		if err := p.fakes.seedRecords(p.rows(format, nil)); err != nil {
			return err
		}
	}
	inputs := func(yield func(plan.Input, error) bool) {
		for r, err := range p.rows(format, export) {
			if !yield(plan.Input{Row: r, Unchanged: export != nil && r.Patch.IsEmpty()}, err) {
				return
			}
		}
	}
	return p.write(ctx, vendors, inputs)
}

// readExport reads the file of -was.
func (p *planner) readExport() (*plan.Export, error) {
	format, err := row.FormatOf(p.was)
	if err != nil {
		return nil, fmt.Errorf("-was: %w", err)
	}
	f, err := os.Open(p.was)
	if err != nil {
		return nil, fmt.Errorf("-was: %w", err)
	}
	defer func() { _ = f.Close() }() // it was only read
	hash := sha256.New()
	export, err := plan.ReadExport(io.TeeReader(f, hash), format)
	if err != nil {
		return nil, fmt.Errorf("-was %s: %w", p.was, err)
	}
	export.GuardAll = p.guardAll
	p.header.Was, p.header.WasDigest = filepath.Base(p.was), hex.EncodeToString(hash.Sum(nil))
	return export, nil
}

// checkRows checks the file as run does, and returns the vendors of its rows.
func (p *planner) checkRows(ctx context.Context, format row.Format, export *plan.Export) (vendors []string, err error) {
	f, err := os.Open(p.in)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	scratch, err := os.MkdirTemp("", "bulk-plan-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(scratch) }()
	options := checkOptions(scratch, false)
	if export != nil {
		options.Prepare = export.Diff
	}
	summary, err := check.Run(ctx, f, format, options, func(problem row.Problem) { fmt.Fprintf(p.out, "%s, %s\n", p.in, problem) })
	switch {
	case err != nil:
		return nil, err
	case summary.Rows == 0:
		return nil, errNoRows(p.in)
	case summary.Bad > 0:
		return nil, fmt.Errorf("%d of %d rows are bad, so nothing was planned: correct them", summary.Bad, summary.Rows)
	}
	p.header.Input, p.header.Digest, p.total = filepath.Base(p.in), summary.Digest, summary.Rows
	return slices.Sorted(maps.Keys(summary.PerVendor)), nil
}

// rows returns the rows of the checked file, reduced to what differs from the export. It
// ends with an error if the file is not the one that was checked.
func (p *planner) rows(format row.Format, export *plan.Export) iter.Seq2[row.Row, error] {
	return func(yield func(row.Row, error) bool) {
		f, err := os.Open(p.in)
		if err != nil {
			yield(row.Row{}, err)
			return
		}
		defer func() { _ = f.Close() }() // it was only read
		hash := sha256.New()
		for r, problems := range row.ReadPositions(io.TeeReader(f, hash), format) {
			if export != nil && len(problems) == 0 {
				_, problems = export.Diff(&r)
			}
			if len(problems) > 0 {
				yield(row.Row{}, errChangedMeanwhile(p.in))
				return
			}
			if !yield(r.Row, nil) {
				return
			}
		}
		if hex.EncodeToString(hash.Sum(nil)) != p.header.Digest {
			yield(row.Row{}, errChangedMeanwhile(p.in))
		}
	}
}

func errChangedMeanwhile(path string) error {
	return fmt.Errorf("%s was changed while it was read: start again", path)
}

// write plans the rows and writes the plan. It prints the refused rows, a summary and the
// SHA-256 that apply needs.
func (p *planner) write(ctx context.Context, vendors []string, inputs iter.Seq2[plan.Input, error]) error {
	if err := p.checkCredentials(ctx, vendors); err != nil {
		return err
	}
	session, err := newReadSession(p.settings)
	if err != nil {
		return err
	}
	defer session.Close()
	readers, err := session.planVendors(ctx, vendors, p.guardAll)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s: reads only; the plan is for a %s\n", p.header.Input, p.realTarget(vendors))
	refused := limitedList{out: p.out}
	writer, err := plan.NewWriter(session.dir)
	if err != nil {
		return err
	}
	defer writer.Discard()
	unguarded := 0
	reads := progress.NewReads(p.out, p.out.isTerminal(), p.total)
	err = plan.Make(ctx, inputs, readers, func(line plan.Line) error {
		reads.Add()
		if line.Status == row.StatusRefused {
			reads.Clear()
			refused.add("line %d: %s credit %q is refused: %s", line.Line, line.Vendor, line.ID, line.Reason)
		}
		unguarded += min(len(line.Unguarded), 1)
		return writer.Add(line)
	})
	reads.Clear()
	if err != nil {
		return err
	}
	p.header.Target = p.realTarget(writer.Vendors())
	hash := sha256.New() // of what is written: another process can replace the file
	err = result.WriteFile(p.path, func(w io.Writer) error { return writer.WritePlan(io.MultiWriter(w, hash), &p.header) })
	if err != nil {
		return err
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	refused.end(p.path)
	if unguarded > 0 {
		fmt.Fprintf(p.out, "rows that change a field that the vendor does not show, so that its change by another writer is not noticed: %d\n", unguarded)
	}
	sums, err := sumPlan(p.path)
	if err != nil {
		return err
	}
	sums.WriteText(p.out, p.path)
	fmt.Fprintf(p.out, "%s: %s\nsha256: %s\n", p.path, p.header.Summary, digest)
	if p.header.Planned > 0 {
		fake := ""
		if p.fakes != nil {
			fake = "-fake "
		}
		fmt.Fprintf(p.out, "to apply it: bulk apply %s-plan %s -sha256 %s\n", fake, p.path, digest)
	}
	if p.header.Refused > 0 {
		return exitError(codeNotAll)
	}
	return nil
}

func applyCommand() *cli.Command {
	return &cli.Command{
		Name:  "apply",
		Usage: "send exactly the planned rows of a plan; after a crash, apply it again to continue",
		Description: "A plan with another SHA-256 or of another target is refused, and so is one that was\n" +
			"edited so that it shows another change than it would send. Each row is sent only if\n" +
			"its credit still has the values that the plan has read; otherwise it ends as not sent,\n" +
			"and its error says what has changed.\n\n" +
			"If the plan has outliers, such as a total that becomes ten times what it was, a\n" +
			"terminal asks first, and a script needs -yes. Applying it again to continue does not\n" +
			"ask again.",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "plan", Usage: "the `file` of plan or undo", Required: true, OnlyOnce: true},
			&cli.StringFlag{Name: "sha256", Usage: "the SHA-256 of the plan, in `hex`, which plan has printed", Required: true, OnlyOnce: true},
			&cli.StringFlag{Name: "state", OnlyOnce: true, Usage: "the `folder` of the job's state: new, empty or of this job (default: the file's name plus .state, after .fake)"},
			yesFlag(),
		}, workFlags(), natsFlags(false), runFlags()),
		Action: func(ctx context.Context, c *cli.Command) error {
			s, err := newSettings(c)
			if err != nil {
				return err
			}
			if err := s.openFakes(); err != nil {
				return err
			}
			if s.sha256, err = parseDigest(s.sha256); err != nil {
				return err
			}
			if err := s.checkPlan(ctx); err != nil {
				return err
			}
			s.sendsRows = true
			return runFile(ctx, s, &terminal{file: os.Stdout})
		},
	}
}

// parseDigest returns a SHA-256 in lower-case hex, without the prefix sha256:.
func parseDigest(text string) (string, error) {
	digest := strings.ToLower(strings.TrimPrefix(text, "sha256:"))
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return "", fmt.Errorf("-sha256 must have 64 hexadecimal digits, got %q", text)
	}
	return digest, nil
}

// checkPlan refuses a plan with another SHA-256, one of another target, and one that does
// not show what it would send.
func (s settings) checkPlan(ctx context.Context) error {
	digest, err := folder.Digest(s.in)
	switch {
	case err != nil:
		return err
	case digest != s.sha256:
		return fmt.Errorf("%s is not the plan of -sha256: its SHA-256 is %s; nothing was sent", s.in, digest)
	}
	f, err := os.Open(s.in)
	if err != nil {
		return err
	}
	header, err := plan.Verify(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("the plan %s cannot be applied, plan it again: %w; nothing was sent", s.in, err)
	}
	if header.Planned == 0 {
		return errNoRows(s.in)
	}
	vendors := slices.Sorted(maps.Keys(header.Target.Vendors))
	if err := s.checkCredentials(ctx, vendors); err != nil {
		return err
	}
	if err := header.Target.Check(s.realTarget(vendors)); err != nil {
		return fmt.Errorf("the plan %s cannot be applied here: %w", s.in, err)
	}
	return nil
}
