package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/plan"
	"github.com/creditkit/creditkit/examples/bulk/internal/progress"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Usage: "send outliers without a question, for scripts"}
}

func checkOutliersFlag() cli.Flag {
	return &cli.BoolFlag{Name: "check-outliers", Usage: "read the credits first, as on a terminal, and send nothing if there are outliers, unless -yes is set"}
}

// A preview decides whether the rows of a job may be sent, before anything is sent.
type preview struct {
	settings
	in       *input
	question question
	out      *terminal
	errs     io.Writer
}

func newPreview(s settings, in *input, out *terminal) *preview {
	return &preview{settings: s, in: in, question: newQuestion(out), out: out, errs: os.Stderr}
}

// confirm returns an error if the job has outliers that are not agreed to. It remembers an
// agreement, so that the job continues without a question. The queue has the limits of
// reads.
func (p *preview) confirm(ctx context.Context, q *queue.Queue) error {
	if p.dryRun || p.in.folder.Agreed(p.in.job.Digest) {
		return nil
	}
	looked := true
	var err error
	switch {
	case p.yes && !p.checkOutliers:
	case p.in.format == row.Plan:
		err = p.confirmPlan(ctx)
	default:
		looked, err = p.confirmRows(ctx, q)
	}
	if err != nil || !looked {
		return err
	}
	return p.in.folder.SaveAgreement(p.in.job.Digest)
}

// confirmPlan asks if a plan has outliers. The plan has the amounts before.
func (p *preview) confirmPlan(ctx context.Context) error {
	sums, err := sumPlan(p.in.folder.Input())
	if err != nil {
		return err
	}
	if _, n := sums.Outliers(); n == 0 {
		return nil
	}
	return p.showAndAsk(ctx, sums, 0)
}

// confirmRows reads the credits whose amounts the file changes, and asks if there are
// outliers. It reports false if it has read none, because no person is there to ask: a
// script that needs no answer today must not wait for reads tomorrow.
func (p *preview) confirmRows(ctx context.Context, q *queue.Queue) (looked bool, err error) {
	counts, err := p.countAmounts(p.checkOutliers || p.question.isTerminal)
	if err != nil || len(counts) == 0 {
		return false, err
	}
	if !p.checkOutliers {
		if p.mode != target.ModeOf(false, false) {
			return false, nil // the amounts of fakes are invented
		}
		if !p.question.isTerminal {
			fmt.Fprintf(p.errs, "bulk: outliers were not looked for, because no terminal can ask: -check-outliers reads the credits first, -yes sends outliers as well\n")
			return false, nil
		}
	}
	sums, unread, err := p.readAmounts(ctx, q, counts)
	if err != nil {
		return false, err
	}
	return true, p.showAndAsk(ctx, sums, unread)
}

// countAmounts returns the number of rows that change a total or a balance, by vendor. It
// stops after the first if not all are wanted.
func (p *preview) countAmounts(all bool) (map[string]int64, error) {
	counts := make(map[string]int64)
	for r, err := range p.in.goodRows() {
		if err != nil {
			return nil, err
		}
		if changesAmount(r) {
			counts[r.Vendor]++
			if !all {
				break
			}
		}
	}
	return counts, nil
}

func changesAmount(r row.Row) bool { return !r.Patch.Total.IsZero() || !r.Patch.Balance.IsZero() }

// readAmounts reads the credits as the command plan does, and returns the sums of their
// changes and the number of rows whose change is not known.
func (p *preview) readAmounts(ctx context.Context, q *queue.Queue, counts map[string]int64) (sums *money.Summary, unread int64, err error) {
	session := &readSession{settings: p.settings, queue: q}
	vendors, err := session.planVendors(ctx, slices.Sorted(maps.Keys(counts)), true)
	if err != nil {
		return nil, 0, err
	}
	var total int64
	for _, n := range counts {
		total += n
	}
	fmt.Fprintf(p.out, "reading %s first, to look for outliers; nothing is sent yet, and -yes skips this\n", format.Counted(total, "credit"))
	sums = new(money.Summary)
	refused := limitedList{out: p.out}
	reads := progress.NewReads(p.out, p.out.isTerminal(), total)
	err = plan.Make(ctx, p.amountRows, vendors, func(line plan.Line) error {
		reads.Add()
		if line.Status == row.StatusRefused {
			reads.Clear()
			refused.add("line %d: the change of the %s credit %q is not known: %s", line.Line, line.Vendor, line.ID, line.Reason)
		}
		sums.Add(lineAmounts(line))
		return nil
	})
	reads.Clear()
	if err != nil {
		return nil, 0, fmt.Errorf("the credits were not read, and nothing was sent: %w", err)
	}
	if more := refused.seen - maxListedRows; more > 0 {
		fmt.Fprintf(p.out, "and %d more\n", more)
	}
	return sums, int64(refused.seen), nil
}

// amountRows yields the rows that change an amount.
func (p *preview) amountRows(yield func(plan.Input, error) bool) {
	for r, err := range p.in.goodRows() {
		if (err != nil || changesAmount(r)) && !yield(plan.Input{Row: r}, err) {
			return
		}
	}
}

// lineAmounts returns the change of a planned line, and an empty result for others.
func lineAmounts(line plan.Line) result.Result {
	if line.Status != row.StatusPlanned {
		return result.Result{}
	}
	var patch credit.Patch
	for _, f := range line.Fields() {
		patch.Op(f).Copy(line.After.Op(f))
	}
	return result.Result{
		Line: line.Line, Vendor: line.Vendor, ID: line.ID, Owner: line.Owner, Outcome: result.Planned,
		Changes: result.ChangesOf(&credit.Record{Values: credit.Values(*line.Before)}, patch),
	}
}

// showAndAsk shows the sums, and asks if there are outliers or rows whose change is not
// known, which can be outliers as well.
func (p *preview) showAndAsk(ctx context.Context, sums *money.Summary, unread int64) error {
	sums.WriteText(p.out, p.settings.in)
	var reasons []string
	if _, n := sums.Outliers(); n > 0 {
		reasons = append(reasons, fmt.Sprintf("outliers (%d)", n))
	}
	if unread > 0 {
		reasons = append(reasons, fmt.Sprintf("rows whose change is not known (%d)", unread))
	}
	if len(reasons) == 0 || p.yes {
		return nil
	}
	return p.question.ask(ctx, fmt.Sprintf("%s has %s", p.settings.in, strings.Join(reasons, " and ")))
}
