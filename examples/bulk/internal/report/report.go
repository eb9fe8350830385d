// Package report writes what became of a file for people: one page of HTML that
// needs nothing else, neither the network nor scripts.
package report

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"iter"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Header says what the results are of.
type Header struct {
	Title   string // the input's name
	Digest  string // of the input, as "sha256:..."
	Rows    int64  // of the input; those without a result are pending
	Started time.Time
	Ended   time.Time // zero where the run goes on
	DryRun  bool
	Fake    bool   // nothing real was changed
	Target  string // what the run was and where
	Workers int    // processes that took part; 0 where it is not known
	Results string // the name of the results file, which has every row
}

//go:embed report.html
var templateText string

//go:embed report.css
var styleText string

var pageTemplate = template.Must(template.New("report").Funcs(template.FuncMap{
	"count":   format.Count,
	"counted": format.Counted,
	"took":    formatLatency,
	"time":    formatTime,
}).Parse(templateText))

// Write writes the page. It goes through the results once, and its memory does
// not grow with their number: what is told of single rows is bounded, and the
// page says how many more there are.
func Write(w io.Writer, h Header, results iter.Seq2[result.Result, error]) error {
	t := newTally()
	for r, err := range results {
		if err != nil {
			return err
		}
		t.add(r)
	}
	if pending := h.Rows - t.outcomes.total(); pending > 0 {
		t.outcomes[result.Pending] = pending
	}
	out := bufio.NewWriter(w)
	if err := pageTemplate.Execute(out, newView(h, t)); err != nil {
		return err
	}
	return out.Flush()
}
