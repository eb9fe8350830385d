package credit_test

import (
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// An option does not know whose it is; the error that reaches the user does.
func TestVendorIsNamedWhereItIsMissing(t *testing.T) {
	without := &credit.InvalidError{Field: "mine", Reason: "is odd"}
	named := &credit.InvalidError{Vendor: "acme", Field: "mine", Reason: "is odd"}
	other := &credit.InvalidError{Vendor: "knox", Field: "tenant", Reason: "is empty"}
	for _, test := range []struct{ err, want error }{
		{without, named},
		{fmt.Errorf("an option: %w", without), named},
		{other, other},
	} {
		_, err := credit.NewCallConfig("acme", func(*credit.CallConfig) error { return test.err })
		if diff := cmp.Diff(test.want, err); diff != "" {
			t.Errorf("a call option's %v (-want +got):\n%s", test.err, diff)
		}
		_, err = credit.NewConfig("acme", func(*credit.Config) error { return test.err })
		if diff := cmp.Diff(test.want, err); diff != "" {
			t.Errorf("an option's %v (-want +got):\n%s", test.err, diff)
		}
	}
	if _, err := credit.NewCallConfig("acme", func(*credit.CallConfig) error { return io.EOF }); !errors.Is(err, io.EOF) {
		t.Errorf("another error became %v", err)
	}
	if without.Vendor != "" {
		t.Error("the caller's error was changed")
	}
}
