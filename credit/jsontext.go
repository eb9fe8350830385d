package credit

import "encoding/json"

// isPlain reports whether a text stands in quotes as it is, in JSON and in Go.
// Amounts, times and most names do.
func isPlain[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// unquote returns the content of a JSON string, and "" for null. It is an error
// for everything else.
func unquote(data []byte) (string, error) {
	if last := len(data) - 1; last > 0 && data[0] == '"' && data[last] == '"' && isPlain(data[1:last]) {
		return string(data[1:last]), nil
	}
	return decodeText(data)
}

// decodeText stands apart because its variable is on the heap.
func decodeText(data []byte) (content string, err error) {
	err = json.Unmarshal(data, &content) // null leaves it as it is
	return content, err
}
