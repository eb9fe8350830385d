package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit/credittest"
)

func TestFindAtEveryVendor(t *testing.T) {
	for _, test := range []struct {
		vendor string
		want   string
	}{
		{"thoughtindustries", `id                                    name               total  balance  expires_at
9b2f7c1e-6d0a-4c58-8e3b-2f4a1d5c7e90  "Spring training"  1000   640      2027-06-30T23:59:59Z
1 credit
`},
		{"nexudus", `id        note              total   balance  starts_at             expires_at
87654321  "Welcome credit"  100.50  60.25    2026-01-01T00:00:00Z  2027-01-01T00:00:00Z
1 credit
`},
		{"flexprice", `id                             name       starts_at             expires_at  metadata
cg_01KQ3Z5T9M7X2W8V4N6B1C0DSU  "Welcome"  2026-01-02T00:00:00Z  (empty)     {"<team>":"north","order":"A-17"}
1 credit
`},
		{"metronome", `id                                    name     note            total  balance  starts_at             expires_at            priority
5e7e82cf-ccb7-428c-a96f-a8e4f67af822  "Trial"  "made by hand"  1000   750.50   2026-01-01T00:00:00Z  2027-01-01T00:00:00Z  10
1 credit
`},
	} {
		t.Run(test.vendor, func(t *testing.T) {
			runBinary(t, nil, "find", "-vendor", test.vendor, "-fake").checkOutput(t, 0, test.want, "")
		})
	}
}

// manyCredits returns a fake of nexudus with 100 further credits of a coworker, so that
// the list of that coworker has two pages.
func manyCredits(t *testing.T) *credittest.Server {
	t.Helper()
	fake := credittest.NewNexudus(t)
	record := string(fake.Record(fake.Ref.ID))
	for i := range 100 {
		id := strconv.Itoa(1000 + i)
		planted := strings.NewReplacer(fake.Ref.ID, id, "Welcome", "Tab\\there,").Replace(record)
		if err := fake.Seed(json.RawMessage(planted)); err != nil {
			t.Fatal(err)
		}
	}
	return fake
}

func find(t *testing.T, fake *credittest.Server, flags ...string) runResult {
	t.Helper()
	return runBinary(t, credentialsEnv("nexudus", fake.URL), append([]string{"find", "-vendor", "nexudus", "-base-url", fake.URL}, flags...)...)
}

func TestFindReadsAllPages(t *testing.T) {
	fake := manyCredits(t)
	r := find(t, fake, "-owner", "1414")
	if rows := strings.Count(r.stdout, "\n") - 2; r.code != 0 || rows != 101 || !strings.HasSuffix(r.stdout, "\n101 credits\n") || strings.Contains(r.stdout, "\t") {
		t.Errorf("exit code %d, %d rows\n%s%s", r.code, rows, r.stdout, r.stderr)
	}
	find(t, fake, "-owner", "12").checkOutput(t, 0, "0 credits\n", "")
}

func TestFindAsJSON(t *testing.T) {
	r := find(t, manyCredits(t), "-json")
	lines := strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
	if r.code != 0 || r.stderr != "" || len(lines) != 102 {
		t.Fatalf("exit code %d, %d lines\n%s", r.code, len(lines), r.stderr)
	}
	for i, line := range lines {
		var got struct {
			Outcome *string        `json:"outcome"`
			Credit  map[string]any `json:"credit"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		isLast := i == len(lines)-1
		if (got.Credit == nil) != isLast || (got.Outcome != nil && *got.Outcome == "read") != isLast {
			t.Errorf("line %d is %s", i, line)
		}
	}
}

// The credits before a failure are shown, and the failure decides the exit code.
func TestFindThatFailsOnItsSecondPage(t *testing.T) {
	fail := func() *credittest.Server {
		fake := manyCredits(t)
		fake.Queue(credittest.Slow(0).OnRead(), credittest.Respond(403, `{}`).OnRead())
		return fake
	}
	r := find(t, fail())
	if rows := strings.Count(r.stdout, "\n") - 1; r.code != 4 || rows != 100 || !strings.Contains(r.stderr, "403") {
		t.Errorf("exit code %d, %d rows\n%s", r.code, rows, r.stderr)
	}
	r = find(t, fail(), "-json")
	lines := strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n")
	if last := lines[len(lines)-1]; r.code != 4 || len(lines) != 101 || !strings.Contains(last, `"outcome":"rejected"`) || !strings.Contains(last, `"status":403`) {
		t.Errorf("exit code %d, %d lines, the last is %s", r.code, len(lines), last)
	}
}

func TestFindRejectsWrongCommandLines(t *testing.T) {
	const hint = "see creditctl -help, and creditctl COMMAND -help for the flags of a command\n"
	for _, test := range []struct {
		name string
		args []string
		want string
	}{
		{"no vendor", []string{"-owner", "7"}, "-vendor is required"},
		{"a vendor without lists", []string{"-vendor", "knox", "-fake"}, "knox documents no list of credits"},
		{"no owner", []string{"-vendor", "flexprice"}, "-owner is required at flexprice"},
		{"an empty owner", []string{"-vendor", "nexudus", "-owner", ""}, "-owner is empty"},
		{"the fake and an address", []string{"-vendor", "nexudus", "-fake", "-base-url", "http://127.0.0.1:1"}, "-fake and -base-url cannot be used together"},
	} {
		t.Run(test.name, func(t *testing.T) {
			runBinary(t, nil, append([]string{"find"}, test.args...)...).checkOutput(t, 2, "", "creditctl: "+test.want+"\n"+hint)
		})
	}
}
