package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/creditkit/creditkit/credit"
)

// A usageError is a command line that is wrong. Nothing has been sent.
type usageError string

func (e usageError) Error() string { return string(e) }

// usage is nil where nothing is wrong.
func usage(wrong []string) error {
	if len(wrong) == 0 {
		return nil
	}
	return usageError(strings.Join(wrong, "; "))
}

const kindUsage = "usage"

// kindOf names the reason of an error. The outermost counts: a change that could
// not be verified is that first, whatever failed the read.
func kindOf(err error) string {
	switch {
	case holds[usageError](err):
		return kindUsage
	case holds[*credit.MismatchError](err):
		return "mismatch"
	case holds[*credit.UnverifiedError](err):
		return "unverified"
	case holds[*credit.UnsupportedError](err):
		return "unsupported"
	case holds[*credit.AmbiguousError](err):
		return "ambiguous"
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		return string(e.Kind)
	}
	switch {
	case errors.Is(err, credit.ErrMalformed):
		return string(credit.ErrMalformed)
	case errors.Is(err, credit.ErrInvalid):
		return string(credit.ErrInvalid)
	}
	return "failed"
}

func holds[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// problemsOf are the fields that an error complains about.
func problemsOf(err error) []problem {
	var all []problem
	add := func(fields []credit.FieldError) {
		for _, f := range fields {
			all = append(all, problem{f.Field, f.Message})
		}
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		add(e.Fields)
	} else if e, ok := errors.AsType[*credit.InvalidError](err); ok {
		add([]credit.FieldError{{Field: e.Field, Message: e.Reason}})
		add(e.More)
	}
	if e, ok := errors.AsType[*credit.UnsupportedError](err); ok {
		for _, f := range e.Set {
			all = append(all, problem{string(f), "cannot be set"})
		}
		for _, f := range e.Clear {
			all = append(all, problem{string(f), "cannot be cleared"})
		}
	}
	if e, ok := errors.AsType[*credit.MismatchError](err); ok {
		for _, f := range e.Fields {
			all = append(all, problem{string(f.Field), fmt.Sprintf("is %q, not %q", f.Got, f.Want)})
		}
	}
	return all
}
