package result_test

import (
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
	"github.com/creditkit/creditkit/examples/internal/patchtest"
)

// FuzzResultsFile reads any results file. What is read can be written, and is read again
// as the same.
func FuzzResultsFile(f *testing.F) {
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := readResults(strings.NewReader(file))
		if err != nil {
			return
		}
		store, err := result.OpenStore(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = store.Close() }()
		for i := range rows {
			if len(rows[i].Changes) == 0 {
				rows[i].Changes = nil // an empty array is not written
			}
			if rows[i].Row = int64(i + 1); rows[i].Outcome == result.Pending {
				rows[i] = result.Result{Row: rows[i].Row, Outcome: result.Pending}
			} else if err := store.Add(rows[i]); err != nil {
				t.Fatal(err)
			}
		}
		var again strings.Builder
		if err := store.WriteCSV(&again, result.CSVOptions{About: "a run", Rows: int64(len(rows))}); err != nil {
			t.Fatal(err)
		}
		back, err := readResults(strings.NewReader(again.String()))
		if err != nil {
			t.Fatalf("%v\n%s", err, again.String())
		}
		for i, want := range rows {
			if i < len(back) && !reflect.DeepEqual(back[i], want) {
				t.Errorf("got %+v, want %+v", back[i], want)
			}
			_, _, _ = result.PatchBefore(want.Changes)
			_, _ = result.PatchAfter(want.Changes)
		}
		if len(back) != len(rows) {
			t.Errorf("%d rows, want %d", len(back), len(rows))
		}
	})
}

// readResults returns the rows of a results file, as ReadCSV reads them.
func readResults(in io.Reader) (all []result.Result, err error) {
	_, rows, err := result.ReadCSV(in)
	if err != nil {
		return nil, err
	}
	for r, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// FuzzResult writes a result: it is read back as it was, and its changes are the patch and
// the values before.
func FuzzResult(f *testing.F) {
	f.Fuzz(func(t *testing.T, id, key, message string, ops, opsBefore uint32, name, note, amount string, seconds int64, nanos uint32, entryName, entryText string) {
		values := patchtest.Values{
			Ops: ops, Name: name, Note: note, Amount: amount, Seconds: seconds, Nanos: nanos, EntryName: entryName, EntryText: entryText,
		}
		patch := values.Patch()
		values.Ops, values.Name, values.EntryText = opsBefore, note, name
		before := values.Patch()
		if utf8.ValidString(id+key) && credit.ValidateID(id) == nil && result.OneLine(key) == key {
			checkResultFile(t, result.Result{
				Row: 2, Line: 3, Vendor: "knox", ID: id, Key: key, Outcome: result.Unknown, Error: result.OneLine(message),
				Changes: result.ChangesOf(&credit.Record{Values: credit.Values(before)}, patch),
			}, patch, before)
		}
	})
}

// checkResultFile writes a file with a result, and reads it.
func checkResultFile(t *testing.T, want result.Result, patch, before credit.Patch) {
	store, err := result.OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = store.Close() }()
	var file strings.Builder
	err = store.Add(want)
	if err == nil {
		err = store.WriteCSV(&file, result.CSVOptions{About: "a run", Rows: 2})
	}
	if err != nil {
		t.Fatal(err)
	}
	rows, err := readResults(strings.NewReader(file.String()))
	if err != nil || len(rows) != 2 || !reflect.DeepEqual(rows[1], want) {
		t.Fatalf("read %+v, %v\n%s", rows, err, file.String())
	}
	after, err := result.PatchAfter(rows[1].Changes)
	if err != nil {
		t.Fatal(err)
	}
	if difference := patchtest.Difference(after, patch); difference != "" {
		t.Error(difference)
	}
	undo, unknown, err := result.PatchBefore(rows[1].Changes)
	if err != nil {
		t.Fatal(err)
	}
	checkUndo(t, rows[1], before, patch)
	for f := range patch.All() {
		was := before.Op(f)
		if was.IsZero() != slices.Contains(unknown, f) || !was.IsZero() && (!undo.Op(f).Equal(was) || was.Amount != nil && undo.Op(f).String() != was.String()) {
			t.Errorf("%s was %s, and is put back as %s; unknown are %v", f, was, undo.Op(f), unknown)
		}
	}
}

// checkUndo checks that an undo puts back each value from before, or is refused because
// one is not known.
func checkUndo(t *testing.T, r result.Result, before, patch credit.Patch) {
	t.Helper()
	known := !patch.IsEmpty()
	var want credit.Patch
	for f := range patch.All() {
		known = known && !before.Op(f).IsZero()
		want.Op(f).Copy(before.Op(f))
	}
	undo, applied, err := result.Undo(r)
	if known != (err == nil) {
		t.Fatalf("the values before are known: %t; the undo ends with %v", known, err)
	}
	if err != nil {
		return
	}
	for _, difference := range []string{patchtest.Difference(undo, want), patchtest.Difference(applied, patch)} {
		if difference != "" {
			t.Error(difference)
		}
	}
}
