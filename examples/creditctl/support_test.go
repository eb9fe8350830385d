package main

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func TestSupportOfOneVendor(t *testing.T) {
	runBinary(t, nil, "support", "-vendor", "knox").checkOutput(t, 0, `knox
  note        set, clear  notes
  total       set         quantity (>= 0.01)
  starts_at   set         date (a day)
  expires_at  set, clear  expiration_date (a day)
  a write replaces the record, which is read first
`, "")
	runBinary(t, nil, "support", "-vendor", "metronome").checkOutput(t, 0, `metronome
  name        set         name
  note        set         description
  total       set         the one schedule item's amount
  starts_at   set         the one item's starting_at (on the hour)
  expires_at  set         the one item's ending_before (on the hour)
  priority    set, clear  priority
  -owner is required
  supports -idempotency-key
`, "")
}

func TestSupportNamesFieldsThatAreNotIdempotent(t *testing.T) {
	runBinary(t, nil, "support", "-vendor", "thoughtindustries").checkOutput(t, 0, `thoughtindustries
  name        set  name
  balance     set  currentBalance (whole number); must not be repeated while its outcome is unknown
  expires_at  set  expiresOn
  -owner is needed to read
`, "")
}

func TestSupportAsJSON(t *testing.T) {
	runBinary(t, nil, "support", "-vendor", "thoughtindustries", "-json").checkOutput(t, 0,
		`{"schema":1,"vendors":[{"vendor":"thoughtindustries","owner":"for reads","idempotency_keys":false,"replaces_record":false,"fields":[`+
			`{"field":"name","set":true,"clear":false,"not_idempotent":false,"vendor_field":"name"},`+
			`{"field":"balance","set":true,"clear":false,"not_idempotent":true,"vendor_field":"currentBalance (whole number)"},`+
			`{"field":"expires_at","set":true,"clear":false,"not_idempotent":false,"vendor_field":"expiresOn"}]}]}`+"\n", "")
}

func TestSupportOfAllVendors(t *testing.T) {
	r := runBinary(t, nil, "support")
	at := 0
	for _, name := range vendor.Names() {
		i := strings.Index("\n"+r.stdout, "\n"+name+"\n")
		if i < at {
			t.Errorf("%s is missing or out of order:\n%s", name, r.stdout)
		}
		at = i
	}
	if r.code != 0 {
		t.Errorf("exit code %d", r.code)
	}
}

func TestSupportOfUnknownVendor(t *testing.T) {
	runBinary(t, nil, "support", "-vendor", "stripe", "-json").checkJSON(t, 2, map[string]string{"kind": `"usage"`, "vendor": `"stripe"`})
}
