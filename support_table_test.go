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

var update = flag.Bool("update", false, "write what is rendered from the code into README.md")

const (
	tableBegins = "<!-- support table: go test . -run TestSupportTable -update -->\n"
	tableEnds   = "<!-- end of support table -->\n"
)

// The README's table is what the drivers say of themselves.
func TestSupportTableInTheReadmeIsTheDrivers(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, begins := strings.Cut(string(readme), tableBegins)
	got, after, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("README.md has no table between %q and %q", tableBegins, tableEnds)
	}
	want := supportTable(t)
	if *update {
		if err := os.WriteFile("README.md", []byte(before+tableBegins+want+tableEnds+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the table is not what the drivers say; go test . -run TestSupportTable -update writes it (-want +got):\n%s", diff)
	}
}

// supportTable has a row for each field of a patch and a column for each vendor.
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
			table += " " + cell(u.Support().Fields[field]) + " |"
		}
		table += "\n"
	}
	return table + "\n"
}

func cell(a credit.Ability) string {
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

// allUpdaters are the vendors' in the order in which everything lists them. No
// request is made with these credentials.
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

// What a vendor cannot do has no name there, and what it can do has one.
func TestEveryAbilityIsSpeltOut(t *testing.T) {
	for _, u := range allUpdaters(t) {
		for field, ability := range u.Support().Fields {
			if can := ability.Set || ability.Clear; !can || ability.VendorField == "" {
				t.Errorf("%s: %s is %+v", u.vendor, field, ability)
			}
			if !slices.Contains(credit.Fields(), field) {
				t.Errorf("%s supports %q, which is no field of a patch", u.vendor, field)
			}
		}
	}
}

// All five read, so that credit.WithVerify and credit.Reader work everywhere.
func TestEveryUpdaterReads(t *testing.T) {
	for _, u := range allUpdaters(t) {
		if _, ok := u.Updater.(credit.Reader); !ok {
			t.Errorf("%s does not", u.vendor)
		}
	}
}
