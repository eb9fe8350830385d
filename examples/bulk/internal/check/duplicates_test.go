package check

import (
	"fmt"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// doubles returns the problems of rows that repeat others.
func doubles(t *testing.T, file string) string {
	t.Helper()
	s := newDuplicateFinder(t.TempDir())
	defer s.discard()
	s.seen.maxHeld, s.repeats.maxHeld = 2, 2
	for r := range row.ReadPositions(strings.NewReader(file), row.CSV) {
		if err := s.add(r); err != nil {
			t.Fatal(err)
		}
	}
	var found strings.Builder
	for p, err := range s.problems() {
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&found, "%d %v\n", p.Number, p)
	}
	return found.String()
}

func TestDuplicateCreditsAndKeys(t *testing.T) {
	credit := "id: changes the same credit as line %d: put both changes into one row, or into two files"
	key := "key: line %d has the same key: each change must have its own key"
	got := doubles(t, `vendor,owner,id,key,name
knox,,1,a,
knox,,2,b,
nexudus,,1,,
knox,o,1,,

nexudus,,3,b,
knox,,1,a,
knox,,1,b,
,,1,,
,,1,,
knox,,,,
knox,,,,
knox,,1,,,
`)
	want := fmt.Sprintf("4 line 5, column 8: "+credit+"\n"+
		"5 line 7, column 12: "+key+"\n"+
		"6 line 8, column 7: "+credit+"\n"+
		"6 line 8, column 9: "+key+"\n"+
		"7 line 9, column 7: "+credit+"\n"+
		"7 line 9, column 9: "+key+"\n"+
		"12 line 14, column 7: "+credit+"\n", 2, 3, 2, 2, 2, 3, 2)
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// Upper and lower case are equal in UUIDs only.
func TestUUIDsIgnoreCase(t *testing.T) {
	const id = "5e7e82cf-ccb7-428c-a96f-a8e4f67af822"
	if got := doubles(t, "vendor,id\nmetronome,"+id+"\nmetronome,"+strings.ToUpper(id)+"\n"); strings.Count(got, "\n") != 1 {
		t.Errorf("the same UUID: %q", got)
	}
	for _, id := range []string{
		"abc", "credit:7f9c24e8", "5e7e82cf-ccb7-428c-a96f-a8e4f67af82", "x5e7e82cf-ccb7-428c-a96f-a8e4f67af822",
		"5e7e82cf-ccb7-428c-a96f-a8e4f67af8220", "5e7e82cfc-cb7-428c-a96f-a8e4f67af822", "ge7e82cf-ccb7-428c-a96f-a8e4f67af822",
	} {
		if got := doubles(t, "vendor,id\nmetronome,"+id+"\nmetronome,"+strings.ToUpper(id)+"\n"); got != "" {
			t.Errorf("%s: %q", id, got)
		}
	}
}

// A vendor and an id are not joined ambiguously, nor are a credit and a key.
func TestDifferentCredits(t *testing.T) {
	if got := doubles(t, "vendor,id,key\na,bc,\nab,c,\nk,1,x\nk,2,k\nc,k,1\n"); got != "" {
		t.Error(got)
	}
}
