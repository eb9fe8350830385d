package folder

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

func TestAFolderBelongsToOneProcess(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "state")
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second time: %v", err)
	}
	f.Close()
	again, err := Open(dir)
	if err != nil {
		t.Fatalf("after it was closed: %v", err)
	}
	again.Close()
}

func TestAJobIsKept(t *testing.T) {
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, found, err := f.Job(); found || err != nil {
		t.Fatalf("a new folder: %v, %v", found, err)
	}
	if err := f.Keep(queue.Job{Name: "j", Rows: 3, Vendor: map[string]int64{"knox": 3}}); err != nil {
		t.Fatal(err)
	}
	if j, found, err := f.Job(); !found || err != nil || j.Name != "j" || j.Rows != 3 || j.Vendor["knox"] != 3 {
		t.Errorf("got %+v, %v, %v", j, found, err)
	}
	if err := os.WriteFile(filepath.Join(f.Dir, "job.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Job(); err == nil {
		t.Error("a broken job is none")
	}
}

func TestTheInputIsCopied(t *testing.T) {
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
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
		t.Error("a file that is not there was copied")
	}
}
