package rawjson

import (
	"encoding/json"
	"testing"
)

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
		if got, exact := unescape([]byte(test.quoted)); got != want || exact != test.exact {
			t.Errorf("%q says %q, exact %t; want %q, %t", test.quoted, got, exact, want, test.exact)
		}
	}
}

func TestAppendName(t *testing.T) {
	for name, want := range map[string]string{"a": `"a"`, `<"&\>`: `"<\"&\\>"`, "é\n": `"é\n"`, "": `""`} {
		if got, err := appendName([]byte("x"), name); err != nil || string(got) != "x"+want {
			t.Errorf("%q is written %s, %v", name, got, err)
		}
	}
	if got, err := appendName(nil, "\xff"); err == nil {
		t.Errorf("a name that is not UTF-8 is written %q", got)
	}
}
