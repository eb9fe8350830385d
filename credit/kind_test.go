package credit_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

var kinds = []credit.Kind{
	credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound,
	credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
}

func TestKindsAreToldApart(t *testing.T) {
	for i, kind := range kinds {
		err := fmt.Errorf("job 7: %w", &credit.Error{Kind: kind})
		for j, other := range kinds {
			if got, want := errors.Is(err, other), i == j; got != want {
				t.Errorf("errors.Is(an error of kind %q, %q) is %v", kind, other, got)
			}
		}
		if errors.Is(err, credit.Kind("")) {
			t.Errorf("an error of kind %q is of no kind as well", kind)
		}
	}
}

func TestKindIsAnErrorItself(t *testing.T) {
	want := []string{
		"invalid", "unauthorized", "forbidden", "not found",
		"conflict", "rate limited", "unavailable", "malformed",
	}
	for i, kind := range kinds {
		var err error = kind
		if err.Error() != want[i] {
			t.Errorf("the text is %q, want %q", err, want[i])
		}
		if !errors.Is(fmt.Errorf("refused: %w", err), kind) {
			t.Errorf("a wrapped %q is not found by errors.Is", kind)
		}
	}
}
