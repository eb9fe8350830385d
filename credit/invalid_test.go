package credit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestInvalidErrorText(t *testing.T) {
	for _, test := range []struct {
		err  credit.InvalidError
		want string
	}{
		{
			credit.InvalidError{Field: "WithRetry", Reason: "has a negative value"},
			"invalid WithRetry: has a negative value; nothing was sent",
		},
		{
			credit.InvalidError{Vendor: "metronome", Field: "credit_id", Reason: "is empty"},
			"metronome: invalid credit_id: is empty; nothing was sent",
		},
		{
			credit.InvalidError{Vendor: "knox", Field: "id", Reason: "is empty", More: []credit.FieldError{
				{Field: "quantity", Message: "is required"}, {Field: "date", Message: "is no date"},
			}},
			"knox: invalid id: is empty; invalid quantity: is required; invalid date: is no date; nothing was sent",
		},
	} {
		if got := test.err.Error(); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestInvalidErrorIsErrInvalidAndNothingElse(t *testing.T) {
	err := fmt.Errorf("job 7: %w", &credit.InvalidError{Field: "credit_id", Reason: "is empty"})
	for _, kind := range kinds {
		if got, want := errors.Is(err, kind), kind == credit.ErrInvalid; got != want {
			t.Errorf("errors.Is(err, %q) is %v", kind, got)
		}
	}
	if _, ok := errors.AsType[*credit.Error](err); ok {
		t.Error("an argument that was refused before sending passes for a vendor's refusal")
	}
}
