package rawjson

import "testing"

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
