package proof

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

func FuzzIDKnox(f *testing.F)              { fuzzID(f, "knox") }
func FuzzIDThoughtIndustries(f *testing.F) { fuzzID(f, "thoughtindustries") }
func FuzzIDNexudus(f *testing.F)           { fuzzID(f, "nexudus") }
func FuzzIDFlexprice(f *testing.F)         { fuzzID(f, "flexprice") }
func FuzzIDMetronome(f *testing.F)         { fuzzID(f, "metronome") }

// fuzzID updates a credit with any id, or of any owner. The update is refused, or it
// changes the credit with exactly that id, and no other.
func fuzzID(f *testing.F, vendorName string) {
	v := vendorNamed(f, vendorName)
	f.Fuzz(func(t *testing.T, id, owner string) {
		fake := v.fake(t)
		untouched := fake.Record(fake.Ref.ID)
		seeded := seedID(t, fake, id)
		updater := v.newFakeUpdater(t, fake)
		if id != fake.Ref.ID {
			_, err := updater.Update(t.Context(), credit.Ref{ID: id, Owner: fake.Ref.Owner}, v.edits[0].patch(1))
			if !bytes.Equal(fake.Record(fake.Ref.ID), untouched) {
				t.Fatalf("the update of %q has changed another credit: %v", id, err)
			}
			checkIDUpdate(t, fake, id, seeded, err)
		}
		fake.Reset()
		before := fake.Record(id)
		_, err := updater.Update(t.Context(), credit.Ref{ID: fake.Ref.ID, Owner: owner}, v.edits[0].patch(2))
		if changed := !bytes.Equal(fake.Record(fake.Ref.ID), untouched); changed != (err == nil) && id != fake.Ref.ID {
			t.Errorf("owner %q: the credit has changed: %t, and the error is %v", owner, changed, err)
		}
		if id != fake.Ref.ID && !bytes.Equal(fake.Record(id), before) {
			t.Errorf("owner %q: the update has changed the credit %q: %v", owner, id, err)
		}
	})
}

// checkIDUpdate compares the outcome of an update with the record of its id, which is nil
// if the fake could not have it.
func checkIDUpdate(t *testing.T, fake *credittest.Server, id string, seeded []byte, err error) {
	t.Helper()
	changed := seeded != nil && !bytes.Equal(fake.Record(id), seeded)
	switch outcome := credit.OutcomeOf(err); {
	case err == nil && !changed:
		t.Errorf("the update of %q succeeded, and the credit has not changed", id)
	case err != nil && (outcome != credit.NotSent && outcome != credit.Rejected || changed):
		t.Errorf("%q has changed: %t, and the error is %v, %v", id, changed, outcome, err)
	case credit.ValidateID(id) != nil && len(fake.Requests()) > 0:
		t.Errorf("%d requests were sent for the invalid id %q", len(fake.Requests()), id)
	}
	checkPaths(t, fake, id)
}

// checkPaths checks that an id is one segment of the path, which no server takes for
// another path.
func checkPaths(t *testing.T, fake *credittest.Server, id string) {
	t.Helper()
	want := "/" + url.PathEscape(id)
	for _, r := range fake.Requests() {
		inBody := strings.Contains(string(r.Body), `"credit_id":`) || strings.Contains(string(r.Body), `"Id":`) // at Metronome and Nexudus
		if slices.ContainsFunc(strings.Split(r.Path, "/"), isDots) || !inBody && r.Write && !strings.HasSuffix(r.Path, want) {
			t.Errorf("the update of %q sends %s %s", id, r.Method, r.Path)
		}
	}
}

func isDots(segment string) bool { return segment == "." || segment == ".." }

// seedID seeds a copy of the fake's credit with another id, and returns it as the fake
// has it, or nil if the fake refuses it.
func seedID(t *testing.T, fake *credittest.Server, id string) []byte {
	t.Helper()
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(id)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := strconv.ParseInt(id, 10, 64); err == nil && strconv.FormatInt(n, 10) == id {
		text = []byte(id)
	}
	for _, name := range []string{"id", "Id"} {
		if old, found := record[name]; found {
			if old[0] == '"' {
				text, _ = json.Marshal(id) // a text always encodes
			}
			record[name] = text
		}
	}
	if text, err = json.Marshal(record); err != nil {
		t.Fatal(err)
	}
	if fake.Seed(text) != nil {
		return nil
	}
	return fake.Record(id)
}
