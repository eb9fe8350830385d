package main

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

// Flexprice is the vendor whose address is an environment variable.
func TestLiveCallUpdatesTheCredit(t *testing.T) {
	fake := credittest.NewFlexprice(t)
	out, err := runQuickstart(t, map[string]string{
		"CREDITKIT_TEXT": "Autumn", "FLEXPRICE_API_KEY": "key", "FLEXPRICE_BASE_URL": fake.URL, "FLEXPRICE_GRANT_ID": fake.Ref.ID,
	}, "-live", "flexprice")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, "flexprice: done, 1 attempts, request id ") {
		t.Errorf("got %s", out)
	}
	if got := string(fake.Record(fake.Ref.ID)); !strings.Contains(got, `"name":"Autumn"`) {
		t.Errorf("the fake's record is %s", got)
	}
}

func TestAccessTokenReplacesCredentials(t *testing.T) {
	_, err := runQuickstart(t, map[string]string{"KNOX_ACCESS_TOKEN": "x"}, "-live", "knox")
	if want := "knox needs these environment variables, which are not set: CREDITKIT_TEXT, KNOX_TENANT, KNOX_CREDIT_ID"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = runQuickstart(t, nil, "-live", "nexudus")
	if want := "nexudus needs these environment variables, which are not set: CREDITKIT_TEXT, NEXUDUS_EMAIL, NEXUDUS_PASSWORD, NEXUDUS_CREDIT_ID"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
