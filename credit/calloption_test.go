package credit_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

func TestCallOptions(t *testing.T) {
	info := credit.CallInfo{Attempts: 7}
	for _, test := range []struct {
		name string
		opts []credit.CallOption
		want credit.CallConfig
	}{
		{"none", nil, credit.CallConfig{}},
		{"a key", []credit.CallOption{credit.WithIdempotencyKey("job 7/a~!")}, credit.CallConfig{IdempotencyKey: "job 7/a~!"}},
		{"dry run", []credit.CallOption{credit.WithDryRun()}, credit.CallConfig{DryRun: true}},
		{"verify", []credit.CallOption{credit.WithVerify()}, credit.CallConfig{Verify: true}},
		{"record", []credit.CallOption{credit.WithRecord(json.RawMessage(`{"id":1.10}`))}, credit.CallConfig{Record: json.RawMessage(`{"id":1.10}`)}},
		{
			"all",
			[]credit.CallOption{credit.WithDryRun(), credit.WithVerify(), credit.WithIdempotencyKey("k")},
			credit.CallConfig{DryRun: true, Verify: true, IdempotencyKey: "k"},
		},
		{"info", []credit.CallOption{credit.WithInfo(&info)}, credit.CallConfig{Info: &info}},
		{
			"the last key counts",
			[]credit.CallOption{credit.WithIdempotencyKey("a"), credit.WithIdempotencyKey("b")},
			credit.CallConfig{IdempotencyKey: "b"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := credit.NewCallConfig("acme", test.opts...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCallOptionsRejectInvalidValues(t *testing.T) {
	for _, test := range []struct {
		name, field string
		opt         credit.CallOption
	}{
		{"nil", "options", nil},
		{"an empty key", "WithIdempotencyKey", credit.WithIdempotencyKey("")},
		{"a key of a space", "WithIdempotencyKey", credit.WithIdempotencyKey(" ")},
		{"a space before the key", "WithIdempotencyKey", credit.WithIdempotencyKey(" k")},
		{"a space behind the key", "WithIdempotencyKey", credit.WithIdempotencyKey("k ")},
		{"a line break in the key", "WithIdempotencyKey", credit.WithIdempotencyKey("k\r\nX-Evil: 1")},
		{"a tab in the key", "WithIdempotencyKey", credit.WithIdempotencyKey("a\tb")},
		{"a DEL in the key", "WithIdempotencyKey", credit.WithIdempotencyKey("a\x7f")},
		{"a key that is not ASCII", "WithIdempotencyKey", credit.WithIdempotencyKey("schlüssel")},
		{"no info", "WithInfo", credit.WithInfo(nil)},
		{"a nil record", "WithRecord", credit.WithRecord(nil)},
		{"a record without a byte", "WithRecord", credit.WithRecord(json.RawMessage{})},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := credit.NewCallConfig("acme", credit.WithVerify(), test.opt)
			invalid, ok := errors.AsType[*credit.InvalidError](err)
			if !ok || invalid.Field != test.field || invalid.Reason == "" {
				t.Errorf("the error is %v, want an InvalidError of %s", err, test.field)
			}
			if diff := cmp.Diff(credit.CallConfig{}, got); diff != "" {
				t.Errorf("a refused option leaves a configuration behind:\n%s", diff)
			}
		})
	}
}
