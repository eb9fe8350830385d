package row

import (
	"strings"
	"testing"
)

func TestPositionOfParts(t *testing.T) {
	positions(t, CSV, "note,vendor,id,owner,total,name,balance,clear\n1,2222,3,,\"4\n\",,,name metadata\n", map[string]position{
		"note": {2, 1}, "vendor": {2, 3}, "id": {2, 8}, "owner": {2, 10}, "total": {2, 11}, "name": {3, 5}, "metadata": {3, 5},
		"balance": {2, 1}, "key": {2, 1}, "": {2, 1}, "priority": {2, 1},
	})
	positions(t, JSONLines, ` {"vendor":"v", "id": 1,"set":{"total": 1.5},"clear":["note", "priority"]}`, map[string]position{
		"vendor": {1, 12}, "id": {1, 23}, "total": {1, 41}, "note": {1, 55}, "priority": {1, 63}, "owner": {1, 2}, "set": {1, 2},
	})
}

func positions(t *testing.T, f Format, file string, want map[string]position) {
	t.Helper()
	for r, problems := range ReadPositions(strings.NewReader(file), f) {
		if len(problems) > 0 && f == JSONLines {
			t.Error(problems)
		}
		for part, at := range want {
			if line, column := r.Position(part); at != (position{line, column}) {
				t.Errorf("%v: %s is at %d:%d, want %v", f, part, line, column, at)
			}
		}
	}
}

func TestReasonsAreTruncated(t *testing.T) {
	long := strings.Repeat("é", 10000)
	for _, problems := range Read(strings.NewReader("vendor,id,metadata\nknox,1,"+long), CSV) {
		if len(problems) != 1 || len(problems[0].Reason) > 310 || !strings.HasSuffix(problems[0].Reason, "é...") {
			t.Errorf("%v", problems)
		}
	}
	if got := Truncate("short"); got != "short" {
		t.Error(got)
	}
}

func TestProblemString(t *testing.T) {
	if got := (Problem{Number: 1, Line: 2, Column: 3, Reason: "id: is empty"}).String(); got != "line 2, column 3: id: is empty" {
		t.Error(got)
	}
}
