package row

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// Only the planned rows of a plan are rows. A line that is none of the three is a
// problem and not skipped.
func TestPlanHasPlannedRows(t *testing.T) {
	plan := `{"schema":1}
{"status":"planned","line":2,"vendor":"knox","id":"1","set":{"note":"a"},"expect":{"note":null,"total":2.50},"before":{},"request":{}}
{"status":"unchanged","line":3,"vendor":"knox","id":"2","set":{"note":"b"}}
{"status":"refused","line":4,"vendor":"knox","id":"3","reason":"gone"}
{"status":"planed","vendor":"knox","id":"4","set":{"note":"c"}}
{"vendor":"knox","id":"5","set":{"note":"c"}}
{"status":"planned","vendor":"knox","id":"6","set":{"note":"c"}}
`
	var got []string
	for r, problems := range Read(strings.NewReader(plan), Plan) {
		got = append(got, fmt.Sprint(r.Number, " line ", r.Line, " ", r.Ref.ID, " ", r.HasExpect(), " ", len(problems)))
	}
	want := []string{"1 line 2 1 true 0", "2 line 5 4 false 1", "3 line 6 5 false 1", "4 line 7 6 false 0"}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A plan that has lost its header must not lose its first row as well.
func TestPlanWithoutHeaderIsRefused(t *testing.T) {
	plan := `{"status":"planned","vendor":"knox","id":"1","set":{"note":"a"}}` + "\n"
	for r, problems := range Read(strings.NewReader(plan+plan), Plan) {
		if r.Number != 0 || len(problems) != 1 || !strings.Contains(problems[0].Reason, "not a plan") {
			t.Errorf("got %+v, %v", r, problems)
		}
	}
}

// A row that expects something must never become one that does not.
func TestExpectSurvivesTheQueue(t *testing.T) {
	line := `{"vendor":"knox","id":"1","set":{"note":"a"},"expect":{"note":null,"total":2.50,"expires_at":"2027-01-01T00:00:00Z"}}`
	for r, problems := range Read(strings.NewReader(line), JSONLines) {
		if len(problems) > 0 || !r.HasExpect() || !r.Expect.Note.IsClear() {
			t.Fatalf("got %+v, %v", r, problems)
		}
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back Row
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatal(err)
		}
		for _, f := range credit.Fields() {
			was, is := credit.Patch(r.Expect), credit.Patch(back.Expect)
			if !was.Op(f).Equal(is.Op(f)) {
				t.Errorf("%s is %s, want %s", f, is.Op(f), was.Op(f))
			}
		}
	}
	for _, expect := range []string{`{}`, `[]`, `"x"`, `{"colour":1}`, `{"total":"x"}`, `{"total":1,"total":2}`, `null`} {
		line := `{"vendor":"knox","id":"1","set":{"note":"a"},"expect":` + expect + `}`
		for r, problems := range Read(strings.NewReader(line), JSONLines) {
			if len(problems) != 1 || !strings.Contains(problems[0].Reason, "expect: ") {
				t.Errorf("%s: %+v, %v", expect, r.Expect, problems)
			}
		}
	}
}
