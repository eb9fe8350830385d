package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

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

// A question asks a person on a terminal.
type question struct {
	in         io.Reader
	out        io.Writer
	isTerminal bool // both of them
}

func newQuestion(out *terminal) question {
	return question{os.Stdin, out, term.IsTerminal(int(os.Stdin.Fd())) && out.isTerminal()}
}

// ask returns an error unless a person answers yes. reason says why it must be asked.
func (q question) ask(ctx context.Context, reason string) error {
	if !q.isTerminal {
		return fmt.Errorf("%s: look at it, then add -yes to send the rows without a question; this command has sent nothing", reason)
	}
	fmt.Fprintf(q.out, "%s. Outliers can be slipped decimal points. Type yes to send the rows: ", reason)
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
		return errors.New("the answer is not yes: this command has sent nothing")
	case <-ctx.Done():
		return fmt.Errorf("the question was not answered, so this command has sent nothing: %w", ctx.Err())
	}
}
