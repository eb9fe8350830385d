// Package rescue keeps answers that arrive when the journal cannot be written, for
// example because the disk is full. It writes them to the reserve, from which the
// next run imports them, to a file in another folder, and to the screen.
package rescue

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
	"github.com/creditkit/creditkit/examples/bulk/internal/reserve"
	"github.com/creditkit/creditkit/examples/bulk/internal/result"
)

// A Rescue is for one run. It is safe for concurrent use.
type Rescue struct {
	// Job is the job that the answers belong to.
	Job queue.Job
	// Reserve may be nil.
	Reserve *reserve.File
	// Dirs are the folders that are tried in turn for the rescue file.
	Dirs []string
	// Out receives a line for each answer.
	Out io.Writer

	mu           sync.Mutex
	inReserve    map[int64]bool // whether the last answer of a row is in the reserve
	file         *os.File
	failed       bool // the file could not be created in any folder
	rows         int
	notInReserve int // number of rows that are not in the reserve
}

// Spill stores an entry that the journal has not accepted yet in the reserve.
func (r *Rescue) Spill(e journal.Event) {
	if r.Reserve == nil {
		return
	}
	text, err := json.Marshal(e)
	if err == nil {
		err = r.Reserve.Add(text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inReserve == nil {
		r.inReserve = make(map[int64]bool)
	}
	r.inReserve[e.Row] = err == nil
}

// RecordLost prints an answer that could not be recorded in the journal, and writes
// it to the rescue file.
func (r *Rescue) RecordLost(e journal.Event, res result.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.rows++
	if r.rows == 1 {
		fmt.Fprintln(r.Out, "bulk: the journal cannot be written. These rows have an answer that is not recorded in it:")
	}
	line := fmt.Sprintf("  line %d: %s credit %q: %s", res.Line, res.Vendor, res.ID, res.Outcome)
	if res.RequestID != "" {
		line += fmt.Sprintf(", request id %q", res.RequestID)
	}
	if r.inReserve[e.Row] {
		line += " (kept in the state folder)"
	} else {
		r.notInReserve++
	}
	fmt.Fprintln(r.Out, line)
	r.writeEntry(e)
}

// writeEntry appends to the rescue file, which is created in the first folder where
// that succeeds.
func (r *Rescue) writeEntry(e journal.Event) {
	if r.failed {
		return
	}
	text, err := json.Marshal(e)
	if err != nil {
		return // an event always encodes
	}
	if r.file != nil {
		if appendLine(r.file, text) == nil {
			return
		}
	}
	for _, dir := range r.Dirs {
		f, err := os.CreateTemp(dir, "bulk-rescue-"+r.Job.Name+"-*.jsonl")
		if err != nil {
			continue
		}
		head, err := json.Marshal(header{r.Job.Name, r.Job.Digest})
		if err == nil {
			err = errors.Join(appendLine(f, head), appendLine(f, text))
		}
		if err == nil {
			r.file = f
			return
		}
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	r.failed = true
}

func appendLine(f *os.File, text []byte) error {
	if _, err := f.Write(append(text, '\n')); err != nil {
		return err
	}
	return f.Sync()
}

// Summary describes what happened to the answers that were not recorded, and what
// to do. It is empty if there are none.
func (r *Rescue) Summary() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == 0 {
		return ""
	}
	s := fmt.Sprintf("%d answers are not in the journal.", r.rows)
	if kept := r.rows - r.notInReserve; kept > 0 {
		s += fmt.Sprintf(" %d of them are kept in the state folder: the next run records them.", kept)
	}
	if r.file != nil {
		s += fmt.Sprintf(" All of them are in %s.", r.file.Name())
	} else {
		s += " A rescue file could not be written in any folder: keep the lines above."
	}
	if r.notInReserve > 0 && r.file != nil {
		s += fmt.Sprintf(" Without -rescued %s the next run treats %d of these rows as rows that may have been sent.", r.file.Name(), r.notInReserve)
	} else if r.notInReserve > 0 {
		s += fmt.Sprintf(" The next run treats %d of these rows as rows that may have been sent.", r.notInReserve)
	}
	return s
}

// Close closes the rescue file and keeps it.
func (r *Rescue) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.file != nil {
		_ = r.file.Close() // every line was synced
	}
}

// A header is the first line of a rescue file.
type header struct {
	Job    string `json:"rescue_of_job"`
	Digest string `json:"input_sha256"`
}

// Read returns the entries of a rescue file of the job.
func Read(path string, job queue.Job) ([][]byte, error) {
	f, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	var h header
	if !lines.Scan() || json.Unmarshal(lines.Bytes(), &h) != nil || h.Job == "" {
		return nil, fmt.Errorf("%s is not a rescue file of bulk", path)
	}
	if h.Job != job.Name || h.Digest != job.Digest {
		return nil, fmt.Errorf("%s belongs to the job %s, and this is the job %s of another file", path, h.Job, job.Name)
	}
	var entries [][]byte
	for lines.Scan() {
		var e journal.Event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil || e.Row < 1 {
			break // the last line of a process that was killed
		}
		entries = append(entries, []byte(lines.Text()))
	}
	return entries, lines.Err()
}
