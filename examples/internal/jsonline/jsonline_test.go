package jsonline_test

import (
	"bytes"
	"testing"

	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

func TestEncodeKeepsHTMLCharacters(t *testing.T) {
	got, err := jsonline.Encode(map[string]string{"note": "<a> & \"b\"\n"})
	if want := `{"note":"<a> & \"b\"\n"}`; err != nil || string(got) != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestEncodeReturnsTheErrorOfAValueWithoutJSON(t *testing.T) {
	if got, err := jsonline.Encode(make(chan int)); err == nil || got != nil {
		t.Errorf("got %s, %v; want an error", got, err)
	}
}

func TestEncoderWritesOneLineForEachValue(t *testing.T) {
	var out bytes.Buffer
	e := jsonline.NewEncoder(&out)
	for _, v := range []any{"<1>", map[string]int{"n": 2}} {
		if err := e.Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if want := "\"<1>\"\n{\"n\":2}\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
