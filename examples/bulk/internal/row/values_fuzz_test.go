package row

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
)

// FuzzCSVValues compares the values of good rows with the cells that encoding/csv reads.
func FuzzCSVValues(f *testing.F) {
	header := strings.Join(allParts, ",") + "\n"
	f.Fuzz(func(t *testing.T, lines string) {
		records := csv.NewReader(strings.NewReader(header + lines))
		records.FieldsPerRecord = -1
		if _, err := records.Read(); err != nil {
			t.Fatal(err)
		}
		for r, problems := range Read(strings.NewReader(header+lines), CSV) {
			record, err := records.Read()
			if len(problems) > 0 {
				checkRow(t, r, problems)
				continue
			}
			if err != nil || len(record) != len(allParts) {
				t.Fatalf("row %d of line %d is good; encoding/csv has %q, %v", r.Number, r.Line, record, err)
			}
			cells := make(map[string]any)
			for i, part := range allParts {
				if record[i] != "" && part != partClear {
					cells[part] = record[i]
				}
			}
			if text, ok := cells["metadata"].(string); ok {
				cells["metadata"] = decodeJSON(t, text)
			}
			checkValues(t, r, cells, strings.Fields(record[len(record)-1]))
		}
		if record, err := records.Read(); err != io.EOF && len(record) > 0 {
			t.Errorf("the row %q was not read: %v", record, err)
		}
	})
}

// FuzzJSONLinesValues compares the values of good rows with what encoding/json decodes.
func FuzzJSONLinesValues(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\n") {
			return
		}
		for r, problems := range Read(strings.NewReader(line), JSONLines) {
			if len(problems) == 0 {
				checkJSONRow(t, r, strings.TrimPrefix(line, "\ufeff"))
			}
		}
	})
}

const planHeader = `{"schema":1}` + "\n"

// FuzzPlan reads a line of a plan. Exactly the lines whose status is unchanged or refused
// are not rows, and the values of a row are those that encoding/json decodes.
func FuzzPlan(f *testing.F) {
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\n") || strings.Trim(line, " \t\r") == "" || encodingProblem(bufio.NewReader(strings.NewReader(planHeader+line))) != "" {
			return
		}
		status := statusOf(line)
		rows := 0
		for r, problems := range Read(strings.NewReader(planHeader+line), Plan) {
			rows++
			switch {
			case len(problems) > 0:
				checkRow(t, r, problems)
			case status != StatusPlanned:
				t.Errorf("a line with the status %q is a row: %+v", status, r)
			default:
				checkJSONRow(t, r, line)
			}
		}
		if left := status == StatusUnchanged || status == StatusRefused; left == (rows > 0) || rows > 1 {
			t.Errorf("%d rows of a line with the status %q", rows, status)
		}
	})
}

// statusOf returns the text of the member status, or "" if there is not exactly one.
func statusOf(line string) (status string) {
	if !json.Valid([]byte(line)) {
		return ""
	}
	d := json.NewDecoder(strings.NewReader(line))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return ""
	}
	found := 0
	for d.More() {
		name, err := d.Token()
		var value json.RawMessage
		if err != nil || d.Decode(&value) != nil {
			return ""
		}
		if name == "status" {
			found++
			if json.Unmarshal(value, &status) != nil {
				return ""
			}
		}
	}
	if found != 1 {
		return ""
	}
	return status
}

// checkJSONRow compares a good row with the members of its line.
func checkJSONRow(t *testing.T, r Row, line string) {
	t.Helper()
	members, ok := decodeJSON(t, line).(map[string]any)
	if !ok {
		t.Fatalf("%s is a good row", line)
	}
	cells := make(map[string]any)
	for _, name := range nameParts {
		if members[name] != nil {
			cells[name] = text(members[name])
		}
	}
	if set, ok := members[memberSet].(map[string]any); ok {
		for name, value := range set {
			cells[name] = value
			if name != "metadata" {
				cells[name] = text(value)
			}
		}
	}
	var cleared []string
	if list, ok := members[partClear].([]any); ok {
		for _, name := range list {
			cleared = append(cleared, text(name))
		}
	}
	checkValues(t, r, cells, cleared)
	expect, _ := members[memberExpect].(map[string]any)
	got := credit.Patch(r.Expect)
	for name, op := range got.All() {
		value, found := expect[string(name)]
		if !found || (value == nil) != op.IsClear() || value != nil && !holds(op, value) {
			t.Errorf("%s is expected to be %s in %s", name, op, line)
		}
	}
	for name := range expect {
		if got.Op(credit.Field(name)).IsZero() {
			t.Errorf("%s is not expected in %s", name, line)
		}
	}
}

// checkValues compares a row with the values of its parts and the fields to clear.
func checkValues(t *testing.T, r Row, cells map[string]any, cleared []string) {
	t.Helper()
	for part, got := range map[string]string{partVendor: r.Vendor, partID: r.Ref.ID, partOwner: r.Ref.Owner, partKey: r.Key} {
		if want, _ := cells[part].(string); got != want {
			t.Errorf("%s is %q, want %q", part, got, want)
		}
	}
	for _, f := range credit.Fields() {
		op := r.Patch.Op(f)
		value, set := cells[string(f)]
		if op.IsSet() != set || op.IsClear() != slices.Contains(cleared, string(f)) || set && !holds(op, value) {
			t.Errorf("%s is %s, set %t, want %q, cleared %q", f, op, op.IsSet(), value, cleared)
		}
	}
}

// holds reports whether a field has exactly a value, also the digits of an amount.
func holds(op credit.FieldOp, value any) bool {
	switch {
	case op.Text != nil:
		got, _ := op.Text.Get()
		return strings.ReplaceAll(got, "\r\n", "\n") == strings.ReplaceAll(text(value), "\r\n", "\n")
	case op.Amount != nil:
		got, _ := op.Amount.Get()
		return got.String() == text(value)
	case op.Time != nil:
		got, _ := op.Time.Get()
		want, err := time.Parse(time.RFC3339Nano, text(value))
		return err == nil && got.Equal(want)
	}
	got, _ := op.Entries.Get()
	want := make(map[string]string)
	entries, ok := value.(map[string]any)
	for name, entry := range entries {
		want[name] = text(entry)
	}
	return ok && maps.Equal(got, want)
}

// text returns the text of a string or a number.
func text(value any) string {
	if number, ok := value.(json.Number); ok {
		return number.String()
	}
	s, _ := value.(string)
	return s
}

// decodeJSON decodes a JSON text with the digits of its numbers.
func decodeJSON(t *testing.T, text string) (value any) {
	t.Helper()
	if !utf8.ValidString(text) {
		t.Fatalf("%q is in a good row", text)
	}
	d := json.NewDecoder(bytes.NewReader([]byte(text)))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		t.Fatalf("%s is in a good row, and encoding/json has %v", text, err)
	}
	return value
}
