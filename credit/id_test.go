package credit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestValidateID(t *testing.T) {
	for id, reason := range map[string]string{
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
		var want error
		if reason != "" {
			want = &credit.InvalidError{Field: "id", Reason: reason}
		}
		if diff := cmp.Diff(want, credit.ValidateID(id)); diff != "" {
			t.Errorf("ValidateID(%q) (-want +got):\n%s", id, diff)
		}
	}
}
