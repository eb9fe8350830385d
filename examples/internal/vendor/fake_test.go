package vendor_test

import (
	"testing"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func TestFakeEnvIsComplete(t *testing.T) {
	for _, name := range vendor.Names() {
		if got := vendor.Missing(name, vendor.FakeEnv(name)); len(got) > 0 {
			t.Errorf("%s: missing %q", name, got)
		}
	}
	if got := vendor.FakeEnv("stripe")("STRIPE_KEY"); got != "" {
		t.Errorf("stripe: got %q, want none", got)
	}
}
