package main

import (
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/internal/patchtest"
)

// FuzzUndo writes a results file with one applied row, and reads it as undo does: each
// field gets exactly the value that it had, and is expected to be what was applied; or the
// row is refused, because a value before was not read.
func FuzzUndo(f *testing.F) {
	f.Fuzz(func(t *testing.T, id, owner string, ops, opsBefore uint32, name, note, amount string, seconds int64, nanos uint32, entryName, entryText string) {
		if credit.ValidateID(id) != nil || result.OneLine(owner) != owner {
			return
		}
		values := patchtest.Values{
			Ops: ops, Name: name, Note: note, Amount: amount, Seconds: seconds, Nanos: nanos, EntryName: entryName, EntryText: entryText,
		}
		applied := values.Patch()
		values.Ops, values.Name, values.Seconds = opsBefore, note, seconds+1
		before := values.Patch()
		in := undoInput(writeAndRead(t, result.Result{
			Row: 1, Line: 2, Vendor: "knox", ID: id, Owner: owner, Outcome: result.Applied,
			Changes: result.ChangesOf(&credit.Record{Values: credit.Values(before)}, applied),
		}))
		known := !applied.IsEmpty()
		var was credit.Patch
		for f := range applied.All() {
			known = known && !before.Op(f).IsZero()
			was.Op(f).Copy(before.Op(f))
		}
		if known != (in.Refused == "") {
			t.Fatalf("refused %q; the values before are known: %t", in.Refused, known)
		}
		if !known {
			return
		}
		if in.Vendor != "knox" || in.Ref != (credit.Ref{ID: id, Owner: owner}) {
			t.Errorf("the credit is %q, %+v", in.Vendor, in.Ref)
		}
		if difference := patchtest.Difference(in.Patch, was); difference != "" {
			t.Errorf("the undo: %s", difference)
		}
		if difference := patchtest.Difference(credit.Patch(in.Expect), applied); difference != "" {
			t.Errorf("expected: %s", difference)
		}
	})
}

// writeAndRead returns the first row of a results file that holds a result.
func writeAndRead(t *testing.T, r result.Result) result.Result {
	t.Helper()
	store, err := result.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	var file strings.Builder
	if err := store.Add(r); err != nil {
		t.Fatal(err)
	}
	if err := store.WriteCSV(&file, result.CSVOptions{About: "a run", Rows: 1}); err != nil {
		t.Fatal(err)
	}
	_, rows, err := result.ReadCSV(strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	for back, err := range rows {
		if err != nil {
			t.Fatalf("%v\n%s", err, file.String())
		}
		return back
	}
	t.Fatalf("no row in\n%s", file.String())
	return result.Result{}
}
