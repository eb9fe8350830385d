package main

import (
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// -id and -owner override those of the fake's own credit.
func TestFakeWithOtherIDAndOwner(t *testing.T) {
	runBinary(t, nil, "get", "-vendor", "flexprice", "-fake", "-id", credittest.FlexpricePlanGrant, "-json").checkJSON(t, 0, map[string]string{
		"id": `"` + credittest.FlexpricePlanGrant + `"`, "fake": "true", "outcome": `"read"`,
	})
	runBinary(t, nil, "get", "-vendor", "metronome", "-fake", "-owner", "other", "-json").checkJSON(t, 4, map[string]string{
		"owner": `"other"`, "kind": `"not found"`,
	})
}

// -fake uses no credentials of the environment, not even to check them.
func TestFakeIgnoresEnvironment(t *testing.T) {
	both := []string{"KNOX_TENANT=x", "KNOX_ACCESS_TOKEN=x", "KNOX_CLIENT_SECRET=x"}
	if r := runBinary(t, both, "get", "-vendor", "knox", "-fake"); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
