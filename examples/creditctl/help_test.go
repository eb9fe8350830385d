package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

func TestHelpListsTheVariablesOfEveryVendor(t *testing.T) {
	for _, flag := range []string{"-help", "--help", "-h"} {
		r := runBinary(t, nil, flag)
		if r.code != 0 || r.stderr != "" {
			t.Errorf("%s: exit code %d\n%s", flag, r.code, r.stderr)
		}
		for _, name := range vendor.Names() {
			for _, v := range vendor.Variables(name) {
				meaning := v.Meaning + "\n"
				if v.Optional {
					meaning = v.Meaning + " (optional)\n"
				}
				if !strings.Contains(r.stdout, v.Name) || !strings.Contains(r.stdout, meaning) {
					t.Errorf("%s does not explain %s", flag, v.Name)
				}
			}
		}
	}
}

func TestHelpExplainsExitCodesGuaranteesAndJSON(t *testing.T) {
	help := runBinary(t, nil, "-help").stdout
	for _, want := range []string{
		"\n     0  done\n", "\n     1  of doctor", "\n     2  the command line is wrong", "\n     3  failed before anything", "\n     4  the vendor rejected",
		"\n     5  sent, and whether", "\n     6  made, but something", "\n     7  done, but standard output",
		"\n   Guarantees:\n", "\n   Limits:\n",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("the help does not contain %q", want)
		}
	}
	words := strings.FieldsFunc(help, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') })
	for _, object := range []any{report{}, foundCredit{}, supportList{}, vendorSupport{}, fieldSupport{}, fieldProblem{}, fieldChange{}, request{}, diagnosis{}, difference{}, assumptionSeen{}, probeResult{}} {
		for field := range reflect.TypeOf(object).Fields() {
			if name := field.Tag.Get("json"); name != "" && !slices.Contains(words, name) {
				t.Errorf("the help does not explain %s", name)
			}
		}
	}
	for _, kind := range []credit.Kind{
		credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound,
		credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
		credit.KindCanceled, credit.KindTimeout, credit.KindUnsupported, credit.KindAmbiguous,
		credit.KindMismatch, credit.KindUnverified, credit.KindOther,
	} {
		if !strings.Contains(help, `"`+string(kind)+`"`) {
			t.Errorf("the help does not name the kind %q", kind)
		}
	}
}

func TestHelpOfACommand(t *testing.T) {
	r := runBinary(t, nil, "update", "-vendor", "knox", "-help")
	if r.code != 0 || !strings.Contains(r.stdout, "--set string") || !strings.Contains(r.stdout, "creditctl -help") {
		t.Errorf("exit code %d\n%s", r.code, r.stdout)
	}
}
