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

// names are the parts that say which credit is changed, and under which key.
var names = []string{partVendor, partID, partOwner, partKey}

// parts are the columns of a CSV file, in the order of the documentation.
var parts = func() []string {
	all := slices.Clone(names)
	for _, f := range credit.Fields() {
		all = append(all, string(f))
	}
	return append(all, partClear)
}()

// maxKey is what a key can have of bytes.
const maxKey = 255

// A position is a byte of the file; line and column count from 1.
type position struct{ line, column int }

// A Placed is a row that knows where its parts are.
type Placed struct {
	Row
	// Torn says that the parts of the row could not be told apart, so that what was
	// read of it says nothing about the rest.
	Torn bool

	refused    []string // the parts that a problem names
	incomplete bool     // the row has a problem
	begin      position
	at         [13]position // by parts; zero where the row has no such part
}

// Position tells where a part of the row is: the value of "id" or "expires_at",
// also where that is cleared. It is where the row begins if the row has no such
// part.
func (p Placed) Position(part string) (line, column int) {
	at := p.begin
	if i := slices.Index(parts, part); i >= 0 && p.at[i] != (position{}) {
		at = p.at[i]
	}
	return at.line, at.column
}

// A draft is a row on its way from the text of the file.
type draft struct {
	Placed
	problems []Problem
}

func newDraft(number int64, begin position) *draft {
	return &draft{Placed: Placed{Row: Row{Number: number, Line: begin.line}, begin: begin}}
}

func (d *draft) refuse(at position, format string, args ...any) {
	d.incomplete = true
	d.problems = append(d.problems, Problem{
		Number: d.Number, Line: at.line, Column: at.column, Reason: Brief(fmt.Sprintf(format, args...)),
	})
}

// refusePart refuses the value of a part.
func (d *draft) refusePart(part string, at position, format string, args ...any) {
	d.refused = append(d.refused, part)
	d.refuse(at, part+": "+format, args...)
}

// Refused reports whether a problem of the row names the part already.
func (p Placed) Refused(part string) bool { return slices.Contains(p.refused, part) }

// Incomplete reports whether the row has a problem, so that its patch may lack
// something that was meant.
func (p Placed) Incomplete() bool { return p.incomplete }

// withValue adds the value to a reason that does not quote it.
func withValue(reason, value string) string {
	if quoted := fmt.Sprintf("%q", value); !strings.Contains(reason, quoted) {
		return reason + ", got " + Brief(quoted)
	}
	return reason
}

// maxReason bounds a reason, which may quote a value of the file.
const maxReason = 300

// Brief is a reason of a bearable length.
func Brief(reason string) string {
	if len(reason) <= maxReason {
		return reason
	}
	return strings.ToValidUTF8(reason[:maxReason], "") + "..."
}

// place notes where a part is.
func (d *draft) place(part string, at position) { d.at[slices.Index(parts, part)] = at }

// name takes in one of vendor, id, owner and key.
func (d *draft) name(part, text string, at position) {
	if reason := invisible(text); reason != "" {
		d.refusePart(part, at, "%s", reason)
		return
	}
	switch part {
	case partVendor:
		d.Vendor = text
	case partID:
		d.Ref.ID = text
	case partOwner:
		d.Ref.Owner = text
	case partKey:
		if len(text) > maxKey {
			d.refusePart(partKey, at, "has %d bytes, more than %d", len(text), maxKey)
			return
		}
		d.Key = text
	}
}

// set takes in the value of a field.
func (d *draft) set(f credit.Field, text string, at position) {
	if f == credit.FieldMetadata && loneSurrogate([]byte(text)) >= 0 {
		d.refusePart(string(f), at, "%s", halfCharacter)
		return
	}
	if err := change.Set(&d.Patch, f, text); err != nil {
		d.refusePart(string(f), at, "%s", withValue(reason(err), text))
	}
}

// clear takes in a field to clear.
func (d *draft) clear(name string, at position) {
	f, err := change.ParseField(name)
	if err != nil {
		d.refuse(at, "clear: %v", err)
		return
	}
	if err := change.Clear(&d.Patch, f); err != nil {
		d.refuse(at, "clear: %s %v", f, err)
		return
	}
	d.place(name, at)
}

// reason leaves out what an amount's error says of arguments and sending.
func reason(err error) string {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		// The users of a CSV file do not know JSON.
		return strings.Replace(invalid.Reason, "is not a JSON number", notANumber, 1)
	}
	return err.Error()
}

const notANumber = "is not a number of digits and a decimal point, such as 12.50"
