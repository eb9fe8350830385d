// Package patchtest makes patches from the values of a fuzz test, and compares them.
package patchtest

import (
	"fmt"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Values are the values of a fuzz test.
type Values struct {
	Ops       uint32 // two bits for each field leave, set or clear it
	Name      string
	Note      string
	Amount    string // of total, balance and priority, which are left alone if it is not a number
	Seconds   int64  // of both times, in the years 1 to 9999
	Nanos     uint32
	EntryName string
	EntryText string
}

const (
	firstSecond = -62135596800 // 0001-01-01T00:00:00Z
	seconds     = 315537897600 // from the year 1 to the year 9999
)

// Patch returns the patch of the values.
func (v Values) Patch() (p credit.Patch) {
	ops := v.Ops
	at := time.Unix(firstSecond+(v.Seconds%seconds+seconds)%seconds, int64(v.Nanos%1e9)).UTC()
	for _, f := range credit.Fields() {
		op := p.Op(f)
		switch ops & 3 {
		case 1:
			v.set(f, op, at)
		case 2:
			op.Clear()
		}
		ops >>= 2
	}
	return p
}

func (v Values) set(f credit.Field, op credit.FieldOp, at time.Time) {
	switch {
	case f == credit.FieldName:
		*op.Text = credit.Set(v.Name)
	case op.Text != nil:
		*op.Text = credit.Set(v.Note)
	case op.Amount != nil:
		if amount, err := credit.ParseDecimal(v.Amount); err == nil {
			*op.Amount = credit.Set(amount)
		}
	case op.Time != nil:
		*op.Time = credit.Set(at)
	case op.Entries != nil:
		*op.Entries = credit.Set(map[string]string{v.EntryName: v.EntryText})
	}
}

// Difference returns the first field in which two patches differ, with both values, or
// "". Amounts must have the same digits, and not only the same value; an empty text is
// the same as a field that is cleared.
func Difference(got, want credit.Patch) string {
	for _, f := range credit.Fields() {
		g, w := got.Op(f), want.Op(f)
		if !g.Equal(w) || g.Amount != nil && g.String() != w.String() {
			return fmt.Sprintf("%s is %s, want %s", f, g, w)
		}
	}
	return ""
}
