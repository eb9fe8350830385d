package credit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
)

const token = "s3cr3t-t0k3n"

func TestStaticTokenReturnsToken(t *testing.T) {
	source := credit.StaticToken(token)
	for range 2 {
		got, err := source.Token()
		if err != nil || got.AccessToken != token || got.Type() != "Bearer" || !got.Expiry.IsZero() {
			t.Errorf("Token gives %v, %v", got, err)
		}
	}
}

func TestStaticTokenRejectsEmptyToken(t *testing.T) {
	got, err := credit.StaticToken("").Token()
	invalid, ok := errors.AsType[*credit.InvalidError](err)
	if got != nil || !ok || invalid.Field != "token" {
		t.Errorf("Token gives %v, %v; want an InvalidError of token", got, err)
	}
}

// hidden has a field that fmt may look into but not call methods on.
type hidden struct{ source oauth2.TokenSource }

type shown struct{ Source oauth2.TokenSource }

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%T", "%20v"}

func TestStaticTokenPrintsAsRedacted(t *testing.T) {
	source := credit.StaticToken(token)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, source); got != "[redacted]" {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if got := fmt.Sprint(source); got != "[redacted]" {
		t.Errorf("Sprint prints %s", got)
	}
}

func TestStaticTokenInStructPrintsAsRedacted(t *testing.T) {
	source := credit.StaticToken(token)
	hex := fmt.Sprintf("%x", token)
	for _, v := range []any{hidden{source}, &hidden{source}, shown{source}, &shown{source}, []any{source}, map[string]any{"a": hidden{source}}} {
		for _, verb := range verbs {
			if got := fmt.Sprintf(verb, v); strings.Contains(got, token) || strings.Contains(got, hex) {
				t.Errorf("%s of a %T shows the token: %s", verb, v, got)
			}
		}
	}
}

func TestStaticTokenLogsAndEncodesAsRedacted(t *testing.T) {
	source := credit.StaticToken(token)
	var out bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		out.Reset()
		slog.New(handler).Info("made", "source", source)
		if !strings.Contains(out.String(), "[redacted]") {
			t.Errorf("%T does not redact: %s", handler, &out)
		}
		slog.New(handler).Info("made", "hidden", hidden{source}, "shown", shown{source}, "pointer", &shown{source})
		if strings.Contains(out.String(), token) {
			t.Errorf("%T shows the token: %s", handler, &out)
		}
	}
	if data, err := json.Marshal(shown{source}); err != nil || bytes.Contains(data, []byte(token)) {
		t.Errorf("encoding/json gives %s, %v", data, err)
	}
}
