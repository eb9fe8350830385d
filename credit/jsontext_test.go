package credit

import (
	"encoding/json"
	"testing"
)

var quotedTexts = []string{
	``, `"`, `""`, `"a"`, `"a`, `a"`, `a`, `null`, `nul`, `1`, `[]`, ` "a" `, `"\u0061"`, `"\"`, `"\\"`, `"""`, `"a""b"`, `"é"`,
	"\"\xff\"", "\"\n\"", "\"\x7f\"", `"\ud800"`, `"<&>"`, `"2025-01-15T10:30:00.5+01:00"`,
}

// FuzzUnquote holds the short way against encoding/json.
func FuzzUnquote(f *testing.F) {
	for _, text := range quotedTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want *string
		wantErr := json.Unmarshal(data, &want)
		got, err := unquote(data)
		if (err == nil) != (wantErr == nil) || err == nil && want != nil && got != *want || want == nil && got != "" {
			t.Errorf("%q is %q, %v; encoding/json says %v, %v", data, got, err, want, wantErr)
		}
	})
}

func TestTextsOfAnswersCostOneAllocation(t *testing.T) {
	amount, at := []byte(`"12.50"`), []byte(`"2025-01-15T10:30:00Z"`)
	var d Decimal
	var l LocalTime
	for what, decode := range map[string]func(){
		"an amount": func() { _ = d.UnmarshalJSON(amount) },
		"a time":    func() { _ = l.UnmarshalJSON(at) },
	} {
		if n := testing.AllocsPerRun(100, decode); n > 1 {
			t.Errorf("%s costs %v", what, n)
		}
	}
	if d.String() != "12.50" || l.String() != "2025-01-15T10:30:00Z" {
		t.Errorf("got %v and %v", d, l)
	}
}
