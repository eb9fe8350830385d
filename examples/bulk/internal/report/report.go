// Package report writes the results of a job as one HTML page, which does not need the
// network. Its script only searches, filters and sorts the rows.
package report

import (
	"bufio"
	_ "embed"
	"html/template"
	"io"
	"iter"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/format"
	"github.com/creditkit/creditkit/examples/bulk/internal/money"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Header describes the job of the results.
type Header struct {
	Title   string // the name of the input
	Digest  string // of the input, as "sha256:..."
	Rows    int64  // rows of the input; those without a result are pending
	Started time.Time
	Ended   time.Time // zero if the job continues
	DryRun  bool
	Fake    bool   // the vendors were fakes
	Target  string // the mode and the addresses of the run
	Workers int    // number of processes; 0 if not known
	Results string // the name of the results file
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
	"amount":  money.Text,
	"signed":  money.Signed,
}).Parse(templateText))

// Write writes the page. It reads the results twice, so the sequence must be the same
// both times, and its memory does not grow with their number: the page shows a limited
// number of rows, and says how many more there are.
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
	out := bufio.NewWriterSize(w, 64<<10)
	v := newView(h, t)
	if err := pageTemplate.Execute(out, v); err != nil {
		return err
	}
	if err := writeData(out, results); err != nil {
		return err
	}
	if err := pageTemplate.ExecuteTemplate(out, "end", v); err != nil {
		return err
	}
	return out.Flush()
}
