package folder

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// The description of the job is stored twice, because no job can continue without it.
const (
	jobFile     = "job.json"
	jobCopyFile = "job.copy.json"
)

// ErrDamaged is the error of a description that is missing or has a wrong checksum.
var ErrDamaged = errors.New("the state folder is damaged")

// A sealedJob is a job with its checksum.
type sealedJob struct {
	Job    json.RawMessage `json:"job"`
	SHA256 string          `json:"sha256"` // of the bytes of Job
}

// Job returns the job of the folder, and false if the folder is new. If one of the
// job's two files is damaged or missing, it is restored from the other.
func (f *Folder) Job() (job queue.Job, found bool, err error) {
	first, errFirst := readJob(filepath.Join(f.Dir, jobFile))
	second, errSecond := readJob(filepath.Join(f.Dir, jobCopyFile))
	switch {
	case errFirst == nil && errSecond == nil:
		return first, true, nil
	case errFirst == nil:
		return first, true, f.SaveJob(first)
	case errSecond == nil:
		return second, true, f.SaveJob(second)
	case errors.Is(errFirst, fs.ErrNotExist) && errors.Is(errSecond, fs.ErrNotExist) && !f.hasJobFiles():
		return queue.Job{}, false, nil
	}
	return queue.Job{}, false, fmt.Errorf("%w: %s and %s are missing or changed, so this program does not know what the job has sent: "+
		"compare the credits of the file with the vendor before anything is sent again, and then name a new folder with -state (%w; %w)",
		ErrDamaged, filepath.Join(f.Dir, jobFile), jobCopyFile, errFirst, errSecond)
}

// hasJobFiles reports whether the folder has files that are created only after the
// job's description.
func (f *Folder) hasJobFiles() bool {
	for _, name := range []string{f.Marks(), f.Queue()} {
		if _, err := os.Lstat(name); err == nil {
			return true
		}
	}
	return false
}

func readJob(path string) (job queue.Job, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // in the state folder
	if err != nil {
		return queue.Job{}, err
	}
	var s sealedJob
	if err := json.Unmarshal(text, &s); err != nil {
		return queue.Job{}, err
	}
	if s.SHA256 != checksum(s.Job) {
		return queue.Job{}, errors.New("the checksum is wrong")
	}
	return job, json.Unmarshal(s.Job, &job)
}

func checksum(text []byte) string {
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:])
}

// SaveJob stores the description of the job.
func (f *Folder) SaveJob(job queue.Job) error {
	text, err := json.Marshal(job)
	if err != nil {
		return err
	}
	line, err := json.Marshal(sealedJob{text, checksum(text)})
	if err != nil {
		return err
	}
	for _, name := range []string{jobCopyFile, jobFile} {
		err := result.WriteFile(filepath.Join(f.Dir, name), func(w io.Writer) error {
			_, err := io.Copy(w, bytes.NewReader(append(line, '\n')))
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
