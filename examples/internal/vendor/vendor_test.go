package vendor_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// textPatch returns a patch of a text that the vendor can set.
func textPatch(name string) credit.Patch {
	if name == "thoughtindustries" || name == "flexprice" {
		return credit.Patch{Name: credit.Set("Autumn")}
	}
	return credit.Patch{Note: credit.Set("Autumn")}
}

func startFake(t *testing.T, name string) *credittest.Server {
	t.Helper()
	fake, err := vendor.Fake(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	return fake
}

func TestNames(t *testing.T) {
	want := []string{"knox", "thoughtindustries", "nexudus", "flexprice", "metronome"}
	if got := vendor.Names(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestEveryUpdaterChangesItsFake(t *testing.T) {
	for _, name := range vendor.Names() {
		t.Run(name, func(t *testing.T) {
			fake := startFake(t, name)
			updater, err := vendor.Updater(t.Context(), name, vendor.FakeEnv(name), credit.WithBaseURL(fake.URL))
			if err != nil {
				t.Fatal(err)
			}
			result, err := updater.Update(t.Context(), fake.Ref, textPatch(name))
			if err != nil {
				t.Fatal(err)
			}
			if result.Vendor != name {
				t.Errorf("the updater's vendor is %s", result.Vendor)
			}
			if got := string(fake.Record(fake.Ref.ID)); !strings.Contains(got, `"Autumn"`) {
				t.Errorf("the fake has %s", got)
			}
		})
	}
}

func TestOptionsReachTheClient(t *testing.T) {
	for _, name := range vendor.Names() {
		_, err := vendor.Updater(t.Context(), name, vendor.FakeEnv(name), credit.WithAttemptTimeout(-time.Second))
		want := name + ": invalid WithAttemptTimeout: must be positive; nothing was sent"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestUnknownVendorErrorListsVendors(t *testing.T) {
	const want = `invalid vendor: "stripe" is not one of knox, thoughtindustries, nexudus, flexprice, metronome; nothing was sent`
	_, err := vendor.Updater(t.Context(), "stripe", vendor.FakeEnv("knox"))
	_, offline := vendor.Offline("stripe")
	_, fake := vendor.Fake("stripe")
	for _, err := range []error{err, offline, fake} {
		if err == nil || err.Error() != want {
			t.Errorf("got %v", err)
		}
		if got := credit.OutcomeOf(err); got != credit.NotSent {
			t.Errorf("outcome %v, want not sent", got)
		}
	}
}
