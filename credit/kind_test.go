package credit_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/metronome"
)

var kinds = []credit.Kind{
	credit.ErrInvalid, credit.ErrUnauthorized, credit.ErrForbidden, credit.ErrNotFound,
	credit.ErrConflict, credit.ErrRateLimited, credit.ErrUnavailable, credit.ErrMalformed,
}

func TestKindsAreDistinct(t *testing.T) {
	for i, kind := range kinds {
		err := fmt.Errorf("job 7: %w", &credit.Error{Kind: kind})
		for j, other := range kinds {
			if got, want := errors.Is(err, other), i == j; got != want {
				t.Errorf("errors.Is(an error of kind %q, %q) is %v", kind, other, got)
			}
		}
		if errors.Is(err, credit.Kind("")) {
			t.Errorf("an error of kind %q is of no kind as well", kind)
		}
	}
}

func TestKindIsError(t *testing.T) {
	want := []string{
		"invalid", "unauthorized", "forbidden", "not found",
		"conflict", "rate limited", "unavailable", "malformed",
	}
	for i, kind := range kinds {
		var err error = kind
		if err.Error() != want[i] {
			t.Errorf("the text is %q, want %q", err, want[i])
		}
		if !errors.Is(fmt.Errorf("refused: %w", err), kind) {
			t.Errorf("a wrapped %q is not found by errors.Is", kind)
		}
	}
}

// staleError is an error of another package that says by Is what it means, as
// fs.PathError and net errors do.
type staleError struct{}

func (staleError) Error() string        { return "stale" }
func (staleError) Is(target error) bool { return target == credit.ErrConflict }

func TestKindOf(t *testing.T) {
	unavailable := func(status int, cause error) error {
		return &credit.Error{Kind: credit.ErrUnavailable, Outcome: credit.Unknown, StatusCode: status, Err: cause}
	}
	for _, c := range []struct {
		name string
		err  error
		want credit.Kind
	}{
		{"nil", nil, ""},
		{"foreign error", io.ErrUnexpectedEOF, "other"},
		{"wrapped foreign error", fmt.Errorf("storing: %w", io.ErrUnexpectedEOF), "other"},

		{"Error", &credit.Error{Kind: credit.ErrNotFound}, "not found"},
		{"wrapped Error", fmt.Errorf("row 7: %w", &credit.Error{Kind: credit.ErrForbidden}), "forbidden"},
		{"Error without a kind", &credit.Error{}, "other"},

		{"no response", unavailable(0, io.ErrUnexpectedEOF), "unavailable"},
		{"no response, canceled", unavailable(0, context.Canceled), "canceled"},
		{"no response, deadline", unavailable(0, fmt.Errorf("reading: %w", context.DeadlineExceeded)), "timeout"},
		{"http.Client's timeout", unavailable(0, timeoutOfHTTPClient(t)), "timeout"},
		{"503, then canceled", unavailable(503, context.Canceled), "unavailable"},
		{"503, then deadline", unavailable(503, context.DeadlineExceeded), "unavailable"},
		{"body broke off, canceled", &credit.Error{Kind: credit.ErrMalformed, StatusCode: 200, Err: context.Canceled}, "canceled"},
		{"body broke off, deadline", &credit.Error{Kind: credit.ErrMalformed, StatusCode: 200, Err: context.DeadlineExceeded}, "timeout"},
		{"rate limited, then canceled", &credit.Error{Kind: credit.ErrRateLimited, Err: context.Canceled}, "rate limited"},

		{"bare Canceled", context.Canceled, "canceled"},
		{"bare DeadlineExceeded", context.DeadlineExceeded, "timeout"},
		{"wrapped Canceled", fmt.Errorf("waiting: %w", context.Canceled), "canceled"},
		{"wrapped DeadlineExceeded", fmt.Errorf("waiting: %w", context.DeadlineExceeded), "timeout"},

		{"bare kind", credit.ErrRateLimited, "rate limited"},
		{"wrapped kind", fmt.Errorf("key 7: %w", credit.ErrConflict), "conflict"},
		{"foreign error that is a kind", fmt.Errorf("storing: %w", staleError{}), "conflict"},
		{"errors.ErrUnsupported", fmt.Errorf("storing: %w", errors.ErrUnsupported), "unsupported"},

		{"InvalidError", &credit.InvalidError{}, "invalid"},
		{"ErrEmptyPatch", credit.ErrEmptyPatch, "invalid"},
		{"UnsupportedError", fmt.Errorf("row 7: %w", &credit.UnsupportedError{}), "unsupported"},
		{"AmbiguousError", &credit.AmbiguousError{}, "ambiguous"},
		{"MalformedReadError", &credit.MalformedReadError{}, "malformed"},
		{"MismatchError", &credit.MismatchError{}, "mismatch"},
		{"UnverifiedError", &credit.UnverifiedError{Err: unavailable(0, context.Canceled)}, "unverified"},

		{"joined, graver outcome last", errors.Join(
			&credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected}, unavailable(0, io.EOF)), "unavailable"},
		{"joined, graver outcome first", errors.Join(
			&credit.MismatchError{}, &credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected}), "mismatch"},
		{"joined, same outcome", errors.Join(
			&credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected}, &credit.Error{Kind: credit.ErrForbidden, Outcome: credit.Rejected}), "conflict"},
		{"joined with a foreign error", errors.Join(io.EOF, unavailable(0, nil)), "unavailable"},
		{"joined with a context error", errors.Join(context.Canceled, &credit.Error{Kind: credit.ErrConflict, Outcome: credit.Rejected}), "conflict"},
		{"joined foreign errors", errors.Join(io.EOF, io.ErrNoProgress), "other"},
		{"two verbs", fmt.Errorf("%w: %w", io.EOF, &credit.UnsupportedError{}), "unsupported"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := credit.KindOf(c.err); got != c.want {
				t.Errorf("KindOf(%v) = %q, want %q", c.err, got, c.want)
			}
		})
	}
}

type hanging struct{}

func (hanging) RoundTrip(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

func timeoutOfHTTPClient(t *testing.T) error {
	t.Helper()
	client := &http.Client{Transport: hanging{}, Timeout: 1}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("no timeout")
	}
	return err
}

// The kinds of calls that a context ends, or an attempt's timeout.
func TestKindOfCanceledOrTimedOutCall(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	overdue, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	for _, c := range []struct {
		name string
		ctx  context.Context
		want credit.Kind
	}{
		{"canceled before the call", canceled, "canceled"},
		{"deadline before the call", overdue, "timeout"},
		{"attempt's timeout", t.Context(), "timeout"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fake := credittest.NewMetronome(t)
			client, err := metronome.New("token", credit.WithBaseURL(fake.URL), credit.WithTransport(hanging{}),
				credit.WithAttemptTimeout(1), credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}))
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Updater().Update(c.ctx, fake.Ref, credit.Patch{Name: credit.Set("x")})
			if got := credit.KindOf(err); got != c.want {
				t.Errorf("KindOf(%v) = %q, want %q", err, got, c.want)
			}
		})
	}
}

// hiddenCause shows what it wraps by As alone, as the cause of an Error does.
type hiddenCause struct{ err error }

func (h hiddenCause) Error() string      { return "hidden" }
func (h hiddenCause) As(target any) bool { return errors.As(h.err, target) }

func TestFieldErrors(t *testing.T) {
	a, b := credit.FieldError{Field: "a", Message: "is wrong"}, credit.FieldError{Field: "b", Message: "is missing"}
	invalid := &credit.InvalidError{Field: "a", Reason: "is wrong", More: []credit.FieldError{b}}
	for _, c := range []struct {
		name string
		err  error
		want []credit.FieldError
	}{
		{"nil", nil, nil},
		{"foreign error", io.EOF, nil},
		{"kind", credit.ErrInvalid, nil},
		{"ErrEmptyPatch", credit.ErrEmptyPatch, nil},
		{"AmbiguousError", &credit.AmbiguousError{Candidates: []string{"1"}}, nil},
		{"MalformedReadError", &credit.MalformedReadError{}, nil},
		{"Error", &credit.Error{Fields: []credit.FieldError{a, b}}, []credit.FieldError{a, b}},
		{"InvalidError", invalid, []credit.FieldError{a, b}},
		{"wrapped", fmt.Errorf("row 7: %w", invalid), []credit.FieldError{a, b}},
		{"cause of an Error", &credit.Error{Err: hiddenCause{invalid}}, []credit.FieldError{a, b}},
		{"hidden foreign error", &credit.Error{Err: hiddenCause{io.EOF}}, nil},
		{"UnsupportedError", &credit.UnsupportedError{Set: []credit.Field{"name"}, Clear: []credit.Field{"total"}},
			[]credit.FieldError{{Field: "name", Message: "cannot be set"}, {Field: "total", Message: "cannot be cleared"}}},
		{"MismatchError", &credit.MismatchError{Fields: []credit.FieldMismatch{{Field: "note", Want: `"x"`, Got: ""}}},
			[]credit.FieldError{{Field: "note", Message: `is empty, not "x"`}}},
		{"long mismatch", &credit.MismatchError{Fields: []credit.FieldMismatch{{Field: "note", Want: "1", Got: strings.Repeat("x", 1000)}}},
			[]credit.FieldError{{Field: "note", Message: "is " + strings.Repeat("x", 80) + "..., not 1"}}},
		{"UnverifiedError", &credit.UnverifiedError{Err: &credit.Error{Fields: []credit.FieldError{a}}}, []credit.FieldError{a}},
		{"joined", errors.Join(&credit.Error{Fields: []credit.FieldError{b}}, invalid), []credit.FieldError{b, a, b}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := credit.FieldErrors(c.err); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFieldErrorsReturnsCopy(t *testing.T) {
	e := &credit.Error{Fields: make([]credit.FieldError, 1, 4)}
	got := append(credit.FieldErrors(e), credit.FieldError{Field: "added"})
	got[0].Field = "changed"
	if e.Fields[0].Field != "" || e.Fields[:2][1].Field != "" {
		t.Errorf("the error changed: %v", e.Fields[:2])
	}
}

func ExampleKindOf() {
	for _, err := range []error{
		&credit.Error{Kind: credit.ErrUnavailable, Err: context.Canceled},
		fmt.Errorf("order 17: %w", credit.ErrConflict),
		&credit.UnsupportedError{Vendor: "knox", Set: []credit.Field{credit.FieldName}},
		io.ErrUnexpectedEOF,
	} {
		fmt.Println(credit.KindOf(err))
	}
	// Output:
	// canceled
	// conflict
	// unsupported
	// other
}

func ExampleFieldErrors() {
	err := &credit.UnsupportedError{Vendor: "knox", Set: []credit.Field{credit.FieldName, credit.FieldPriority}}
	for _, f := range credit.FieldErrors(err) {
		fmt.Printf("%s %s\n", f.Field, f.Message)
	}
	// Output:
	// name cannot be set
	// priority cannot be set
}
