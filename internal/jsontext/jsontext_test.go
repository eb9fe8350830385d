package jsontext

import (
	"encoding/json"
	"testing"
)

var quotedTexts = []string{
	``, `"`, `""`, `"a"`, `"a`, `a"`, `a`, `null`, `nul`, `1`, `[]`, ` "a" `, `"\u0061"`, `"\"`, `"\\"`, `"""`, `"a""b"`, `"é"`,
	"\"\xff\"", "\"\n\"", "\"\x7f\"", `"\ud800"`, `"<&>"`, `"2025-01-15T10:30:00.5+01:00"`,
}

// FuzzUnquote compares the fast path with encoding/json.
func FuzzUnquote(f *testing.F) {
	for _, text := range quotedTexts {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want *string
		wantErr := json.Unmarshal(data, &want)
		got, err := Unquote(data)
		if (err == nil) != (wantErr == nil) || err == nil && want != nil && got != *want || want == nil && got != "" {
			t.Errorf("%q is %q, %v; encoding/json says %v, %v", data, got, err, want, wantErr)
		}
	})
}

func TestUnescape(t *testing.T) {
	for _, test := range []struct {
		quoted string
		exact  bool
	}{
		{``, true},
		{`plain`, true},
		{`\u0061\"\\\/\b\f\n\r\t`, true},
		{`é😀\u00E9\u00e9\ud83d\ude00`, true},
		{`\ufffd�`, true},
		{`\\ufffd`, true},
		{`\ud800`, false},
		{`\ud800\u0041`, false},
		{`\ud800\ud83d\ude00`, false},
		{`\ude00\ud83d`, false},
		{`\ud800x`, false},
		{"\xff", false},
		{"\xed\xa0\x80", false},
	} {
		var want string
		if err := json.Unmarshal([]byte(`"`+test.quoted+`"`), &want); err != nil {
			t.Fatal(err)
		}
		if got, exact := Unescape([]byte(test.quoted)); got != want || exact != test.exact {
			t.Errorf("%q says %q, exact %t; want %q, %t", test.quoted, got, exact, want, test.exact)
		}
	}
}

func TestEncode(t *testing.T) {
	for _, test := range []struct {
		name string
		v    any
		want string
	}{
		{"HTML characters", "<&>", `"<&>"`},
		{"a line separator", "a\u2028", `"a\u2028"`},
		{"raw JSON", json.RawMessage(`{ "a" : 1.10, "b": "<" }`), `{"a":1.10,"b":"<"}`},
		{"nil", nil, "null"},
	} {
		got, err := Encode(test.v)
		if err != nil || string(got) != test.want {
			t.Errorf("%s: got %s, %v, want %s", test.name, got, err, test.want)
		}
	}
	if _, err := Encode(json.RawMessage("{")); err == nil {
		t.Error("broken raw JSON is encoded")
	}
}
