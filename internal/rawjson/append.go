package rawjson

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// Append is the inverse of [Decode]: it appends the unknown members to doc, ordered by
// name, each value byte for byte. doc must be one JSON object with only known members
// and nothing after its brace; space inside or before it is fine. The result may share memory with doc.
//
// It is an error if an unknown member has a known name, if a value is not JSON, or if a
// name is not UTF-8.
func Append(doc []byte, unknown map[string]json.RawMessage, known ...string) ([]byte, error) {
	if len(unknown) == 0 {
		return doc, nil
	}
	out := doc[:len(doc)-len("}")]
	comma := !bytes.HasSuffix(bytes.TrimRight(out, " \t\r\n"), []byte("{"))
	names := make([]string, 0, len(unknown))
	for name := range unknown {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(known, name) {
			return nil, fmt.Errorf("rawjson: member %.40q would be sent twice", name)
		}
		if !jsonenc.Valid(unknown[name], 1) {
			return nil, fmt.Errorf("rawjson: the value of member %.40q is not JSON, or nested too deep", name)
		}
		if comma {
			out = append(out, ',')
		}
		comma = true
		var err error
		if out, err = appendName(out, name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), unknown[name]...)
	}
	return append(out, '}'), nil
}
