package check

import (
	"container/heap"
	"iter"
)

// mergeRuns returns the entries of sorted runs in order.
func mergeRuns(runs []iter.Seq2[entry, error]) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		var h mergeHeap
		defer func() {
			for _, head := range h {
				head.stop()
			}
		}()
		for _, run := range runs {
			next, stop := iter.Pull2(run)
			if e, err, more := next(); more {
				h = append(h, mergeHead{e, err, next, stop})
			}
		}
		heap.Init(&h)
		for len(h) > 0 {
			first := &h[0]
			if !yield(first.entry, first.err) || first.err != nil {
				return
			}
			if e, err, more := first.next(); more {
				first.entry, first.err = e, err
				heap.Fix(&h, 0)
			} else {
				heap.Pop(&h)
			}
		}
	}
}

// A mergeHead is the next entry of a run, or an error.
type mergeHead struct {
	entry entry
	err   error
	next  func() (entry, error, bool)
	stop  func()
}

// mergeHeap has the smallest entry on top. The entry of an error is zero, and so
// comes first.
type mergeHeap []mergeHead

func (h mergeHeap) Len() int           { return len(h) }
func (h mergeHeap) Less(i, j int) bool { return compareEntries(h[i].entry, h[j].entry) < 0 }
func (h mergeHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *mergeHeap) Push(x any) { *h = append(*h, x.(mergeHead)) }

// Pop implements heap.Interface.
func (h *mergeHeap) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
