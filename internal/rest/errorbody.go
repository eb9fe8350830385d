package rest

import (
	"encoding/json"

	"github.com/creditkit/creditkit/internal/jsonenc"
)

// Members reads a refusal as a JSON object, and gives nil for anything else.
// Refusals are read loosely: an odd member must not hide the others.
func ParseObject(body []byte) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	return members
}

// Text is the value of a JSON string, and "" for anything else.
func JSONString(raw json.RawMessage) string { return jsonenc.Text(raw) }
