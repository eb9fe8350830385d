package journal

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

func TestMayRepeat(t *testing.T) {
	keyed := credit.Support{IdempotencyKeys: true, KeyLifetime: 24 * time.Hour, Fields: map[credit.Field]credit.Ability{credit.FieldName: {NotIdempotent: true}}}
	unknown := keyed
	unknown.KeyLifetime = 0
	short := keyed
	short.KeyLifetime = 2 * time.Hour
	plain := credit.Support{Fields: map[credit.Field]credit.Ability{credit.FieldBalance: {NotIdempotent: true}}}
	name := credit.Patch{Name: credit.Set("a")}
	balance := credit.Patch{Balance: credit.Set(credit.MustParseDecimal("1"))}
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		for _, test := range []struct {
			name      string
			support   credit.Support
			patch     credit.Patch
			firstSent time.Time
			usedUp    bool
			want      bool
		}{
			{"key remembered", keyed, name, now.Add(-22 * time.Hour), false, true},
			{"key forgotten", keyed, name, now.Add(-23 * time.Hour), false, false},
			{"key remembered for a short time", short, name, now.Add(-59 * time.Minute), false, true},
			{"key forgotten after a short time", short, name, now.Add(-time.Hour), false, false},
			{"lifetime not known", unknown, name, now, false, false},
			{"time not known", keyed, name, time.Time{}, false, false},
			{"key used up", keyed, name, now, true, false},
			{"idempotent field", plain, name, time.Time{}, false, true},
			{"field that is not idempotent", plain, balance, now, false, false},
		} {
			if got := MayRepeat(test.support, test.patch, test.firstSent, test.usedUp); got != test.want {
				t.Errorf("%s: got %v", test.name, got)
			}
		}
	})
}

func TestPasses(t *testing.T) {
	for _, kind := range []credit.Kind{credit.ErrRateLimited, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrUnavailable} {
		if !passes(kind) {
			t.Errorf("%v does not pass", kind)
		}
	}
	for _, kind := range []credit.Kind{credit.ErrInvalid, credit.ErrNotFound, credit.ErrConflict, credit.KindOther} {
		if passes(kind) {
			t.Errorf("%v passes", kind)
		}
	}
}

func TestOutcomeInDoubt(t *testing.T) {
	for later, want := range map[credit.Outcome]credit.Outcome{
		credit.NotSent: credit.Unknown, credit.Rejected: credit.Unknown,
		credit.Unknown: credit.Unknown, credit.Applied: credit.Applied,
	} {
		if got := outcomeInDoubt(later); got != want {
			t.Errorf("%v: got %v", later, got)
		}
	}
}
