package linear

import (
	"math"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/creditkit/creditkit/credit"
)

// values are the two fields of the credit that the updates of a history set.
type values [2]string

// An operation is a read, or an update that sets one field.
type operation struct {
	update bool
	field  int
	value  string
}

// registerModel is a credit without concurrency: an update sets its own field and leaves
// the other, and a read returns both.
func registerModel(initial values) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return initial },
		Step: func(state, input, output any) (bool, any) {
			now, op := state.(values), input.(operation)
			if !op.update {
				return output.(values) == now, now
			}
			now[op.field] = op.value
			return true, now
		},
	}
}

// updateRecord returns an update for the history, and whether it belongs there. An update
// with an error has taken effect once, has not, or may take effect at any time after
// its start. The last one ends after all others: in an order where it is last, it
// never takes effect.
func updateRecord(op operation, call, end int64, err error) (porcupine.Operation, bool) {
	switch credit.OutcomeOf(err) {
	case credit.NotSent, credit.Rejected:
		return porcupine.Operation{}, false
	case credit.Unknown:
		end = math.MaxInt64
	}
	return porcupine.Operation{Input: op, Call: call, Return: end}, true
}

func TestModelFindsOrders(t *testing.T) {
	unknown := &credit.Error{Outcome: credit.Unknown}
	notSent := &credit.ChangedError{}
	set := func(value string, call, end int64, err error) porcupine.Operation {
		op, _ := updateRecord(operation{update: true, value: value}, call, end, err)
		return op
	}
	read := func(value string, call, end int64) porcupine.Operation {
		return porcupine.Operation{Input: operation{}, Output: values{value, "x"}, Call: call, Return: end}
	}
	for _, test := range []struct {
		name    string
		history []porcupine.Operation
		fits    bool
	}{
		{"one after the other", []porcupine.Operation{set("a", 1, 2, nil), read("a", 3, 4)}, true},
		{"lost update", []porcupine.Operation{set("a", 1, 2, nil), read("", 3, 4)}, false},
		{"concurrent read sees either", []porcupine.Operation{set("a", 1, 4, nil), read("", 2, 3)}, true},
		{"A, B, A", []porcupine.Operation{set("a", 1, 6, nil), set("b", 3, 4, nil), read("a", 2, 3), read("b", 4, 5), read("a", 7, 8)}, false},
		{"unknown update never takes effect", []porcupine.Operation{set("a", 1, 2, unknown), read("", 3, 4)}, true},
		{"unknown update takes effect late", []porcupine.Operation{set("a", 1, 2, unknown), set("b", 3, 4, nil), read("b", 5, 6), read("a", 7, 8)}, true},
		{"unknown update takes effect twice", []porcupine.Operation{set("a", 1, 2, unknown), read("a", 3, 4), set("b", 5, 6, nil), read("b", 7, 8), read("a", 9, 10)}, false},
		{"unknown update takes effect before its start", []porcupine.Operation{read("a", 1, 2), set("a", 3, 4, unknown)}, false},
	} {
		if got := porcupine.CheckOperations(registerModel(values{"", "x"}), test.history); got != test.fits {
			t.Errorf("%s: fits an order: %v, want %v", test.name, got, test.fits)
		}
	}
	if _, belongs := updateRecord(operation{update: true}, 1, 2, notSent); belongs {
		t.Error("an update that was not sent is in the history")
	}
}
