package result

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ReadCSV reads a results file that [Store.WriteCSV] has written, and returns its comment,
// which describes the run, and its rows. The rows have the columns that a later command
// needs: row, line, vendor, id, owner, key, outcome, error, idempotency_key, request_id,
// attempts and changes. The sequence ends after its first error. The file may have been
// saved by a spreadsheet, which fills the comment's line with commas.
func ReadCSV(in io.Reader) (about string, rows iter.Seq2[Result, error], err error) {
	buffered := bufio.NewReader(in)
	first, err := buffered.ReadString('\n')
	about, ok := strings.CutPrefix(strings.TrimPrefix(first, byteOrderMark), "# ")
	if err != nil || !ok {
		return "", nil, errors.New("it is not a results file of bulk: its first line must begin with # and describe the run")
	}
	records := csv.NewReader(buffered)
	header, err := records.Read()
	if err != nil {
		return "", nil, fmt.Errorf("the header: %w", afterComment(err))
	}
	header = slices.Clone(header)
	for _, name := range csvColumns {
		switch n := count(header, name); {
		case n == 0:
			return "", nil, fmt.Errorf("it is not a results file of bulk: the column %s is missing", name)
		case n > 1:
			return "", nil, fmt.Errorf("line 2: the column %s occurs twice", name)
		}
	}
	return strings.TrimRight(about, ",\r\n"), func(yield func(Result, error) bool) {
		for {
			record, err := records.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var r Result
			if err != nil {
				yield(Result{}, afterComment(err))
				return
			}
			r, err = parseRecord(header, record)
			if err != nil {
				line, _ := records.FieldPos(0)
				err = fmt.Errorf("line %d: %w", line+1, err) // the comment was read before
			}
			if !yield(r, err) || err != nil {
				return
			}
		}
	}, nil
}

// afterComment counts the comment's line, which was read before, in an error of
// encoding/csv.
func afterComment(err error) error {
	if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
		moved := *wrong
		moved.StartLine++
		moved.Line++
		return &moved
	}
	return err
}

func count(names []string, name string) (n int) {
	for _, other := range names {
		if other == name {
			n++
		}
	}
	return n
}

func parseRecord(header, record []string) (r Result, err error) {
	cells := make(map[string]string, len(header))
	for i, name := range header {
		cells[name] = strings.TrimPrefix(record[i], "'")
	}
	for _, name := range csvColumns {
		if !utf8.ValidString(cells[name]) {
			return Result{}, fmt.Errorf("%s: is not valid UTF-8: save the file as CSV UTF-8", name)
		}
		// encoding/csv reads "\r\n" in a cell as "\n", so what was written may be lost.
		if strings.Contains(cells[name], "\r") {
			return Result{}, fmt.Errorf("%s: must not have a carriage return, got %q", name, cells[name])
		}
	}
	r = Result{
		Vendor: cells["vendor"], ID: cells["id"], Owner: cells["owner"], Key: cells["key"],
		Outcome: Outcome(cells["outcome"]), Error: cells["error"],
		RequestID: cells["request_id"], IdempotencyKey: cells["idempotency_key"],
	}
	if !slices.Contains(Outcomes, r.Outcome) {
		return Result{}, fmt.Errorf("unknown outcome %q", r.Outcome)
	}
	if r.Row, err = strconv.ParseInt(cells["row"], 10, 64); err != nil || r.Row < 1 {
		return Result{}, fmt.Errorf("row: must be a positive number, got %q", cells["row"])
	}
	for name, number := range map[string]*int{"line": &r.Line, "attempts": &r.Attempts} {
		if cells[name] == "" {
			continue
		}
		if *number, err = strconv.Atoi(cells[name]); err != nil || *number < 0 {
			return Result{}, fmt.Errorf("%s: must be a number, got %q", name, cells[name])
		}
	}
	if cells["changes"] == "" {
		return r, nil
	}
	d := json.NewDecoder(strings.NewReader(cells["changes"]))
	d.DisallowUnknownFields()
	if err := d.Decode(&r.Changes); err != nil {
		return Result{}, fmt.Errorf("changes: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Result{}, errors.New("changes: must be one JSON array")
	}
	return r, nil
}
