// Package folder manages the state folder of a job: a copy of its file, the result
// of the check, the description of the job, and, if the queue is in the process,
// the queue and the files that protect it.
package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Folder is a locked state folder. Only one process can have it.
type Folder struct {
	Dir     string
	lock    *flock.Flock
	created string // the topmost folder that Open created, or ""
}

// The files that identify a state folder.
const (
	markerFile = "creditkit-bulk-state"
	lockFile   = "lock"
)

const marker = "This folder is the state of a job of creditkit's bulk. Its files belong together; do not change or remove them.\n"

// Open creates the folder if it does not exist, and locks it. It refuses a folder
// that holds anything but the state of a job.
func Open(dir string) (*Folder, error) {
	f := &Folder{Dir: dir}
	if err := Validate(dir); err != nil {
		return nil, err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		f.created = firstMissing(dir)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("the state folder %s cannot be created: name another with -state: %w", dir, err)
		}
	}
	f.lock = flock.New(filepath.Join(dir, lockFile))
	switch ok, err := f.lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("the state folder %s cannot be used: name another with -state: %w", dir, err)
	case !ok:
		return nil, fmt.Errorf("the state folder %s is in use by another process: wait for it to end", dir)
	}
	if err := os.WriteFile(filepath.Join(dir, markerFile), []byte(marker), 0o600); err != nil {
		f.Discard()
		return nil, fmt.Errorf("the state folder %s cannot be written: name another with -state: %w", dir, err)
	}
	return f, nil
}

// Validate returns an error if the folder exists and cannot be read, or holds anything
// but the state of a job.
func Validate(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the state folder %s cannot be read: name another with -state: %w", dir, err)
	case !isState(entries):
		return fmt.Errorf("the folder %s holds other files and is not a state folder of bulk: name a new or empty folder with -state", dir)
	}
	return nil
}

// isState reports whether the entries are those of a state folder. A crash during
// its creation can leave only the lock.
func isState(entries []fs.DirEntry) bool {
	for _, e := range entries {
		if e.Name() == markerFile {
			return true
		}
	}
	return len(entries) == 0 || len(entries) == 1 && entries[0].Name() == lockFile
}

// firstMissing returns the topmost folder of the path that does not exist.
func firstMissing(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); err == nil || parent == dir {
			return dir
		}
		dir = parent
	}
}

// Close releases the folder. The end of the process releases it as well.
func (f *Folder) Close() { _ = f.lock.Close() }

// Discard unlocks the folder and removes its files, for a new job that was refused before
// anything was sent. A folder that existed before stays.
func (f *Folder) Discard() {
	for _, name := range []string{f.Marks(), f.agreement(), f.Input(), filepath.Join(f.Dir, jobFile), filepath.Join(f.Dir, jobCopyFile), filepath.Join(f.Dir, markerFile)} {
		_ = os.Remove(name)
	}
	_ = os.RemoveAll(f.Check())
	_ = os.RemoveAll(f.Queue())
	f.Close()
	_ = os.Remove(filepath.Join(f.Dir, lockFile))
	for dir := f.Dir; f.created != ""; dir = filepath.Dir(dir) {
		if err := os.Remove(dir); err != nil || dir == f.created {
			return // the error is that it holds other files
		}
	}
}

// Queue returns the path of the queue's folder.
func (f *Folder) Queue() string { return filepath.Join(f.Dir, "queue") }

// Input returns the path of the copy of the input.
func (f *Folder) Input() string { return filepath.Join(f.Dir, "input") }

// Check returns the path of the folder of the check's result.
func (f *Folder) Check() string { return filepath.Join(f.Dir, "check") }

// Marks returns the path of the marks, see package mark.
func (f *Folder) Marks() string { return filepath.Join(f.Dir, "marks") }

// Reserve returns the path of the reserve, see package reserve.
func (f *Folder) Reserve() string { return filepath.Join(f.Dir, "reserve") }

// Recovery returns the path of the entries of a new journal, while the damaged one
// is still in place.
func (f *Folder) Recovery() string { return filepath.Join(f.Dir, "recovery.jsonl") }

// Restored returns the path of the same file after the damaged journal was moved
// away: its entries must be imported.
func (f *Folder) Restored() string { return filepath.Join(f.Dir, "restored.jsonl") }

// InDoubt returns the path of the list of rows in doubt, which is for people.
func (f *Folder) InDoubt() string { return filepath.Join(f.Dir, "rows-in-doubt.txt") }

// MoveAway renames a file or folder, if it exists, so that it can be examined
// later.
func (f *Folder) MoveAway(path string) error {
	for n := 1; ; n++ {
		to := fmt.Sprintf("%s.damaged-%d", path, n)
		if _, err := os.Lstat(to); err == nil {
			continue
		}
		err := os.Rename(path, to)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
}

// Copy copies the input, so that a later change of the file does not change the
// job. It returns the file's SHA-256 in hex.
func (f *Folder) Copy(path string) (digest string, err error) {
	err = result.WriteFile(f.Input(), func(w io.Writer) error {
		digest, err = copyAndHash(w, path)
		return err
	})
	return digest, err
}

// Digest returns the SHA-256 of a file in hex.
func Digest(path string) (string, error) { return copyAndHash(io.Discard, path) }

func copyAndHash(w io.Writer, path string) (string, error) {
	in, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }() // it was only read
	hash := sha256.New()
	if _, err := io.Copy(io.MultiWriter(w, hash), in); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
