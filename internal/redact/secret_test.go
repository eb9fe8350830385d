package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretPrintsAsRedacted(t *testing.T) {
	s := NewSecret("planted")
	if s.Reveal() != "planted" || (Secret{}).Reveal() != "" {
		t.Errorf("Reveal gives %q and, for none, %q", s.Reveal(), Secret{}.Reveal())
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		if got := fmt.Sprintf(verb, s); got != Mark {
			t.Errorf("%s prints %s", verb, got)
		}
	}
	if s.String() != Mark {
		t.Errorf("String gives %s", s.String())
	}
	for _, holder := range []any{struct{ Secret Secret }{s}, struct{ secret Secret }{s}, &struct{ secret *Secret }{&s}, []Secret{s}, map[string]any{"s": s}} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb, holder)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("m", "holder", holder, "s", s)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "holder", holder, "s", s)
		if err := json.NewEncoder(&out).Encode(holder); err != nil {
			t.Error(err)
		}
		if strings.Contains(out.String(), "planted") || strings.Contains(out.String(), fmt.Sprintf("%x", "planted")) {
			t.Errorf("a %T shows the secret: %s", holder, &out)
		}
	}
}
