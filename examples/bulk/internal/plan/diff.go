package plan

import (
	"fmt"
	"io"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// An Export is the credits of an exported file, in memory.
type Export struct {
	credits map[string]row.Row
	// GuardAll makes rows expect every field that was exported, and not only those that
	// differ.
	GuardAll bool
}

// ReadExport reads an exported file, in which each credit may occur once. A file with bad
// rows is refused with its first problem.
func ReadExport(in io.Reader, format row.Format) (*Export, error) {
	e := &Export{credits: make(map[string]row.Row)}
	for r, problems := range row.Read(in, format) {
		if len(problems) > 0 {
			return nil, fmt.Errorf("%s", problems[0])
		}
		key := creditKey(r)
		if earlier, twice := e.credits[key]; twice {
			return nil, fmt.Errorf("line %d: the same credit as in line %d", r.Line, earlier.Line)
		}
		e.credits[key] = r
	}
	return e, nil
}

func creditKey(r row.Row) string { return r.Vendor + "\x00" + r.Ref.ID }

// Diff reduces a row of the edited file to the fields that differ from the export, and
// makes it expect what was exported. A row that differs in nothing is unchanged. An edit
// whose meaning is not clear is a problem: a credit that was not exported, and a cell that
// was emptied, which could mean to clear the field or to leave it alone.
func (e *Export) Diff(r *row.PositionedRow) (unchanged bool, problems []row.Problem) {
	problem := func(part, format string, args ...any) {
		line, column := r.Position(part)
		problems = append(problems, row.Problem{Number: r.Number, Line: line, Column: column, Reason: row.Truncate(fmt.Sprintf(format, args...))})
	}
	was, found := e.credits[creditKey(r.Row)]
	switch {
	case !found:
		problem("id", "id: the export does not have the %s credit %q", r.Vendor, r.Ref.ID)
		return false, problems
	case was.Ref.Owner != r.Ref.Owner:
		problem("owner", "owner: is %q, and %q in the export", r.Ref.Owner, was.Ref.Owner)
		return false, problems
	}
	var differs credit.Patch
	for _, f := range credit.Fields() {
		before, now := was.Patch.Op(f), r.Patch.Op(f)
		switch {
		case now.IsZero() && before.IsSet() && r.HasColumn(string(f)):
			problem(string(f), "%s: the cell is empty, and was %s in the export: to clear the field, write its name into the column clear; to leave it alone, restore the cell or remove the whole column",
				f, before)
		case now.IsZero() || now.Equal(before):
		default:
			differs.Op(f).Copy(now)
		}
	}
	r.Patch, r.Expect = differs, credit.Values{}
	expect := (*credit.Patch)(&r.Expect)
	for f, op := range was.Patch.All() {
		if e.GuardAll || !differs.Op(f).IsZero() {
			expect.Op(f).Copy(op)
		}
	}
	return differs.IsEmpty() && len(problems) == 0, problems
}
