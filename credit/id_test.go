package credit_test

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestIDProblem(t *testing.T) {
	for id, want := range map[string]string{
		"":             "is empty",
		".":            "must not be . or ..",
		"..":           "must not be . or ..",
		"a\x00b":       "holds a control character",
		"a\nb":         "holds a control character",
		"a\x7f":        "holds a control character",
		"a\u0085b":     "holds a control character",
		"a\xffb":       "is not valid UTF-8",
		"...":          "",
		"a.b":          "",
		"a/b?c#d%2F..": "", // escaped as one segment
		"{id}":         "",
		" ":            "",
		"Zürich":       "",
	} {
		if got := credit.IDProblem(id); got != want {
			t.Errorf("IDProblem(%q) is %q, want %q", id, got, want)
		}
	}
}
