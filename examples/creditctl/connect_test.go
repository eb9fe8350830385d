package main

import (
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// -id and -owner go before those of the fake's own credit.
func TestAnotherCreditOfTheFake(t *testing.T) {
	execute(t, nil, "get", "-vendor", "flexprice", "-fake", "-id", credittest.FlexpricePlanGrant, "-json").shows(t, 0, map[string]string{
		"id": `"` + credittest.FlexpricePlanGrant + `"`, "fake": "true", "outcome": `"read"`,
	})
	execute(t, nil, "get", "-vendor", "metronome", "-fake", "-owner", "other", "-json").shows(t, 4, map[string]string{
		"owner": `"other"`, "kind": `"not found"`,
	})
}

// A fake needs none of the environment's credentials, and uses none.
func TestAFakeLeavesTheEnvironmentAlone(t *testing.T) {
	both := []string{"KNOX_TENANT=x", "KNOX_ACCESS_TOKEN=x", "KNOX_CLIENT_SECRET=x"}
	if r := execute(t, both, "get", "-vendor", "knox", "-fake"); r.code != 0 {
		t.Errorf("exit code %d\n%s", r.code, r.stderr)
	}
}
