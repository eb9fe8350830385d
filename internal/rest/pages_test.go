package rest

import (
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// A list is what Pages finds behind each cursor, and what was asked for.
type list struct {
	pages map[string]Page[string]
	fail  map[string]error
	asked []string
}

func (l *list) fetch(cursor string) (Page[string], error) {
	l.asked = append(l.asked, cursor)
	return l.pages[cursor], l.fail[cursor]
}

// walk collects items until there are limit of them.
func (l *list) walk(limit int) (items []string, errs []error) {
	l.asked = nil
	for item, err := range Pages(l.fetch) {
		if err != nil {
			errs = append(errs, err)
			continue // Pages itself has to stop
		}
		if items = append(items, *item); len(items) == limit {
			break
		}
	}
	return items, errs
}

func TestPagesWalksToTheLastPage(t *testing.T) {
	for name, test := range map[string]struct {
		pages        map[string]Page[string]
		limit        int
		items, asked []string
	}{
		"nothing":   {map[string]Page[string]{}, 99, nil, []string{""}},
		"one page":  {map[string]Page[string]{"": {Items: []string{"a", "b"}}}, 99, []string{"a", "b"}, []string{""}},
		"two pages": {map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"b"}}}, 99, []string{"a", "b"}, []string{"", "2"}},
		"empty pages on the way": {
			map[string]Page[string]{"": {Next: "2"}, "2": {Next: "3"}, "3": {Items: []string{"a"}, Next: "4"}, "4": {}},
			99, []string{"a"}, []string{"", "2", "3", "4"},
		},
		"left in the middle of a page": {map[string]Page[string]{"": {Items: []string{"a", "b"}, Next: "2"}}, 1, []string{"a"}, []string{""}},
		"left at a page's end":         {map[string]Page[string]{"": {Items: []string{"a", "b"}, Next: "2"}}, 2, []string{"a", "b"}, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			l := list{pages: test.pages}
			items, errs := l.walk(test.limit)
			if diff := cmp.Diff(test.items, items); diff != "" || errs != nil {
				t.Errorf("errors %v, items (-want +got):\n%s", errs, diff)
			}
			if diff := cmp.Diff(test.asked, l.asked); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPagesStopsAfterAnError(t *testing.T) {
	l := list{
		pages: map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"never"}, Next: "3"}},
		fail:  map[string]error{"2": io.ErrUnexpectedEOF},
	}
	items, errs := l.walk(99)
	if len(errs) != 1 || !errors.Is(errs[0], io.ErrUnexpectedEOF) {
		t.Errorf("the errors are %v, want the one", errs)
	}
	if diff := cmp.Diff([][]string{{"a"}, {"", "2"}}, [][]string{items, l.asked}); diff != "" {
		t.Errorf("items and requests (-want +got):\n%s", diff)
	}
}

func TestPagesStopsWhereACursorRepeats(t *testing.T) {
	result, err := Send(t.Context(), newClient(t, play("200 {}")), &opRead, Call{IDs: []string{"7"}, IDFields: []string{"id"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		again        string
		items, asked []string
	}{
		"the page itself": {"3", []string{"a", "b", "c"}, []string{"", "2", "3"}},
		"an earlier page": {"2", []string{"a", "b", "c"}, []string{"", "2", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := list{pages: map[string]Page[string]{
				"":  {Items: []string{"a"}, Next: "2", Result: result},
				"2": {Items: []string{"b"}, Next: "3", Result: result},
				"3": {Items: []string{"c"}, Next: test.again, Result: result},
			}}
			items, errs := l.walk(99)
			if diff := cmp.Diff([][]string{test.items, test.asked}, [][]string{items, l.asked}); diff != "" {
				t.Errorf("items and requests (-want +got):\n%s", diff)
			}
			if len(errs) != 1 || !errors.Is(errs[0], errRepeats) || !errors.Is(errs[0], credit.ErrMalformed) || credit.OutcomeOf(errs[0]) != credit.NotSent {
				t.Errorf("the errors are %v, want one that says so", errs)
			}
		})
	}
}

func TestPagesCanBeWalkedAgain(t *testing.T) {
	l := list{pages: map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"b"}}}}
	pages := Pages(l.fetch)
	for range 2 {
		n := 0
		for _, err := range pages {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 2 {
			t.Errorf("%d items, want 2", n)
		}
	}
}
