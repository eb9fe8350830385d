package credit_test

import (
	"context"
	"errors"
	"io"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// pairs is the sequence of a finder.
type pairs []struct {
	record *credit.Record
	err    error
}

// A finder is a driver that finds what it is given.
type finder struct {
	credit.Driver

	pairs   pairs
	queries []credit.Query
}

func (f *finder) Find(_ context.Context, q credit.Query) iter.Seq2[*credit.Record, error] {
	return func(yield func(*credit.Record, error) bool) {
		f.queries = append(f.queries, q)
		for _, p := range f.pairs {
			if !yield(p.record, p.err) {
				return
			}
		}
	}
}

// A readingFinder is a driver that reads and finds.
type readingFinder struct {
	*finder
	credit.Reader
}

func TestUpdaterIsWhatItsDriverIs(t *testing.T) {
	reads, finds := &reader{stub: &stub{}}, &finder{Driver: &stub{}}
	for _, test := range []struct {
		name         string
		driver       credit.Driver
		reads, finds bool
	}{
		{"neither", &stub{}, false, false},
		{"a reader", reads, true, false},
		{"a finder", finds, false, true},
		{"both", readingFinder{finds, reads}, true, true},
		{"no driver", nil, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			u := credit.NewUpdater(test.driver)
			_, isReader := u.(credit.Reader)
			_, isFinder := u.(credit.Finder)
			if isReader != test.reads || isFinder != test.finds {
				t.Errorf("reader %v, finder %v; want %v, %v", isReader, isFinder, test.reads, test.finds)
			}
		})
	}
}

// found collects a sequence.
func found(records iter.Seq2[*credit.Record, error]) (ids []string, errs []error) {
	for record, err := range records {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		ids = append(ids, record.ID)
	}
	return ids, errs
}

func TestFindEndsAfterItsFirstError(t *testing.T) {
	one, two := &credit.Record{ID: "1"}, &credit.Record{ID: "2"}
	for _, test := range []struct {
		name  string
		pairs pairs
		ids   []string
		is    error // nil for none
	}{
		{"no error", pairs{{one, nil}, {two, nil}}, []string{"1", "2"}, nil},
		{"an error between", pairs{{one, nil}, {nil, io.ErrUnexpectedEOF}, {two, nil}}, []string{"1"}, io.ErrUnexpectedEOF},
		{"an error with a record", pairs{{one, io.ErrUnexpectedEOF}, {two, nil}}, nil, io.ErrUnexpectedEOF},
		{"neither record nor error", pairs{{one, nil}, {nil, nil}, {two, nil}}, []string{"1"}, credit.ErrMalformed},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &finder{Driver: &stub{}, pairs: test.pairs}
			ids, errs := found(credit.NewUpdater(f).(credit.Finder).Find(t.Context(), credit.Query{Owner: "me"}))
			if diff := cmp.Diff(test.ids, ids); diff != "" {
				t.Errorf("ids (-want +got):\n%s", diff)
			}
			if (test.is != nil) != (len(errs) == 1) || !errors.Is(errors.Join(errs...), test.is) {
				t.Errorf("errors %v, want %v", errs, test.is)
			}
		})
	}
}

func TestFindStopsIfTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f := &finder{Driver: &stub{}, pairs: pairs{{&credit.Record{ID: "1"}, nil}, {&credit.Record{ID: "2"}, nil}}}
	n := 0
	for record, err := range credit.NewUpdater(f).(credit.Finder).Find(ctx, credit.Query{Owner: "me"}) {
		if n++; n == 1 {
			cancel()
			continue
		}
		if record != nil || !errors.Is(err, context.Canceled) || credit.OutcomeOf(err) != credit.NotSent {
			t.Errorf("got %v, %v", record, err)
		}
	}
	if n != 2 {
		t.Errorf("%d pairs, want a record and an error", n)
	}
}

func TestFindRefusesInvalidQueries(t *testing.T) {
	for _, test := range []struct {
		name     string
		owner    string
		findsAll bool
		want     string // "" for none
	}{
		{"an owner", "me", false, ""},
		{"no owner", "", false, "acme: invalid owner: is required to find credits; nothing was sent"},
		{"no owner, and none is needed", "", true, ""},
		{"a control character", "me\x00", true, "acme: invalid owner: holds a control character; nothing was sent"},
		{"dots", "..", false, "acme: invalid owner: must not be . or ..; nothing was sent"},
		{"no UTF-8", "\xff", false, "acme: invalid owner: is not valid UTF-8; nothing was sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &finder{Driver: &stub{support: credit.Support{FindsAll: test.findsAll}}, pairs: pairs{{&credit.Record{ID: "1"}, nil}}}
			ids, errs := found(credit.NewUpdater(f).(credit.Finder).Find(t.Context(), credit.Query{Owner: test.owner}))
			if test.want == "" {
				if len(ids) != 1 || len(errs) > 0 || f.queries[0].Owner != test.owner {
					t.Errorf("got %v, %v, with the queries %v", ids, errs, f.queries)
				}
				return
			}
			if len(ids) > 0 || len(errs) != 1 || len(f.queries) > 0 {
				t.Fatalf("got %v, %v, with the queries %v", ids, errs, f.queries)
			}
			if _, ok := errors.AsType[*credit.InvalidError](errs[0]); !ok || errs[0].Error() != test.want {
				t.Errorf("got  %v\nwant %s", errs[0], test.want)
			}
		})
	}
}
