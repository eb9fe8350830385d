package rest

import (
	"encoding/json"
	"errors"
	"iter"
	"slices"
)

// A Page is one answer of a list.
type Page[T any] struct {
	Items  []T
	Object json.RawMessage // the page as it came, without an envelope
	Next   string          // where the list goes on; empty on the last page
	Result *Result
}

// A List is a list that comes in pages. Each walk starts at the first page and
// ends after the first error. A list that would not end, or is longer than the
// limits, ends with a [credit.ErrMalformed].
type List[T any] struct {
	// Fetch reads one page. At is the Next of the page before; it is empty for
	// the first page, whose number is 1.
	Fetch func(at string, number int) (Page[T], error)

	// ID identifies an item. An item that comes again is left out, and only the
	// last page may be without a new item. Without ID all items are kept, and
	// pages may be empty.
	ID func(*T) string
}

// The limits of one walk.
const (
	maxPages     = 10_000
	maxListBytes = 256 << 20 // of all answers together
)

var (
	errCursorRepeats = errors.New("the list's cursor repeats: the list would not end")
	errNoNewItem     = errors.New("a page of the list has no new item: the list might not end")
	errTooManyPages  = errors.New("the list has more than 10,000 pages")
	errListTooLarge  = errors.New("the list is larger than 256 MiB")
)

// Pages walks the list page by page.
func (l List[T]) Pages() iter.Seq2[Page[T], error] {
	return func(yield func(Page[T], error) bool) {
		cursors, ids := map[string]bool{}, map[string]bool{}
		size := 0
		at := ""
		for number := 1; ; number++ {
			page, err := l.Fetch(at, number)
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
			at = page.Next
		}
	}
}

// Items walks the list item by item.
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

// newItems removes the items whose id is in seen, and adds the other ids to it.
func (l List[T]) dropSeen(items []T, seen map[string]bool) []T {
	if l.ID == nil {
		return items
	}
	return slices.DeleteFunc(items, func(item T) bool {
		id := l.ID(&item)
		again := seen[id]
		seen[id] = true
		return again
	})
}

// stuck returns why the walk must not go on after a page that is not the last,
// or nil. It adds the page's cursor to the cursors.
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
