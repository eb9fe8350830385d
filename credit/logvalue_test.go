package credit_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// logged returns what slog's two handlers write for a value.
func logged(v any) (text, jsonText string) {
	options := &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "v" {
			return slog.Attr{}
		}
		return a
	}}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, options)).Info("", "v", v)
	text = strings.TrimSuffix(b.String(), "\n")
	b.Reset()
	slog.New(slog.NewJSONHandler(&b, options)).Info("", "v", v)
	return text, strings.TrimSuffix(b.String(), "\n")
}

func TestLogValues(t *testing.T) {
	patch := credit.Patch{
		Name: credit.Set("a b"), Note: credit.Clear[string](), Total: amount("1.50"), ExpiresAt: credit.Set(day(1)),
		Metadata: credit.Set(map[string]string{"b": "2", "a": "1"}),
	}
	record := credit.Record{ID: "7", Values: credit.Values{Balance: amount("3.0")}, Raw: json.RawMessage(`"secret"`)}
	result := credit.Result{
		Vendor: "acme", ID: "7", Attempts: 1, DryRun: true, Before: &record, NotReturned: []credit.Field{credit.FieldNote, credit.FieldTotal},
		Request: &credit.Request{Method: "PUT", Path: "/credits/7?key=secret", Body: json.RawMessage(`"secret"`)},
		Raw:     json.RawMessage(`"secret"`),
	}
	for _, test := range []struct {
		name           string
		v              any
		text, jsonText string
	}{
		{"outcome", credit.NotSent, `v="not sent"`, `{"v":"not sent"}`},
		{"no outcome", credit.Outcome(0), `v=none`, `{"v":"none"}`},
		{"kind", credit.ErrRateLimited, `v="rate limited"`, `{"v":"rate limited"}`},
		{"verdict", credit.AsBefore, `v="as before"`, `{"v":"as before"}`},
		{
			"patch", patch,
			`v.name="a b" v.note=<nil> v.total=1.50 v.expires_at=2027-03-01T00:00:00Z v.metadata="map[a:1 b:2]"`,
			`{"v":{"name":"a b","note":null,"total":"1.50","expires_at":"2027-03-01T00:00:00Z","metadata":{"a":"1","b":"2"}}}`,
		},
		{"values", credit.Values{Name: credit.Set("a")}, `v.name=a`, `{"v":{"name":"a"}}`},
		{"record", record, `v.id=7 v.balance=3.0`, `{"v":{"id":"7","balance":"3.0"}}`},
		{"pointer to a record", &record, `v.id=7 v.balance=3.0`, `{"v":{"id":"7","balance":"3.0"}}`},
		{
			"result", &result,
			`v.vendor=acme v.id=7 v.attempts=1 v.dry_run=true v.before.id=7 v.before.balance=3.0 v.not_returned="note, total" v.request.method=PUT v.request.path=/credits/7`,
			`{"v":{"vendor":"acme","id":"7","attempts":1,"dry_run":true,"before":{"id":"7","balance":"3.0"},"not_returned":"note, total","request":{"method":"PUT","path":"/credits/7"}}}`,
		},
		{
			"change", updatedResult(t).Changes()[0], `v="{Field:name Before:\"a \\\"b\\\" é\\u2028 <&> 😀 \\x00\" After:\"new\"}"`,
			`{"v":{"field":"name","before":"\"a \\\"b\\\" é\\u2028 <&> 😀 \\x00\"","after":"\"new\""}}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			text, jsonText := logged(test.v)
			if text != test.text {
				t.Errorf("text handler:\n%s\nwant\n%s", text, test.text)
			}
			if jsonText != test.jsonText {
				t.Errorf("JSON handler:\n%s\nwant\n%s", jsonText, test.jsonText)
			}
		})
	}
}

// The result of an update holds the vendor's record and request, which a log must not.
func TestResultLogValueHasPatchAndNoBodies(t *testing.T) {
	text, jsonText := logged(updatedResult(t))
	for _, got := range []string{text, jsonText} {
		if strings.Contains(got, "12345678901234567890") || strings.Contains(got, "body") || strings.Contains(got, "raw") || strings.Contains(got, "%20") {
			t.Errorf("the log shows Raw, the query or the body: %s", got)
		}
	}
	if !strings.Contains(jsonText, `"patch":{"name":"new","note":null,"total":"1.50"}`) {
		t.Errorf("the log lacks the patch: %s", jsonText)
	}
}
