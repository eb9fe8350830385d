package folder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

func open(t *testing.T, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestFolderBelongsToOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	f := open(t, dir)
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second time: %v", err)
	}
	f.Close()
	open(t, dir)
}

func TestOpenRejectsForeignFolders(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "thesis.txt"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "is not a state folder") {
		t.Errorf("got %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder was changed: %v, %v", entries, err)
	}
	if _, err := Open(filepath.Join(dir, "thesis.txt")); err == nil || !strings.Contains(err.Error(), "-state") {
		t.Errorf("a file: %v", err)
	}
}

func TestOpenAcceptsEmptyAndInterruptedFolders(t *testing.T) {
	open(t, t.TempDir())
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, lockFile), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
}

func TestDiscardRemovesFolder(t *testing.T) {
	root := t.TempDir()
	for _, test := range []struct {
		name, dir string
		stays     bool
	}{{"new folder", filepath.Join(root, "a", "b"), false}, {"empty folder", t.TempDir(), true}} {
		t.Run(test.name, func(t *testing.T) {
			f := open(t, test.dir)
			input := filepath.Join(t.TempDir(), "in.csv")
			if err := os.WriteFile(input, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Copy(input); err != nil {
				t.Fatal(err)
			}
			for _, dir := range []string{f.Check(), f.Queue()} {
				if err := os.MkdirAll(filepath.Join(dir, "a"), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := errors.Join(f.SaveJob(queue.Job{Name: "j"}), f.SaveAgreement("a"), os.WriteFile(f.Marks(), nil, 0o600)); err != nil {
				t.Fatal(err)
			}
			f.Discard()
			entries, err := os.ReadDir(test.dir)
			if test.stays != (err == nil) || len(entries) > 0 {
				t.Errorf("left %v, %v", entries, err)
			}
		})
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) > 0 {
		t.Errorf("left %v, %v", entries, err)
	}
}

func TestCopyKeepsInput(t *testing.T) {
	f := open(t, t.TempDir())
	path := filepath.Join(t.TempDir(), "changes.csv")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	const digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" // of abc, in FIPS 180-2
	if got, err := f.Copy(path); got != digest || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if got, err := Digest(path); got != digest || err != nil {
		t.Errorf("got %s, %v", got, err)
	}
	if err := os.WriteFile(path, []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(f.Input()); string(text) != "abc" || err != nil {
		t.Errorf("the copy is %q, %v", text, err)
	}
	if _, err := f.Copy(path + ".no"); err == nil {
		t.Error("a missing file was copied")
	}
}

func TestJobIsRestoredFromItsCopy(t *testing.T) {
	want := queue.Job{Name: "j", Rows: 3, VendorRows: map[string]int64{"knox": 3}}
	for _, test := range []struct {
		name   string
		damage func(path string) error
	}{
		{"none", func(string) error { return nil }},
		{"removed", os.Remove},
		{"cut", func(path string) error { return os.Truncate(path, 20) }},
		{"zeroed", func(path string) error { return os.WriteFile(path, make([]byte, 200), 0o600) }},
		{"flipped", func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(text), `"rows":3`, `"rows":7`, 1)), 0o600)
		}},
	} {
		for _, file := range []string{jobFile, jobCopyFile} {
			t.Run(test.name+" "+file, func(t *testing.T) {
				f := open(t, t.TempDir())
				if _, found, err := f.Job(); found || err != nil {
					t.Fatalf("a new folder: %v, %v", found, err)
				}
				if err := f.SaveJob(want); err != nil {
					t.Fatal(err)
				}
				if err := test.damage(filepath.Join(f.Dir, file)); err != nil {
					t.Fatal(err)
				}
				for range 2 { // the second time both are there again
					got, found, err := f.Job()
					if err != nil || !found || got.Name != "j" || got.Rows != 3 || got.VendorRows["knox"] != 3 {
						t.Fatalf("got %+v, %v, %v", got, found, err)
					}
				}
				for _, name := range []string{jobFile, jobCopyFile} {
					if _, err := readJob(filepath.Join(f.Dir, name)); err != nil {
						t.Errorf("%s: %v", name, err)
					}
				}
			})
		}
	}
}

// A job that has sent rows must not begin again without its description.
func TestLostJobIsNotNew(t *testing.T) {
	f := open(t, t.TempDir())
	if err := os.Mkdir(f.Queue(), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Job(); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestClockAddsUpRuns(t *testing.T) {
	f := open(t, t.TempDir())
	first := f.StartClock()
	if first.Runs() != 1 || first.Worked() > 60e9 {
		t.Errorf("got %d runs, %v", first.Runs(), first.Worked())
	}
	first.began = first.began.Add(-90e9)
	first.Save()
	second := f.StartClock()
	if second.Runs() != 2 || second.Worked() < 90e9 || second.Now() > 60e9 {
		t.Errorf("got %d runs, %v of %v", second.Runs(), second.Now(), second.Worked())
	}
}
