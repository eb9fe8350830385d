package rest

import (
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
)

// pages is what List.Fetch finds at each position, and what it was called with.
type pages struct {
	pages   map[string]Page[string]
	fail    map[string]error
	fetched []string
	numbers []int
}

func (p *pages) fetch(at string, number int) (Page[string], error) {
	p.fetched, p.numbers = append(p.fetched, at), append(p.numbers, number)
	page := p.pages[at]
	if page.Result == nil {
		page.Result = &Result{Response: &Response{}}
	}
	return page, p.fail[at]
}

// walk collects items until there are limit of them.
func walk(list List[string], limit int) (items []string, errs []error) {
	for item, err := range list.Items() {
		if err != nil {
			errs = append(errs, err)
			continue // the list itself has to end
		}
		if items = append(items, *item); len(items) == limit {
			break
		}
	}
	return items, errs
}

func byID(item *string) string { return *item }

func TestListIteratesToTheLastPage(t *testing.T) {
	for name, test := range map[string]struct {
		pages          map[string]Page[string]
		id             func(*string) string
		limit          int
		items, fetched []string
	}{
		"nothing":   {map[string]Page[string]{}, nil, 99, nil, []string{""}},
		"one page":  {map[string]Page[string]{"": {Items: []string{"a", "b"}}}, nil, 99, []string{"a", "b"}, []string{""}},
		"two pages": {map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"b"}}}, byID, 99, []string{"a", "b"}, []string{"", "2"}},
		"empty pages on the way": {
			map[string]Page[string]{"": {Next: "2"}, "2": {Next: "3"}, "3": {Items: []string{"a"}, Next: "4"}, "4": {}},
			nil, 99, []string{"a"}, []string{"", "2", "3", "4"},
		},
		"left in the middle of a page": {map[string]Page[string]{"": {Items: []string{"a", "b"}, Next: "2"}}, nil, 1, []string{"a"}, []string{""}},
		"left at a page's end":         {map[string]Page[string]{"": {Items: []string{"a", "b"}, Next: "2"}}, nil, 2, []string{"a", "b"}, []string{""}},
		"an item again, without ids":   {map[string]Page[string]{"": {Items: []string{"a", "a"}, Next: "2"}, "2": {Items: []string{"a"}}}, nil, 99, []string{"a", "a", "a"}, []string{"", "2"}},
		"an item again, by its id":     {map[string]Page[string]{"": {Items: []string{"a", "a"}, Next: "2"}, "2": {Items: []string{"b", "a", "c"}}}, byID, 99, []string{"a", "b", "c"}, []string{"", "2"}},
		"a last page without new ids":  {map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"a"}}}, byID, 99, []string{"a"}, []string{"", "2"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := pages{pages: test.pages}
			items, errs := walk(List[string]{p.fetch, test.id}, test.limit)
			if diff := cmp.Diff(test.items, items); diff != "" || errs != nil {
				t.Errorf("errors %v, items (-want +got):\n%s", errs, diff)
			}
			if diff := cmp.Diff(test.fetched, p.fetched); diff != "" {
				t.Errorf("requests (-want +got):\n%s", diff)
			}
			for i, number := range p.numbers {
				if number != i+1 {
					t.Errorf("page %d was fetched as number %d", i+1, number)
				}
			}
		})
	}
}

func TestListEndsAfterAnError(t *testing.T) {
	p := pages{
		pages: map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"never"}, Next: "3"}},
		fail:  map[string]error{"2": io.ErrUnexpectedEOF},
	}
	items, errs := walk(List[string]{Fetch: p.fetch}, 99)
	if len(errs) != 1 || !errors.Is(errs[0], io.ErrUnexpectedEOF) {
		t.Errorf("the errors are %v, want the one", errs)
	}
	if diff := cmp.Diff([][]string{{"a"}, {"", "2"}}, [][]string{items, p.fetched}); diff != "" {
		t.Errorf("items and requests (-want +got):\n%s", diff)
	}
}

// read returns a success of a read.
func read(t *testing.T) *Result {
	t.Helper()
	result, err := Send(t.Context(), newClient(t, play("200 {}")), &opRead, Call{IDs: []string{"7"}, IDFields: []string{"id"}}, Whole)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// checkEnd wants a walk to have ended with cause alone.
func checkEnd(t *testing.T, errs []error, cause error) {
	t.Helper()
	if len(errs) != 1 || !errors.Is(errs[0], cause) || !errors.Is(errs[0], credit.ErrMalformed) || credit.OutcomeOf(errs[0]) != credit.NotSent {
		t.Errorf("the errors are %v, want only %v, as an ErrMalformed of a read", errs, cause)
	}
}

func TestListEndsWithoutProgress(t *testing.T) {
	result := read(t)
	for name, test := range map[string]struct {
		third          Page[string]
		id             func(*string) string
		cause          error
		items, fetched []string
	}{
		"the page itself again":  {Page[string]{Items: []string{"c"}, Next: "3"}, nil, errCursorRepeats, []string{"a", "b", "c"}, []string{"", "2", "3"}},
		"an earlier page again":  {Page[string]{Items: []string{"c"}, Next: "2"}, byID, errCursorRepeats, []string{"a", "b", "c"}, []string{"", "2", "3"}},
		"only items seen before": {Page[string]{Items: []string{"a", "b"}, Next: "4"}, byID, errNoNewItem, []string{"a", "b"}, []string{"", "2", "3"}},
		"no items and more":      {Page[string]{Next: "4"}, byID, errNoNewItem, []string{"a", "b"}, []string{"", "2", "3"}},
	} {
		t.Run(name, func(t *testing.T) {
			test.third.Result = result
			p := pages{pages: map[string]Page[string]{
				"":  {Items: []string{"a"}, Next: "2", Result: result},
				"2": {Items: []string{"b"}, Next: "3", Result: result},
				"3": test.third,
			}}
			items, errs := walk(List[string]{p.fetch, test.id}, 99)
			if diff := cmp.Diff([][]string{test.items, test.fetched}, [][]string{items, p.fetched}); diff != "" {
				t.Errorf("items and requests (-want +got):\n%s", diff)
			}
			checkEnd(t, errs, test.cause)
		})
	}
}

func TestListHasAtMostTenThousandPages(t *testing.T) {
	result := read(t)
	for _, last := range []int{10_000, 10_001} {
		fetched := 0
		items, errs := walk(List[string]{Fetch: func(_ string, number int) (Page[string], error) {
			fetched++
			page := Page[string]{Items: []string{"a"}, Result: result}
			if number < last {
				page.Next = strconv.Itoa(number)
			}
			return page, nil
		}}, 99_999)
		if len(items) != 10_000 || fetched != 10_000 {
			t.Errorf("%d items of %d pages, want 10,000 of 10,000", len(items), fetched)
		}
		if last == 10_000 && errs != nil {
			t.Errorf("10,000 pages end with %v", errs)
		}
		if last > 10_000 {
			checkEnd(t, errs, errTooManyPages)
		}
	}
}

func TestListHasAtMost256MiB(t *testing.T) {
	result := read(t)
	result.Body = make([]byte, 4<<20)
	for _, last := range []int{64, 65} {
		items, errs := walk(List[string]{Fetch: func(_ string, number int) (Page[string], error) {
			page := Page[string]{Items: []string{"a"}, Result: result}
			if number < last {
				page.Next = strconv.Itoa(number)
			}
			return page, nil
		}}, 999)
		if len(items) != 64 {
			t.Errorf("%d pages of 4 MiB, want 64", len(items))
		}
		if last == 64 && errs != nil {
			t.Errorf("256 MiB end with %v", errs)
		}
		if last > 64 {
			checkEnd(t, errs, errListTooLarge)
		}
	}
}

func TestListCanBeIteratedAgain(t *testing.T) {
	p := pages{pages: map[string]Page[string]{"": {Items: []string{"a"}, Next: "2"}, "2": {Items: []string{"b"}}}}
	list := List[string]{p.fetch, byID}
	for range 2 {
		if items, errs := walk(list, 99); len(items) != 2 || errs != nil {
			t.Errorf("items %q, errors %v, want two items", items, errs)
		}
	}
}
