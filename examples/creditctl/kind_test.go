package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestProblems(t *testing.T) {
	one, two := credit.FieldError{Field: "a", Message: "is wrong"}, credit.FieldError{Field: "b", Message: "too"}
	for _, c := range []struct {
		err  error
		want []problem
	}{
		{errors.New("x"), nil},
		{&credit.Error{Fields: []credit.FieldError{one, two}}, []problem{{"a", "is wrong"}, {"b", "too"}}},
		{&credit.InvalidError{Field: "a", Reason: "is wrong", More: []credit.FieldError{two}}, []problem{{"a", "is wrong"}, {"b", "too"}}},
		{&credit.UnsupportedError{Set: []credit.Field{"name"}, Clear: []credit.Field{"total"}}, []problem{{"name", "cannot be set"}, {"total", "cannot be cleared"}}},
		{&credit.MismatchError{Fields: []credit.FieldMismatch{{Field: "total", Want: "2", Got: ""}}}, []problem{{"total", `is "", not "2"`}}},
	} {
		if got := problemsOf(c.err); !slices.Equal(got, c.want) {
			t.Errorf("%T: %v", c.err, got)
		}
	}
}
