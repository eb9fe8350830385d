package openapi_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/creditkit/creditkit/openapi"
)

func TestEveryOperationHasCreditWrite(t *testing.T) {
	eachVendor(t, func(t *testing.T, _ string, doc *openapi3.T) {
		if err := openapi.CheckCreditWrites(doc); err != nil {
			t.Error(err)
		}
	})
}

// Each fault in x-credit-write makes one error, which names the operation and the
// rule.
func TestCheckCreditWritesNamesOperationAndRule(t *testing.T) {
	set := func(key string, value any) func(op *openapi3.Operation) {
		return func(op *openapi3.Operation) { op.Extensions["x-credit-write"].(map[string]any)[key] = value }
	}
	for _, test := range []struct {
		name   string
		change func(op *openapi3.Operation)
		want   string
	}{
		{"no extension", func(op *openapi3.Operation) { delete(op.Extensions, "x-credit-write") },
			"x-credit-write is missing: it must have mode (read, replace, merge or edit), " +
				"repeat (safe, keyed or unsafe), conflict (throttle, version, state or unknown)"},
		{"not an object", func(op *openapi3.Operation) { op.Extensions["x-credit-write"] = "merge" },
			"x-credit-write is merge: it must have mode (read, replace, merge or edit), " +
				"repeat (safe, keyed or unsafe), conflict (throttle, version, state or unknown)"},
		{"no mode", func(op *openapi3.Operation) { delete(op.Extensions["x-credit-write"].(map[string]any), "mode") },
			"x-credit-write.mode is missing: must be read, replace, merge or edit"},
		{"unknown key", set("retry", "yes"),
			"x-credit-write.retry is an unknown key: the keys are mode, repeat, conflict and, optionally, resend"},
		{"wrong value", set("repeat", "always"), "x-credit-write.repeat is always: must be safe, keyed or unsafe"},
		{"value that is not a text", set("conflict", true),
			"x-credit-write.conflict is true: must be throttle, version, state or unknown"},
		{"resend of a success", set("resend", []any{float64(200)}),
			"x-credit-write.resend is [200]: must be a list of statuses from 400 to 599, such as [500]"},
		{"keyed without the header", set("repeat", "keyed"),
			"x-credit-write.repeat is keyed: the operation must have the header parameter Idempotency-Key"},
		{"read that is unsafe", func(op *openapi3.Operation) { set("mode", "read")(op); set("repeat", "unsafe")(op) },
			"x-credit-write.repeat is unsafe: must be safe where mode is read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			op := &openapi3.Operation{OperationID: "updateCreditGrant", Extensions: map[string]any{
				"x-credit-write": map[string]any{"mode": "merge", "repeat": "safe", "conflict": "version"},
			}}
			doc := &openapi3.T{Paths: openapi3.NewPaths(openapi3.WithPath("/creditgrants/{id}", &openapi3.PathItem{Put: op}))}
			if err := openapi.CheckCreditWrites(doc); err != nil {
				t.Fatal(err)
			}
			test.change(op)
			want := "operation updateCreditGrant (PUT /creditgrants/{id}): " + test.want
			if err := openapi.CheckCreditWrites(doc); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}
