package drivertest

import "testing"

// A driver that breaks one rule gets one failure per case.
func TestViolationIsReportedOncePerCase(t *testing.T) {
	s, failures := newSuite(t, sixthHarness(false, "denies what it does not know"))
	if s == nil {
		t.Fatal(failures)
	}
	found := 0
	for _, c := range s.cases() {
		if c.skip != "" {
			continue
		}
		failures := s.runCase(t, c)
		if len(failures) > 1 {
			t.Errorf("%s: %d failures: %q", c.name, len(failures), failures)
		}
		found += len(failures)
	}
	if found == 0 {
		t.Error("no case finds the flaw")
	}
}
