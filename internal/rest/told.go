package rest

import (
	"time"

	"github.com/creditkit/creditkit/credit"
)

// Told and ToldAmount put a member of an answer into a Record: what an answer
// leaves out, or holds as null, is empty.
func Told(t time.Time) credit.Opt[time.Time] {
	if t.IsZero() {
		return credit.Clear[time.Time]()
	}
	return credit.Set(t)
}

// ToldAmount is Told for amounts.
func ToldAmount(d credit.Decimal) credit.Opt[credit.Decimal] {
	if !d.IsSet() {
		return credit.Clear[credit.Decimal]()
	}
	return credit.Set(d)
}
