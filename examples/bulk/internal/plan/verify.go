package plan

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// maxLine is the maximum length of a line in bytes. A refused line can be longer than a row,
// because it has the credit as well.
const maxLine = 8 * row.MaxLength

// Verify reads a whole plan and returns its header. It returns an error if the plan does
// not show what would be sent: if the numbers of rows differ from those of the header, if a
// planned row is of a vendor that the header's target does not have, or if the credit after
// a row is not the credit before with the row's change. A plan that was edited by hand can
// be so; one that [Writer] has written is not.
func Verify(in io.Reader) (h Header, err error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	lines.Scan()
	if h, err = decodeHeader(lines.Bytes()); err != nil {
		return Header{}, errors.Join(err, lines.Err())
	}
	var found Summary
	for number := 2; lines.Scan(); number++ {
		l, err := decodeLine(lines.Bytes())
		if err == nil && l.Status == row.StatusPlanned {
			err = l.verify(h.Target)
		}
		if err != nil {
			return Header{}, fmt.Errorf("line %d: %w", number, err)
		}
		found.add(l.Status)
	}
	if err := lines.Err(); err != nil {
		return Header{}, err
	}
	if found != h.Summary {
		return Header{}, fmt.Errorf("its header says %s, and it has %s", h.Summary, found)
	}
	return h, nil
}

// A shownLine is the part of a line that must agree.
type shownLine struct {
	Status string                     `json:"status"`
	Vendor string                     `json:"vendor"`
	Set    map[string]json.RawMessage `json:"set"`
	Clear  []string                   `json:"clear"`
	Before credit.Patch               `json:"before"`
	After  credit.Patch               `json:"after"`
}

func decodeLine(text []byte) (l shownLine, err error) {
	if err := json.Unmarshal(text, &l); err != nil {
		return l, err
	}
	if !slices.Contains([]string{row.StatusPlanned, row.StatusUnchanged, row.StatusRefused}, l.Status) {
		return l, fmt.Errorf("status: must be planned, unchanged or refused, got %.40q", l.Status)
	}
	return l, nil
}

func (l shownLine) verify(t target.Target) error {
	if _, found := t.Vendors[l.Vendor]; !found {
		return fmt.Errorf("vendor: the target of the plan does not have %.40q", l.Vendor)
	}
	want, err := l.change()
	if err != nil {
		return err
	}
	for _, f := range credit.Fields() {
		if want.Op(f).IsZero() {
			want.Op(f).Copy(l.Before.Op(f))
		}
		if !want.Op(f).Equal(l.After.Op(f)) {
			return fmt.Errorf("%s: would become %s, and after shows %s", f, shown(want.Op(f)), shown(l.After.Op(f)))
		}
	}
	return nil
}

// change returns the patch of a line.
func (l shownLine) change() (p credit.Patch, err error) {
	for name, value := range l.Set {
		text := string(value)
		if len(value) > 0 && value[0] == '"' {
			if err := json.Unmarshal(value, &text); err != nil {
				return p, fmt.Errorf("set: %s: %w", name, err)
			}
		}
		f, err := change.ParseField(name)
		if err == nil {
			err = change.Set(&p, f, text)
		}
		if err != nil {
			return p, fmt.Errorf("set: %w", err)
		}
	}
	for _, name := range l.Clear {
		f, err := change.ParseField(name)
		if err == nil {
			err = change.Clear(&p, f)
		}
		if err != nil {
			return p, fmt.Errorf("clear: %w", err)
		}
	}
	return p, nil
}

// shown returns the text of a field for an error.
func shown(op credit.FieldOp) string {
	switch {
	case op.IsZero():
		return "no value"
	case op.IsClear():
		return "empty"
	}
	return op.String()
}
