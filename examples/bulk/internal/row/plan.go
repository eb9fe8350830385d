package row

import (
	"bufio"
	"encoding/json"
	"slices"
)

// The values of the member status of a line of a plan. Only planned rows are sent.
const (
	StatusPlanned   = "planned"
	StatusUnchanged = "unchanged" // the credit has all values of the row already
	StatusRefused   = "refused"   // the row cannot be sent
)

const memberStatus = "status"

var planStatuses = []string{StatusPlanned, StatusUnchanged, StatusRefused}

// planMembers are the members of a line of a plan that are for people and do not change
// what is sent.
var planMembers = []string{memberStatus, "line", "before", "after", "request", "unguarded", "reason"}

// readPlan reads the planned rows of a plan. The number of a row counts the planned rows
// only, and its line is that of the plan.
func readPlan(in *bufio.Reader, yield func(PositionedRow, []Problem) bool) {
	l, number := &lineReader{in: in}, int64(0)
	for header := true; ; header = false {
		more, err := l.nextLine()
		if err != nil {
			yield(PositionedRow{}, readProblem(position{l.number, len(l.text) + 1}, err))
			return
		}
		if !more {
			return
		}
		if header {
			if !isPlanHeader(l) {
				yield(PositionedRow{}, []Problem{{Line: 1, Column: 1, Reason: "the file is not a plan: its first line must have the member schema"}})
				return
			}
			continue
		}
		if status := planStatus(l); slices.Contains(planStatuses, status) && status != StatusPlanned {
			continue
		}
		number++
		b := newBuilder(number, position{l.number, 1})
		b.plan = true
		if l.long {
			b.Malformed = true
			b.addProblem(b.begin, tooLong)
		} else if b.readLine(l.text); !b.Malformed && planStatus(l) != StatusPlanned {
			b.addProblem(b.begin, "status: must be planned, unchanged or refused")
		}
		if !yield(b.PositionedRow, b.problems) {
			return
		}
	}
}

func isPlanHeader(l *lineReader) bool {
	var header struct {
		Schema int `json:"schema"`
	}
	return !l.long && json.Unmarshal(l.text, &header) == nil && header.Schema > 0
}

// planStatus returns the status of a line, or "" if it has none, or more than one.
func planStatus(l *lineReader) (status string) {
	if l.long || !json.Valid(l.text) || rootValue(l.text).kind() != '{' {
		return ""
	}
	found := false
	for name, v := range rootValue(l.text).members() {
		if name != memberStatus {
			continue
		}
		if found || v.kind() != '"' {
			return ""
		}
		found, status = true, v.stringValue()
	}
	return status
}
