package main

import (
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

func TestGetAtEveryVendor(t *testing.T) {
	for _, test := range []struct {
		vendor string
		want   string
	}{
		{"knox", `knox credit credit:7f9c24e8|2026:
  note        "Ethics & law <2026>"
  total       2.50
  balance     1.75
  starts_at   2026-03-14T00:00:00Z
  expires_at  2028-03-14T00:00:00Z
`},
		{"thoughtindustries", `thoughtindustries credit 9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90:
  owner       c0a8e1d2-3b4c-4d5e-8f60-718293a4b5c6
  name        "Spring training"
  total       1000
  balance     640
  expires_at  2027-06-30T23:59:59Z
`},
		{"nexudus", `nexudus credit 87654321:
  note        "Welcome credit"
  total       100.50
  balance     60.25
  starts_at   2026-01-01T00:00:00Z
  expires_at  2027-01-01T00:00:00Z
`},
		{"flexprice", `flexprice credit cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU:
  name        "Welcome"
  starts_at   2026-01-02T00:00:00Z
  expires_at  (empty)
  metadata    {"<team>":"north","order":"A-17"}
`},
		{"metronome", `metronome credit 5e7e82cf-ccb7-428c-a96f-a8e4f67af822:
  owner       4c91c473-fc12-445a-9c38-40421d47023f
  name        "Trial"
  note        "made by hand"
  total       1000
  balance     750.50
  starts_at   2026-01-01T00:00:00Z
  expires_at  2027-01-01T00:00:00Z
  priority    10
`},
	} {
		t.Run(test.vendor, func(t *testing.T) {
			fake := fakes[test.vendor](t)
			runAtFake(t, test.vendor, fake, "get").checkOutput(t, 0, test.want, "")
			if got := fake.Writes(); len(got) > 0 {
				t.Errorf("unexpected write %s", got[0].Body)
			}
		})
	}
}

func TestGetAsJSON(t *testing.T) {
	runAtFake(t, "flexprice", credittest.NewFlexprice(t), "get", "-json").checkJSON(t, 0, map[string]string{
		"schema": "1", "outcome": `"read"`, "kind": `""`, "before": "null", "after": "null", "changes": "[]", "request": "null",
		"credit": `{"expires_at":null,"id":"cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU","metadata":{"<team>":"north","order":"A-17"},` +
			`"name":"Welcome","starts_at":"2026-01-02T00:00:00Z"}`,
	})
}

// The outcome of a failed read depends on whether the vendor responded.
func TestFailedGets(t *testing.T) {
	rejected := map[string]string{"outcome": `"rejected"`}
	notSent := map[string]string{"outcome": `"not sent"`}
	for _, c := range []struct {
		name, vendor string
		fault        *credittest.Fault
		flags        []string
		code         int
		want         map[string]string
	}{
		{"missing credit", "flexprice", nil, []string{"-id", "other"}, 4, rejected},
		{"batch missing in the list", "thoughtindustries", nil, []string{"-id", "other"}, 4, rejected},
		{"forbidden", "nexudus", new(credittest.Respond(403, `{}`)), nil, 4, rejected},
		{"incomplete record", "knox", &credittest.Fault{Body: []byte(`{"id":"credit:7f9c24e8|2026"}`)}, nil, 4, rejected},
		{"invalid JSON", "metronome", new(credittest.InvalidJSON()), nil, 4, rejected},
		{"slow response", "metronome", new(credittest.Slow(longDelay)), []string{"-timeout", "300ms"}, 3, notSent},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := fakes[c.vendor](t)
			if c.fault != nil {
				fake.Queue(c.fault.OnRead())
			}
			runAtFake(t, c.vendor, fake, "get", append(c.flags, "-json")...).checkJSON(t, c.code, c.want)
		})
	}
}

func TestGetWithoutOwnerIsNotSent(t *testing.T) {
	fake := credittest.NewThoughtIndustries(t)
	args := []string{"get", "-vendor", "thoughtindustries", "-base-url", fake.URL, "-id", fake.Ref.ID}
	runBinary(t, credentialsEnv("thoughtindustries", fake.URL), args...).checkOutput(t, 3, "",
		"creditctl: thoughtindustries: invalid owner: is required to read; nothing was sent\n")
}
