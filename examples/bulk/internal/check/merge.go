package check

import (
	"container/heap"
	"iter"
)

// merge gives the entries of sorted runs in order.
func merge(runs []iter.Seq2[entry, error]) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		var h heads
		defer func() {
			for _, head := range h {
				head.stop()
			}
		}()
		for _, run := range runs {
			next, stop := iter.Pull2(run)
			if e, err, more := next(); more {
				h = append(h, head{e, err, next, stop})
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

// A head is the first entry of a run that was not given yet, or the error in its
// place.
type head struct {
	entry entry
	err   error
	next  func() (entry, error, bool)
	stop  func()
}

// heads have the smallest on top. The entry beside an error is zero, and so
// before all.
type heads []head

func (h heads) Len() int           { return len(h) }
func (h heads) Less(i, j int) bool { return compare(h[i].entry, h[j].entry) < 0 }
func (h heads) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *heads) Push(x any) { *h = append(*h, x.(head)) }

// Pop implements heap.Interface.
func (h *heads) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
