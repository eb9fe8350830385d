package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// startOf returns a start of a key.
func startOf(key, claim string) Event {
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	job := Job{Key: key, Vendor: "knox", Ref: credit.Ref{ID: "c1"}, Patch: credit.Patch{Name: credit.Set("Autumn")}}
	return Event{Kind: Started, Key: key, At: at, Claim: claim, Job: &job, Target: job.Patch, Lease: at.Add(time.Minute)}
}

// openDir opens a folder that is closed when the test ends.
func openDir(t *testing.T, folder string) *Dir {
	t.Helper()
	d, err := OpenDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func appendStart(t *testing.T, d *Dir, key, claim string) {
	t.Helper()
	if _, err := d.Append(t.Context(), startOf(key, claim)); err != nil {
		t.Fatal(err)
	}
}

// claims returns the claims of a key's events.
func claims(t *testing.T, d *Dir, key string) string {
	t.Helper()
	events, err := d.Events(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range events {
		out = append(out, e.Claim)
	}
	return strings.Join(out, " ")
}

// threeStarts returns the file of a journal with three events of one key.
func threeStarts(t *testing.T) []byte {
	t.Helper()
	folder := t.TempDir()
	d := openDir(t, folder)
	for _, claim := range []string{"a", "b", "c"} {
		appendStart(t, d, "k1", claim)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return readLog(t, folder)
}

func readLog(t *testing.T, folder string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, dirFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func writeLog(t *testing.T, folder string, text []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, dirFile), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDirRemovesAnUnfinishedLastEntry(t *testing.T) {
	whole := threeStarts(t)
	folder := t.TempDir()
	for cut := range whole {
		writeLog(t, folder, whole[:cut])
		d, err := OpenDir(folder)
		if err != nil {
			t.Fatalf("cut after %d of %d bytes: %v", cut, len(whole), err)
		}
		complete := max(bytes.Count(whole[:cut], []byte("\n"))-1, 0) // without the header
		if got, want := claims(t, d, "k1"), strings.Join([]string{"a", "b", "c"}[:complete], " "); got != want {
			t.Fatalf("cut after %d bytes: events %q, want %q", cut, got, want)
		}
		if cut%50 == 0 { // what is appended then stands on a line of its own
			appendStart(t, d, "k2", "d")
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if cut%50 == 0 {
			d := openDir(t, folder)
			if got := claims(t, d, "k2"); got != "d" {
				t.Fatalf("cut after %d bytes: appended event %q", cut, got)
			}
			d.Close()
		}
	}
}

func TestDirRefusesADamagedEntry(t *testing.T) {
	whole := threeStarts(t)
	folder := t.TempDir()
	for at := range whole {
		line := bytes.Count(whole[:at], []byte("\n")) + 1
		for bit := range 8 {
			damaged := bytes.Clone(whole)
			damaged[at] ^= 1 << bit
			_, err := new(Dir).load("journal.log", bytes.NewReader(damaged))
			if damage, ok := errors.AsType[*DamageError](err); !ok || damage.Line != line {
				t.Fatalf("byte %d, bit %d: got error %v, want damage of line %d", at, bit, err, line)
			}
			if at%20 != 0 || bit != 0 {
				continue
			}
			writeLog(t, folder, damaged)
			if _, err := OpenDir(folder); err == nil {
				t.Fatalf("byte %d: the folder was opened", at)
			}
			if !bytes.Equal(readLog(t, folder), damaged) {
				t.Fatalf("byte %d: the damaged file was changed", at)
			}
		}
	}
}

func TestDirRefusesAFileThatIsNoJournal(t *testing.T) {
	for _, text := range []string{"diary", "diary\n", "creditkit journal 2\n", dirHeader + dirHeader, dirHeader + "00000000 \n", "\n"} {
		folder := t.TempDir()
		writeLog(t, folder, []byte(text))
		if _, err := OpenDir(folder); err == nil {
			t.Errorf("%q was opened", text)
		} else if _, ok := errors.AsType[*DamageError](err); !ok {
			t.Errorf("%q: got error %v, want a DamageError", text, err)
		}
		if got := readLog(t, folder); string(got) != text {
			t.Errorf("%q was changed to %q", text, got)
		}
	}
}

func TestDirCannotBeOpenedTwice(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "folder")
	d := openDir(t, folder)
	if _, err := OpenDir(folder); !errors.Is(err, ErrLocked) {
		t.Errorf("a second time: got error %v, want ErrLocked", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	openDir(t, folder)
}

// A faultyFile fails or waits where a test wants it.
type faultyFile struct {
	logFile
	write func(text []byte) (handled bool, n int, err error)
	sync  func() error
}

func (f *faultyFile) Write(text []byte) (int, error) {
	if f.write != nil {
		if handled, n, err := f.write(text); handled {
			return n, err
		}
	}
	return f.logFile.Write(text)
}

func (f *faultyFile) Sync() error {
	if f.sync != nil {
		if err := f.sync(); err != nil {
			return err
		}
	}
	return f.logFile.Sync()
}

func TestDirRefusesEverythingAfterAFailedWrite(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func(f *faultyFile)
		after  string // the events of k1 when the folder is opened again
	}{
		{"a full disk", func(f *faultyFile) {
			f.write = func(text []byte) (bool, int, error) {
				n, _ := f.logFile.Write(text[:len(text)/2])
				return true, n, errors.New("no space left on device")
			}
		}, "a"},
		{"a failed sync", func(f *faultyFile) { f.sync = func() error { return errors.New("input/output error") } }, "a b"}, // may be stored
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			d := openDir(t, folder)
			appendStart(t, d, "k1", "a")
			f := &faultyFile{logFile: d.file}
			test.damage(f)
			d.file = f
			if prior, err := d.Append(t.Context(), startOf("k1", "b")); err == nil || len(prior.Events) > 0 {
				t.Fatalf("got Prior %+v, error %v", prior, err)
			}
			f.write, f.sync = nil, nil // the disk works again, and what the file holds is not known
			_, appendErr := d.Append(t.Context(), startOf("k1", "c"))
			_, eventsErr := d.Events(t.Context(), "k1")
			_, startsErr := d.Starts(t.Context(), "c1")
			var keysErr error
			for _, keysErr = range d.Keys(t.Context(), false) {
				continue
			}
			for i, err := range []error{appendErr, eventsErr, startsErr, keysErr} {
				if err == nil || !strings.Contains(err.Error(), "open the folder again") {
					t.Errorf("call %d after the failed write: got error %v", i, err)
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			d = openDir(t, folder)
			if got := claims(t, d, "k1"); got != test.after {
				t.Errorf("opened again: events %q, want %q", got, test.after)
			}
			appendStart(t, d, "k1", "d")
		})
	}
}

// withSlowDisk runs a test with a Dir whose syncs wait for a value of the channel.
func withSlowDisk(t *testing.T, test func(t *testing.T, d *Dir, syncs chan struct{})) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		d := openDir(t, folder)
		syncs := make(chan struct{})
		d.file = &faultyFile{logFile: d.file, sync: func() error {
			<-syncs
			return nil
		}}
		test(t, d, syncs)
	})
}

func TestAppendsOfADirShareASync(t *testing.T) {
	withSlowDisk(t, func(t *testing.T, d *Dir, syncs chan struct{}) {
		const waiting = 20
		results := make(chan error, waiting+1)
		appendInBackground := func(claim string) {
			go func() {
				_, err := d.Append(t.Context(), startOf("k1", claim))
				results <- err
			}()
			synctest.Wait()
		}
		appendInBackground("first")
		for i := range waiting {
			appendInBackground(fmt.Sprint(i))
		}
		if len(results) != 0 {
			t.Fatal("an Append returned before a sync")
		}
		syncs <- struct{}{}
		synctest.Wait()
		if len(results) != 1 {
			t.Errorf("after the first sync %d Appends returned, want 1: its own", len(results))
		}
		syncs <- struct{}{}
		synctest.Wait()
		if len(results) != waiting+1 {
			t.Errorf("after the second sync %d Appends returned, want %d", len(results), waiting+1)
		}
		for range len(results) {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestCloseOfADirWaitsForAppends(t *testing.T) {
	withSlowDisk(t, func(t *testing.T, d *Dir, syncs chan struct{}) {
		ends := make(chan string, 9)
		end := func(name string, err error) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			ends <- name
		}
		for _, claim := range []string{"a", "b"} {
			go func() {
				_, err := d.Append(t.Context(), startOf("k1", claim))
				end(claim, err)
			}()
			synctest.Wait()
		}
		for range 2 {
			go func() { end("close", d.Close()) }()
			synctest.Wait()
		}
		if _, err := d.Append(t.Context(), startOf("k1", "late")); !errors.Is(err, errClosed) {
			t.Errorf("Append during Close: got error %v, want %v", err, errClosed)
		}
		if _, err := d.Events(t.Context(), "k1"); !errors.Is(err, errClosed) {
			t.Errorf("Events during Close: got error %v, want %v", err, errClosed)
		}
		got := func() string {
			var names []string
			for range len(ends) {
				names = append(names, <-ends)
			}
			slices.Sort(names)
			return strings.Join(names, " ")
		}
		if names := got(); names != "close" {
			t.Errorf("before the first sync %q ended, want the second Close, which does nothing", names)
		}
		syncs <- struct{}{}
		synctest.Wait()
		if names := got(); names != "a" {
			t.Errorf("after the first sync %q ended, want a", names)
		}
		syncs <- struct{}{}
		synctest.Wait()
		if names := got(); names != "b close" {
			t.Errorf("after the second sync %q ended, want b and close", names)
		}
	})
}
