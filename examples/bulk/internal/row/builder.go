package row

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// The parts of a row that are not fields of the patch.
const (
	partVendor = "vendor"
	partID     = "id"
	partOwner  = "owner"
	partKey    = "key"
	partClear  = "clear"
)

// nameParts are the parts that identify the credit and the change.
var nameParts = []string{partVendor, partID, partOwner, partKey}

// allParts are the columns of a CSV file, in the order of the documentation.
var allParts = func() []string {
	all := slices.Clone(nameParts)
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return append(all, partClear)
}()

// maxKey is the maximum length of a key in bytes.
const maxKey = 255

// A position is a byte of the file; line and column count from 1.
type position struct{ line, column int }

// A PositionedRow is a row with the positions of its parts.
type PositionedRow struct {
	Row
	// Malformed reports that the parts of the row could not be separated, so that the
	// parts that were read do not describe the whole row.
	Malformed bool

	problemParts []string // the parts with a problem
	hasProblems  bool     // the row has a problem
	columns      []string // of the CSV file
	begin        position
	at           [13]position // by index in allParts; zero if the row has no such part
}

// Position returns the position of a part of the row, such as the value of "id" or
// "expires_at", also if that is cleared. It returns the beginning of the row if the
// row has no such part.
func (p PositionedRow) Position(part string) (line, column int) {
	at := p.begin
	if i := slices.Index(allParts, part); i >= 0 && p.at[i] != (position{}) {
		at = p.at[i]
	}
	return at.line, at.column
}

// A builder builds a row from the text of the file.
type builder struct {
	PositionedRow
	problems []Problem
	plan     bool // the row is a line of a plan
}

func newBuilder(number int64, begin position) *builder {
	return &builder{PositionedRow: PositionedRow{Row: Row{Number: number, Line: begin.line}, begin: begin}}
}

func (b *builder) addProblem(at position, format string, args ...any) {
	b.hasProblems = true
	b.problems = append(b.problems, Problem{
		Number: b.Number, Line: at.line, Column: at.column, Reason: Truncate(fmt.Sprintf(format, args...)),
	})
}

// addPartProblem adds a problem of the value of a part.
func (b *builder) addPartProblem(part string, at position, format string, args ...any) {
	b.problemParts = append(b.problemParts, part)
	b.addProblem(at, part+": "+format, args...)
}

// HasProblem reports whether the part has a problem.
func (p PositionedRow) HasProblem(part string) bool { return slices.Contains(p.problemParts, part) }

// HasProblems reports whether the row has a problem, so that its patch may be
// incomplete.
func (p PositionedRow) HasProblems() bool { return p.hasProblems }

// HasColumn reports whether the row is of a CSV file with the column.
func (p PositionedRow) HasColumn(name string) bool { return slices.Contains(p.columns, name) }

// withValue adds the value to a reason that does not quote it.
func withValue(reason, value string) string {
	if quoted := fmt.Sprintf("%q", value); !strings.Contains(reason, quoted) {
		return reason + ", got " + Truncate(quoted)
	}
	return reason
}

// maxReason is the maximum length of a reason in bytes, which may quote a value of
// the file.
const maxReason = 300

// Truncate shortens a long reason.
func Truncate(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "..."
}

// setPosition stores the position of a part.
func (b *builder) setPosition(part string, at position) { b.at[slices.Index(allParts, part)] = at }

// setName sets the vendor, id, owner or key.
func (b *builder) setName(part, text string, at position) {
	if reason := invisibleProblem(text); reason != "" {
		b.addPartProblem(part, at, "%s", reason)
		return
	}
	switch part {
	case partVendor:
		b.Vendor = text
	case partID:
		b.Ref.ID = text
	case partOwner:
		b.Ref.Owner = text
	case partKey:
		if len(text) > maxKey {
			b.addPartProblem(partKey, at, "has %d bytes, more than %d", len(text), maxKey)
			return
		}
		b.Key = text
	}
}

// setField sets a field of the patch.
func (b *builder) setField(f credit.Field, text string, at position) {
	if f == credit.FieldMetadata && loneSurrogate([]byte(text)) >= 0 {
		b.addPartProblem(string(f), at, "%s", loneSurrogateReason)
		return
	}
	if err := change.Set(&b.Patch, f, text); err != nil {
		b.addPartProblem(string(f), at, "%s", withValue(errorReason(err), text))
	}
}

// clearField adds a field to clear.
func (b *builder) clearField(name string, at position) {
	f, err := change.ParseField(name)
	if err != nil {
		b.addProblem(at, "clear: %v", err)
		return
	}
	if err := change.Clear(&b.Patch, f); err != nil {
		b.addProblem(at, "clear: %s %v", f, err)
		return
	}
	b.setPosition(name, at)
}

// errorReason returns the text of an error of a value, without the name of the
// argument.
func errorReason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		// A CSV file has nothing to do with JSON.
		return strings.Replace(invalid.Reason, "is not a JSON number", notANumber, 1)
	}
	return err.Error()
}

const notANumber = "is not a number of digits and a decimal point, such as 12.50"
