package credit_test

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestUserAgentNamesTheSDKLast(t *testing.T) {
	for app, want := range map[string]string{
		"billing/1.0":               "billing/1.0 creditkit/0.1.0",
		"billing/1.0 (ops@acme.io)": "billing/1.0 (ops@acme.io) creditkit/0.1.0",
	} {
		if got := config(t, credit.WithUserAgent(app)).UserAgent; got != want {
			t.Errorf("the header is %q, want %q", got, want)
		}
	}
	if got := config(t).UserAgent; got != "creditkit/"+credit.Version {
		t.Errorf("the header is %q without an option", got)
	}
}

func TestUserAgentThatCannotStandInAHeader(t *testing.T) {
	for _, app := range []string{"", " ", " app", "app ", "a\nb", "a\r\nX-Evil: 1", "a\x00b", "a\tb", "a\x7fb", "über/1"} {
		refused(t, "WithUserAgent", credit.WithUserAgent(app))
	}
}
