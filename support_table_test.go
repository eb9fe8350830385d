package creditkit_test

import (
	"flag"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

var updateFlag = flag.Bool("update", false, "write the support table into README.md")

const (
	tableBegin = "<!-- support table: go test . -run TestSupportTable -update -->\n"
	tableEnd   = "<!-- end of support table -->\n"
)

// The README's table must match the Support of the drivers.
func TestSupportTableOfReadmeMatchesDrivers(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(readme), tableBegin)
	got, after, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("README.md has no table between %q and %q", tableBegin, tableEnd)
	}
	want := supportTable(t)
	if *updateFlag {
		if err := os.WriteFile("README.md", []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the table does not match the drivers; to write it, run go test . -run TestSupportTable -update (-want +got):\n%s", diff)
	}
}

// supportTable returns a table with a row for each field of a patch and a
// column for each vendor.
func supportTable(t *testing.T) string {
	updaters := allUpdaters(t)
	header, line := "| Patch field |", "| --- |"
	for _, u := range updaters {
		header += " " + u.vendor + " |"
		line += " --- |"
	}
	table := "\n" + header + "\n" + line + "\n"
	for i, field := range credit.Fields() {
		table += "| " + reflect.TypeFor[credit.Patch]().Field(i).Name + " |"
		for _, u := range updaters {
			table += " " + formatCell(u.Support().Fields[field]) + " |"
		}
		table += "\n"
	}
	return table + "\n"
}

func formatCell(a credit.Ability) string {
	var can []string
	if a.Set {
		can = append(can, "set")
	}
	if a.Clear {
		can = append(can, "clear")
	}
	if len(can) == 0 {
		return "-"
	}
	return strings.Join(can, ", ") + " " + a.VendorField
}

type namedUpdater struct {
	vendor string
	credit.Updater
}

// allUpdaters returns the Updaters of all vendors, in the order of the README.
// Their credentials are not used.
func allUpdaters(t *testing.T) []namedUpdater {
	t.Helper()
	var all []namedUpdater
	add := func(vendor string, u interface{ Updater() credit.Updater }, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, namedUpdater{vendor, u.Updater()})
	}
	tokens := credit.StaticToken("token")
	knoxClient, err := knox.New("acme", tokens)
	add("knox", knoxClient, err)
	industriesClient, err := thoughtindustries.New("acme", "key")
	add("thoughtindustries", industriesClient, err)
	nexudusClient, err := nexudus.New(tokens)
	add("nexudus", nexudusClient, err)
	flexpriceClient, err := flexprice.New("key")
	add("flexprice", flexpriceClient, err)
	metronomeClient, err := metronome.New("token")
	add("metronome", metronomeClient, err)
	return all
}

// A supported field can be set or cleared, and has the vendor's name of it.
func TestEverySupportedFieldIsComplete(t *testing.T) {
	for _, u := range allUpdaters(t) {
		for field, ability := range u.Support().Fields {
			if can := ability.Set || ability.Clear; !can || ability.VendorField == "" {
				t.Errorf("%s: %s is %+v", u.vendor, field, ability)
			}
			if !slices.Contains(credit.Fields(), field) {
				t.Errorf("%s supports the unknown field %q", u.vendor, field)
			}
		}
	}
}

// All Updaters are Readers, so that credit.WithVerify works at every vendor.
func TestEveryUpdaterIsReader(t *testing.T) {
	for _, u := range allUpdaters(t) {
		if _, ok := u.Updater.(credit.Reader); !ok {
			t.Errorf("the Updater of %s is not a credit.Reader", u.vendor)
		}
	}
}
