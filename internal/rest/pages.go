package rest

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
)

// A Page is one response of a list.
type Page[T any] struct {
	Items  []T
	Object json.RawMessage // the JSON of the page, without an envelope
	Next   string          // the next page's cursor; empty on the last page
	Result *Result
}

// A List is a list in pages. Each iteration starts at the first page and ends
// after the first error. A list that would not end, or exceeds the limits, ends
// with a [credit.ErrMalformed].
type List[T any] struct {
	// Fetch reads one page. Cursor is the Next of the previous page; it is empty for
	// the first page, whose number is 1.
	Fetch func(cursor string, number int) (Page[T], error)

	// ID identifies an item. Duplicates are dropped, and only the last page may have
	// no new item. If ID is nil, all items are kept, and pages may be empty.
	ID func(*T) string
}

// The limits of one iteration.
const (
	maxPages     = 10_000
	maxListBytes = 256 << 20 // of all responses together
)

var (
	errCursorRepeats = errors.New("the list's cursor repeats, so the list would not end")
	errNoNewItem     = errors.New("a page of the list has no new item, so the list might not end")
	errTooManyPages  = errors.New("the list has more than 10,000 pages")
	errListTooLarge  = errors.New("the list is larger than 256 MiB")
)

// Pages iterates over the pages of the list.
func (l List[T]) Pages() iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		cursors, ids := map[string]bool{}, map[string]bool{}
		size := 0
		cursor := ""
		for number := 1; ; number++ {
			page, err := l.Fetch(cursor, number)
			if err != nil {
				yield(Page[T]{}, err)
				return
			}
			if size += len(page.Result.Body); size > maxListBytes {
				yield(Page[T]{}, page.Result.Malformed(errListTooLarge))
				return
			}
			page.Items = l.dropSeen(page.Items, ids)
			if !yield(page, nil) || page.Next == "" {
				return
			}
			if cause := l.checkProgress(page, number, cursors); cause != nil {
				yield(Page[T]{}, page.Result.Malformed(cause))
				return
			}
			cursor = page.Next
		}
	}
}

// Items iterates over the items of the list.
func (l List[T]) Items() iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for page, err := range l.Pages() {
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				if !yield(&page.Items[i], nil) {
					return
				}
			}
		}
	}
}

// dropSeen removes the items whose id is in seen, and adds the ids of the others
// to it.
func (l List[T]) dropSeen(items []T, seen map[string]bool) []T {
	if l.ID == nil {
		return items
	}
	return slices.DeleteFunc(items, func(item T) bool {
		id := l.ID(&item)
		duplicate := seen[id]
		seen[id] = true
		return duplicate
	})
}

// checkProgress returns an error if the iteration must not continue after a page
// that is not the last. It adds the page's cursor to cursors.
func (l List[T]) checkProgress(page Page[T], number int, cursors map[string]bool) error {
	switch {
	case number == maxPages:
		return errTooManyPages
	case l.ID != nil && len(page.Items) == 0:
		return errNoNewItem
	case cursors[page.Next]:
		return errCursorRepeats
	}
	cursors[page.Next] = true
	return nil
}
