package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/urfave/cli/v3"
	"golang.org/x/term"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// plannedAmounts returns what a row would change. The amounts before are those that the
// row expects.
func plannedAmounts(r row.Row) result.Result {
	return result.Result{
		Line: r.Line, Vendor: r.Vendor, ID: r.Ref.ID, Owner: r.Ref.Owner, Outcome: result.Planned,
		Changes: result.ChangesOf(&credit.Record{Values: r.Expect}, r.Patch),
	}
}

// sumPlan adds up what apply would send.
func sumPlan(path string) (*money.Summary, error) {
	f, err := os.Open(path) //nolint:gosec // the user names the file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	sums := new(money.Summary)
	for r, problems := range row.Read(f, row.Plan) {
		if len(problems) > 0 {
			return nil, fmt.Errorf("%s, %s", path, problems[0])
		}
		sums.Add(plannedAmounts(r))
	}
	return sums, nil
}

func yesFlag() cli.Flag {
	return &cli.BoolFlag{Name: "yes", Usage: "apply a plan with outliers without a question, for scripts"}
}

// A question asks a person on a terminal.
type question struct {
	in         io.Reader
	out        io.Writer
	isTerminal bool // both of them
}

func newQuestion(out *terminal) question {
	return question{os.Stdin, out, term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(out.file.Fd()))}
}

// confirmOutliers shows the sums and the outliers of a plan that has outliers, and returns
// an error unless a person answers yes. It returns nil for other plans.
func (q question) confirmOutliers(ctx context.Context, path string, sums *money.Summary) error {
	_, n := sums.Outliers()
	if n == 0 {
		return nil
	}
	sums.WriteText(q.out, path)
	if !q.isTerminal {
		return fmt.Errorf("%s has outliers (%d): look at them, then add -yes to apply it without a question; nothing was sent", path, n)
	}
	fmt.Fprintf(q.out, "Outliers can be slipped decimal points. Type yes to apply the plan: ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(q.in).ReadString('\n') // an unfinished line is not an answer
		answer <- line
	}()
	select {
	case line := <-answer:
		if strings.TrimRight(line, "\r\n") == "yes" && strings.HasSuffix(line, "\n") {
			return nil
		}
		return errors.New("the answer is not yes: nothing was sent")
	case <-ctx.Done():
		return ctx.Err()
	}
}
