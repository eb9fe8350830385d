package credit_test

import (
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestOptIsOneOfThree(t *testing.T) {
	type state struct {
		value           string
		ok, clear, zero bool
	}
	for name, test := range map[string]struct {
		opt  credit.Opt[string]
		want state
	}{
		"left alone":           {credit.Opt[string]{}, state{zero: true}},
		"set":                  {credit.Set("gold"), state{value: "gold", ok: true}},
		"set to an empty text": {credit.Set(""), state{ok: true}},
		"cleared":              {credit.Clear[string](), state{clear: true}},
	} {
		t.Run(name, func(t *testing.T) {
			value, ok := test.opt.Get()
			if got := (state{value, ok, test.opt.IsClear(), test.opt.IsZero()}); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
