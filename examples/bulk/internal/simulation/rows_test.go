package simulation

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/row"
)

// A simRow is a row with a credit of its own, and what must never happen to it.
type simRow struct {
	row.Row
	once       bool // the change must not be made twice
	never      bool // the change must not be made at all
	repeatable bool // the change can be sent again, under its key if there are keys
}

// submit makes the rows of the job, seeds their credits and puts the rows into the queues.
func (w *world) submit(ctx context.Context) error {
	r := randomFor(w.seed, "rows")
	w.job = queue.Job{Name: "simulated", Digest: fmt.Sprint("seed ", w.seed), Before: w.before, VendorRows: make(map[string]int64)}
	w.queues = make(map[string]*blockQueue)
	for _, name := range w.vendors {
		f := w.fakes[name]
		if err := f.open(); err != nil {
			return err
		}
		q := &blockQueue{world: w, vendor: name, maxPending: w.inFlight + 1}
		var block []row.Row
		for i := range w.rows {
			made, err := w.newRow(ctx, r, f, i)
			if err != nil {
				return err
			}
			w.made = append(w.made, made)
			if block = append(block, made.Row); len(block) == w.blockRows || i == w.rows-1 {
				q.blocks = append(q.blocks, &storedBlock{number: len(w.made), rows: block})
				block = nil
			}
		}
		w.queues[name], w.job.VendorRows[name] = q, int64(w.rows)
	}
	w.job.Rows = int64(len(w.made))
	return nil
}

// The kinds of rows. A plain row changes a text or an amount.
const (
	plainText = iota
	plainSecond
	expectsText
	expectsSecond
	expectsOther // the credit has other values
	missing      // the credit does not exist
	kinds
)

// newRow makes the i-th row of a vendor. The first rows have one kind each.
func (w *world) newRow(ctx context.Context, r *rand.Rand, f *fake, i int) (simRow, error) {
	kind := i
	if i >= kinds || w.rows > kinds {
		kind = []int{plainText, plainText, plainSecond, plainSecond, plainSecond, expectsText, expectsSecond, expectsOther, missing}[r.IntN(9)]
	}
	number := int64(len(w.made)) + 1
	made := simRow{Row: row.Row{Number: number, Line: int(number), Vendor: f.name, Ref: copyRef(f.Ref, i+1)}}
	if kind != missing {
		record := bytes.Replace(f.Record(f.Ref.ID), []byte(f.Ref.ID), []byte(made.Ref.ID), 1)
		if f.Ref.Owner != "" {
			record = bytes.Replace(record, []byte(f.Ref.Owner), []byte(made.Ref.Owner), 1)
		}
		if err := f.Seed(record); err != nil {
			return made, err
		}
	}
	was, err := f.direct.(credit.Reader).Read(ctx, f.Ref)
	if err != nil {
		return made, err
	}
	text := fmt.Sprintf("row %d of seed %d", number, w.seed)
	made.Patch = patches(f.name, text, credit.NewDecimal(1000+number))[kind%2]
	if kind == expectsText || kind == expectsSecond {
		made.Expect = expectedText(f.name, *was)
	}
	if kind == expectsOther {
		made.Expect = expectedText(f.name, credit.Record{Values: credit.Values{Name: credit.Set("other"), Note: credit.Set("other")}})
	}
	support := f.direct.Support()
	made.repeatable = support.IdempotencyKeys || support.Repeatable(made.Patch)
	made.once = support.IdempotencyKeys || !support.Repeatable(made.Patch)
	made.never = kind == expectsOther || kind == missing
	return made, nil
}

// patches returns a change of a text and another change.
func patches(vendor, text string, amount credit.Decimal) [2]credit.Patch {
	name, note := credit.Patch{Name: credit.Set(text)}, credit.Patch{Note: credit.Set(text)}
	switch vendor {
	case "knox", "nexudus":
		return [2]credit.Patch{note, {Total: credit.Set(amount)}}
	case "thoughtindustries":
		return [2]credit.Patch{name, {Balance: credit.Set(amount)}}
	case "flexprice":
		return [2]credit.Patch{name, {Metadata: credit.Set(map[string]string{"row": text})}}
	}
	return [2]credit.Patch{name, note}
}

// expectedText returns the text of a record that the rows of the vendor expect.
func expectedText(vendor string, record credit.Record) credit.Values {
	if vendor == "knox" || vendor == "nexudus" {
		return credit.Values{Note: record.Note}
	}
	return credit.Values{Name: record.Name}
}

// copyRef returns another id and, if the vendor has owners, another owner, so that no two
// rows send the same request.
func copyRef(ref credit.Ref, n int) credit.Ref {
	return credit.Ref{ID: copyID(ref.ID, n), Owner: copyID(ref.Owner, n)}
}

// copyID returns another id of the same length.
func copyID(id string, n int) string {
	if id == "" {
		return ""
	}
	if number, err := strconv.Atoi(id); err == nil {
		return strconv.Itoa(number + n)
	}
	return fmt.Sprintf("%s%04x", id[:len(id)-4], n)
}
