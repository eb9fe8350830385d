package arguments_test

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/internal/arguments"
)

func TestRefuseUnused(t *testing.T) {
	for _, test := range []struct {
		name  string
		words []string
		want  string // "" for no error
	}{
		{"none", nil, ""},
		{"word", []string{"extra", "more"}, `unexpected argument "extra"`},
		{"empty word", []string{""}, `unexpected argument ""`},
		{"en dash", []string{"–dry-run"}, "an en dash (U+2013) instead of a plain hyphen; did you mean -dry-run?"},
		{"two en dashes", []string{"––dry-run"}, "did you mean -dry-run?"},
		{"em dash", []string{"—dry-run"}, "an em dash (U+2014)"},
		{"minus sign", []string{"−fake"}, "a minus sign (U+2212)"},
		{"plain hyphen after --", []string{"-fake"}, `unexpected argument "-fake"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := arguments.RefuseUnused(test.words)
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
