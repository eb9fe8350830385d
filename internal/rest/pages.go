package rest

import (
	"errors"
	"iter"
)

// A Page is one answer of a list, and where the next one is.
type Page[T any] struct {
	Items  []T
	Next   string // empty on the last page
	Result *Result
}

var errRepeats = errors.New("the list's cursor repeats: going on would never end")

// Pages walks a list page by page. It stops after the first error, and where a
// cursor comes back a second time.
func Pages[T any](fetch func(cursor string) (Page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		seen := map[string]bool{"": true}
		for cursor := ""; ; {
			page, err := fetch(cursor)
			if err != nil {
				yield(nil, err)
				return
			}
			for i := range page.Items {
				if !yield(&page.Items[i], nil) {
					return
				}
			}
			if page.Next == "" {
				return
			}
			if cursor = page.Next; seen[cursor] {
				yield(nil, page.Result.Unusable(errRepeats))
				return
			}
			seen[cursor] = true
		}
	}
}
