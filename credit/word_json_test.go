package credit_test

import (
	"encoding/json"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestWordsInJSON(t *testing.T) {
	type words struct {
		Outcome credit.Outcome         `json:"outcome"`
		Kind    credit.Kind            `json:"kind"`
		Verdict credit.Verdict         `json:"verdict"`
		Counts  map[credit.Outcome]int `json:"counts,omitempty"`
	}
	for _, test := range []struct {
		words words
		want  string
	}{
		{words{}, `{"outcome":"none","kind":"","verdict":"none"}`},
		{words{credit.NotSent, credit.ErrNotFound, credit.AsAsked, map[credit.Outcome]int{credit.Unknown: 2}}, `{"outcome":"not sent","kind":"not found","verdict":"as asked","counts":{"unknown":2}}`},
		{words{credit.Rejected, credit.KindTimeout, credit.AsBefore, nil}, `{"outcome":"rejected","kind":"timeout","verdict":"as before"}`},
		{words{credit.Unknown, credit.KindOther, credit.Neither, nil}, `{"outcome":"unknown","kind":"other","verdict":"neither"}`},
		{words{credit.Applied, credit.ErrRateLimited, 0, nil}, `{"outcome":"applied","kind":"rate limited","verdict":"none"}`},
	} {
		text, err := json.Marshal(test.words)
		if err != nil || string(text) != test.want {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
		checkRoundTrip(t, test.words, &words{Outcome: credit.Applied, Kind: credit.ErrConflict, Verdict: credit.Neither})
	}
}

func TestWordsAreDecodedFromTheirTextOnly(t *testing.T) {
	for _, in := range []string{`1`, `0`, `null`, `true`, `"Unknown"`, `"NotSent"`, `"not_sent"`, `"not found "`, `"1"`, `{}`, `"bogus"`} {
		outcome, kind, verdict := credit.Applied, credit.ErrConflict, credit.Neither
		if err := json.Unmarshal([]byte(in), &outcome); err == nil || outcome != credit.Applied {
			t.Errorf("%s is the outcome %v, %v", in, outcome, err)
		}
		if err := json.Unmarshal([]byte(in), &kind); err == nil || kind != credit.ErrConflict {
			t.Errorf("%s is the kind %v, %v", in, kind, err)
		}
		if err := json.Unmarshal([]byte(in), &verdict); err == nil || verdict != credit.Neither {
			t.Errorf("%s is the verdict %v, %v", in, verdict, err)
		}
	}
	var outcome credit.Outcome
	if err := outcome.UnmarshalJSON([]byte(` "unknown" `)); err != nil || outcome != credit.Unknown {
		t.Errorf("with white space: %v, %v", outcome, err)
	}
	for _, in := range []string{``, `"`, `unknown`, `"unknown`} {
		if err := outcome.UnmarshalJSON([]byte(in)); err == nil {
			t.Errorf("%q is the outcome %v", in, outcome)
		}
	}
	for _, v := range []any{credit.Outcome(9), credit.Outcome(-1), credit.Verdict(9), credit.Kind("bogus")} {
		if text, err := json.Marshal(v); err == nil {
			t.Errorf("%#v is %s", v, text)
		}
	}
}

// Every kind that KindOf can return must have a text.
func TestKindsInJSON(t *testing.T) {
	for _, kind := range []credit.Kind{
		"", credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound, credit.ErrConflict, credit.ErrRateLimited,
		credit.ErrUnavailable, credit.ErrMalformed, credit.KindCanceled, credit.KindTimeout, credit.KindUnsupported, credit.KindAmbiguous,
		credit.KindMismatch, credit.KindUnverified, credit.KindOther,
	} {
		var back credit.Kind
		text, err := json.Marshal(kind)
		if err != nil {
			t.Error(err)
		}
		if err := json.Unmarshal(text, &back); err != nil || back != kind {
			t.Errorf("%s came back as %q, %v", text, back, err)
		}
	}
}

func TestFieldsInJSON(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{credit.FieldError{Field: "name", Message: "is too long"}, `{"field":"name","message":"is too long"}`},
		{credit.FieldMismatch{Field: credit.FieldName, Want: "a", Got: ""}, `{"field":"name","want":"a","got":""}`},
		{credit.FieldChange{Field: credit.FieldName, Before: "a"}, `{"field":"name","before":"a","after":""}`},
	} {
		if text, err := json.Marshal(test.v); err != nil || string(text) != test.want {
			t.Errorf("got %s, %v, want %s", text, err, test.want)
		}
	}
}
