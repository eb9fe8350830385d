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

// nameParts are the parts that say which credit is changed, and under which key.
var nameParts = []string{partVendor, partID, partOwner, partKey}

// allParts are the columns of a CSV file, in the order of the documentation.
var allParts = func() []string {
	all := slices.Clone(nameParts)
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return append(all, partClear)
}()

// maxKey is what a key can have of bytes.
const maxKey = 255

// A position is a byte of the file; line and column count from 1.
type position struct{ line, column int }

// A PositionedRow is a row that knows where its parts are.
type PositionedRow struct {
	Row
	// Malformed says that the parts of the row could not be told apart, so that what was
	// read of it says nothing about the rest.
	Malformed bool

	problemParts []string // the parts that a problem names
	hasProblems  bool     // the row has a problem
	begin        position
	at           [13]position // by parts; zero where the row has no such part
}

// Position tells where a part of the row is: the value of "id" or "expires_at",
// also where that is cleared. It is where the row begins if the row has no such
// part.
func (p PositionedRow) Position(part string) (line, column int) {
	at := p.begin
	if i := slices.Index(allParts, part); i >= 0 && p.at[i] != (position{}) {
		at = p.at[i]
	}
	return at.line, at.column
}

// A builder is a row on its way from the text of the file.
type builder struct {
	PositionedRow
	problems []Problem
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

// addPartProblem refuses the value of a part.
func (b *builder) addPartProblem(part string, at position, format string, args ...any) {
	b.problemParts = append(b.problemParts, part)
	b.addProblem(at, part+": "+format, args...)
}

// HasProblem reports whether a problem of the row names the part already.
func (p PositionedRow) HasProblem(part string) bool { return slices.Contains(p.problemParts, part) }

// HasProblems reports whether the row has a problem, so that its patch may lack
// something that was meant.
func (p PositionedRow) HasProblems() bool { return p.hasProblems }

// withValue adds the value to a reason that does not quote it.
func withValue(reason, value string) string {
	if quoted := fmt.Sprintf("%q", value); !strings.Contains(reason, quoted) {
		return reason + ", got " + Truncate(quoted)
	}
	return reason
}

// maxReason bounds a reason, which may quote a value of the file.
const maxReason = 300

// Truncate is a reason of a bearable length.
func Truncate(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "..."
}

// setPosition notes where a part is.
func (b *builder) setPosition(part string, at position) { b.at[slices.Index(allParts, part)] = at }

// setName takes in one of vendor, id, owner and key.
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

// setField takes in the value of a field.
func (b *builder) setField(f credit.Field, text string, at position) {
	if f == credit.FieldMetadata && loneSurrogate([]byte(text)) >= 0 {
		b.addPartProblem(string(f), at, "%s", loneSurrogateReason)
		return
	}
	if err := change.Set(&b.Patch, f, text); err != nil {
		b.addPartProblem(string(f), at, "%s", withValue(errorReason(err), text))
	}
}

// clearField takes in a field to clear.
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

// errorReason leaves out what an amount's error says of arguments and sending.
func errorReason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		// The users of a CSV file do not know JSON.
		return strings.Replace(invalid.Reason, "is not a JSON number", notANumber, 1)
	}
	return err.Error()
}

const notANumber = "is not a number of digits and a decimal point, such as 12.50"
