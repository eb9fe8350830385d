package reading

import (
	"cmp"
	"context"
	"iter"
	"sync"
)

// maxAhead is the number of rows that are read before an earlier one has ended.
const maxAhead = 256

// InOrder calls read for each row, several at once, and passes what it returns to emit in
// the order of the rows. It ends with the first error of rows, read or emit, or with ctx.
func InOrder[Row, Found any](ctx context.Context, rows iter.Seq2[Row, error], read func(context.Context, Row) (Found, error), emit func(Row, Found) error) error {
	ctx, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	type answer struct {
		row   Row
		found Found
		err   error
	}
	queue := make(chan chan answer, maxAhead)
	var failed error
	group.Go(func() {
		defer close(queue)
		for row, err := range rows {
			if err != nil {
				failed = err // read after the queue is closed
				return
			}
			next := make(chan answer, 1)
			select {
			case queue <- next:
			case <-ctx.Done():
				return
			}
			group.Go(func() {
				found, err := read(ctx, row)
				next <- answer{row, found, err}
			})
		}
	})
	for next := range queue {
		a := <-next
		if a.err == nil {
			a.err = emit(a.row, a.found)
		}
		if a.err != nil {
			return a.err
		}
	}
	return cmp.Or(failed, ctx.Err())
}
