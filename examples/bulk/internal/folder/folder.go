// Package folder is what a job keeps on this machine: a copy of its file, what
// the check said of it, and, where the queue is in the process, the queue.
package folder

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Folder belongs to one process at a time.
type Folder struct {
	Dir  string
	lock *flock.Flock
}

// Open takes the folder, and makes it if there is none.
func Open(dir string) (*Folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("the state folder cannot be made, name another with -state: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "lock"))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("the state folder cannot be used, name another with -state: %w", err)
	case !ok:
		return nil, fmt.Errorf("the state folder %s is in use by another process: wait for it to end", dir)
	}
	return &Folder{dir, lock}, nil
}

// Close gives the folder to others.
func (f *Folder) Close() { _ = f.lock.Close() } // an ended process gives it back as well

// Queue is the folder of the queue in this process.
func (f *Folder) Queue() string { return filepath.Join(f.Dir, "queue") }

// Input is the copy of the file.
func (f *Folder) Input() string { return filepath.Join(f.Dir, "input") }

// Check is the folder of what the check wrote down.
func (f *Folder) Check() string { return filepath.Join(f.Dir, "check") }

func (f *Folder) job() string { return filepath.Join(f.Dir, "job.json") }

// Job is the job that the folder has, if it has one.
func (f *Folder) Job() (job queue.Job, found bool, err error) {
	text, err := os.ReadFile(f.job())
	if errors.Is(err, fs.ErrNotExist) {
		return queue.Job{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &job)
	}
	if err != nil {
		return queue.Job{}, false, fmt.Errorf("the state folder's job: %w", err)
	}
	return job, true, nil
}

// Keep makes the folder that of the job, from now on.
func (f *Folder) Keep(job queue.Job) error {
	return result.WriteFile(f.job(), func(w io.Writer) error {
		return json.NewEncoder(w).Encode(job)
	})
}

// Copy keeps the file as it is now: what happens to it later does not change
// the job. It returns the SHA-256 of it in hex.
func (f *Folder) Copy(path string) (digest string, err error) {
	err = result.WriteFile(f.Input(), func(w io.Writer) error {
		digest, err = copyInto(w, path)
		return err
	})
	return digest, err
}

// Digest is the SHA-256 of a file in hex.
func Digest(path string) (string, error) { return copyInto(io.Discard, path) }

func copyInto(w io.Writer, path string) (string, error) {
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
