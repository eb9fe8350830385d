package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/change"
)

// An earlierReport is the report of an earlier run, as -json printed it.
type earlierReport struct {
	Schema  int           `json:"schema"`
	Vendor  string        `json:"vendor"`
	ID      string        `json:"id"`
	Owner   string        `json:"owner"`
	Fake    bool          `json:"fake"`
	Outcome string        `json:"outcome"`
	Credit  earlierRecord `json:"credit"`
	Before  earlierRecord `json:"before"`
	Patch   earlierRecord `json:"patch"`
}

// An earlierRecord is a record or a patch of a report. It is nil for null.
type earlierRecord map[string]json.RawMessage

// readReport reads a report from a file, or from standard input if path is "-".
func readReport(path string) (*earlierReport, error) {
	text, err := readInput(path)
	if err != nil {
		return nil, err
	}
	var r earlierReport
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("is not the output of creditctl -json: %w", err)
	}
	if r.Schema != schema {
		return nil, fmt.Errorf("is not the output of creditctl -json: schema must be %d, got %d", schema, r.Schema)
	}
	return &r, nil
}

func readInput(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(path) //nolint:gosec // the user names it
}

// decode returns the fields of a record or a patch. A field that is missing is left
// alone.
func (members earlierRecord) decode() (credit.Patch, error) {
	var p credit.Patch
	for name := range members {
		if name != "id" && name != "owner" && !slices.Contains(credit.Fields(), credit.Field(name)) {
			return p, fmt.Errorf("unknown field %.40q", name)
		}
	}
	for _, f := range credit.Fields() {
		value, found := members[string(f)]
		if !found {
			continue
		}
		text := string(value)
		if text == "null" {
			p.Op(f).Clear()
			continue
		}
		if f != credit.FieldMetadata {
			if err := json.Unmarshal(value, &text); err != nil {
				return p, fmt.Errorf("%s: must be a text, got %.40s", f, value)
			}
		}
		if err := change.Set(&p, f, text); err != nil {
			return p, fmt.Errorf("%s: %s", f, errorReason(err))
		}
	}
	return p, nil
}
