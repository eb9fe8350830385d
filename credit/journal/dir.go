package journal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Dir is a [Store] in a folder of one machine. Every event is on disk before Append
// returns: events that are appended at the same time share one sync. The events are also
// kept in memory, a few kilobytes for each key; a journal of millions of keys
// belongs into a database, see [SQL]. The zero Dir is closed.
type Dir struct {
	lock *os.File
	file logFile

	mu      sync.Mutex
	index   index
	next    *batch    // lines that wait for the next write
	writing bool      // writeBatches runs
	idle    sync.Cond // on mu: writing became false
	err     error     // of a failed write: the state of the file is not known
	closed  bool
}

// A logFile is the file of the events. Tests have one that fails.
type logFile interface {
	io.WriteCloser
	Sync() error
}

// A batch is a number of events that are written together.
type batch struct {
	lines []byte
	done  chan struct{} // closed when err is set
	err   error
}

const (
	dirHeader   = "creditkit journal 1\n"
	dirFile     = "journal.log"
	dirLockFile = "lock"
)

// ErrLocked is the error of [OpenDir] for a folder that is open already, in this process
// or in another one.
var ErrLocked = errors.New("journal: the folder is open already")

var errClosed = errors.New("journal: the folder is closed")

// A DamageError is the error of [OpenDir] for a folder with an entry that is not as it
// was written. Nothing may be sent with it: a change that was made could look as if it
// was not. Restore a backup that is newer than the last change, or compare the credits of
// the journal's keys with the vendor's by hand.
type DamageError struct {
	File   string
	Line   int // the first is 1
	Reason string
}

// Error implements error.
func (e *DamageError) Error() string {
	return fmt.Sprintf("journal: %s: line %d is damaged: %s", e.File, e.Line, e.Reason)
}

// OpenDir opens the journal in a folder, and creates both if they do not exist. A folder
// can be open once; later calls get [ErrLocked]. An unfinished last entry, which a crash
// leaves, is removed: its Append has not returned, so that nothing relies on it. Any other
// entry that is not as it was written is a [DamageError], and the file stays as it is.
//
// The folder must be on a disk of the machine. Network file systems may ignore the lock.
// On systems without the lock, such as Plan 9, the error is [errors.ErrUnsupported].
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	lock, err := lockFile(filepath.Join(path, dirLockFile))
	if err != nil {
		return nil, err
	}
	d := &Dir{lock: lock, next: newBatch()}
	d.idle.L = &d.mu
	if err := d.open(path); err != nil {
		_ = lock.Close()
		return nil, err
	}
	return d, nil
}

func newBatch() *batch { return &batch{done: make(chan struct{})} }

func (d *Dir) open(path string) error {
	name := filepath.Join(path, dirFile)
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the caller names the folder
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	end, err := d.load(name, file)
	if err == nil {
		err = prepareEnd(file, end)
	}
	if err == nil {
		err = syncFolder(path)
	}
	if err != nil {
		_ = file.Close()
		return err
	}
	d.file = file
	return nil
}

// load reads the events of the file, and returns the offset of its unfinished end.
func (d *Dir) load(name string, file io.Reader) (end int64, err error) {
	lines := bufio.NewReader(file)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if reason := checkUnfinished(number, line); reason != "" {
				return 0, &DamageError{File: name, Line: number, Reason: reason}
			}
			return end, nil
		}
		if err != nil {
			return 0, fmt.Errorf("journal: %w", err)
		}
		if number == 1 {
			if string(line) != dirHeader {
				return 0, &DamageError{File: name, Line: 1, Reason: errNotJournal}
			}
		} else {
			e, err := decodeLine(line)
			if err != nil {
				return 0, &DamageError{File: name, Line: number, Reason: err.Error()}
			}
			d.index.add(e)
		}
		end += int64(len(line))
	}
}

const errNotJournal = "it is not the first line of a journal that this version can read"

// checkUnfinished returns why the end of a file, which has no newline, is not an entry
// that a crash left.
func checkUnfinished(number int, text []byte) (reason string) {
	if number == 1 {
		if !strings.HasPrefix(dirHeader, string(text)) {
			return errNotJournal
		}
		return ""
	}
	if len(text) > 0 {
		// A whole entry and one more byte: the entry was stored, and its newline changed.
		if _, err := decodeLine(text[:len(text)-1]); err == nil {
			return "its newline is missing"
		}
	}
	return ""
}

// prepareEnd removes what is after end, and writes the header of an empty file.
func prepareEnd(file *os.File, end int64) error {
	err := file.Truncate(end)
	if err == nil {
		_, err = file.Seek(end, io.SeekStart)
	}
	if err == nil && end == 0 {
		_, err = file.WriteString(dirHeader)
	}
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// syncFolder makes the names of the files durable.
func syncFolder(path string) error {
	folder, err := os.Open(path) //nolint:gosec // the caller names the folder
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer folder.Close() //nolint:errcheck // it was only read
	if err := folder.Sync(); err != nil && !syncUnsupported(err) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(text []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(text, castagnoli)) }

// encodeLine returns the event's line: a checksum, a space and the event.
func encodeLine(e *Event) ([]byte, error) {
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "%s %s\n", checksum(text), text), nil
}

func decodeLine(line []byte) (Event, error) {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	if !ok || string(sum) != checksum(text) {
		return Event{}, errors.New("its checksum is wrong")
	}
	return Decode(text)
}

// Append implements [Store]. After a failed write, such as on a full disk, the Dir
// refuses everything until the folder is opened again.
func (d *Dir) Append(ctx context.Context, e Event) (Prior, error) {
	if err := ctx.Err(); err != nil {
		return Prior{}, err
	}
	line, err := encodeLine(&e)
	if err != nil {
		return Prior{}, err
	}
	if e, err = decodeLine(line); err != nil { // a copy that the caller does not change
		return Prior{}, err
	}
	d.mu.Lock()
	if err := d.usable(); err != nil {
		d.mu.Unlock()
		return Prior{}, err
	}
	prior := d.index.add(e)
	b := d.next
	b.lines = append(b.lines, line...)
	if !d.writing {
		d.writing = true
		go d.writeBatches()
	}
	d.mu.Unlock()
	// The event cannot be taken back, so that the end of ctx does not matter now.
	<-b.done
	if b.err != nil {
		return Prior{}, b.err
	}
	return prior, nil
}

// usable returns an error for a Dir that was closed, or that could not write. It is
// called with d.mu.
func (d *Dir) usable() error {
	if d.closed || d.file == nil { // file is nil in the zero Dir
		return errClosed
	}
	return d.err
}

// writeBatches writes lines until none are waiting. It has a goroutine of its own: an
// Append that wrote the lines of later ones would return late.
func (d *Dir) writeBatches() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.next.lines) > 0 {
		b := d.next
		d.next = newBatch()
		if d.err == nil {
			d.mu.Unlock()
			_, err := d.file.Write(b.lines)
			if err == nil {
				err = d.file.Sync()
			}
			d.mu.Lock()
			if err != nil {
				d.err = fmt.Errorf("journal: %w; open the folder again to go on", err)
			}
		}
		b.err = d.err
		close(b.done)
	}
	d.writing = false
	d.idle.Broadcast()
}

// Events implements [Store].
func (d *Dir) Events(ctx context.Context, key string) ([]Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(); err != nil {
		return nil, err
	}
	return slices.Clone(d.index.events[key]), ctx.Err()
}

// Starts implements [Store].
func (d *Dir) Starts(ctx context.Context, credit string) (Starts, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(); err != nil {
		return Starts{}, err
	}
	return d.index.starts(credit), ctx.Err()
}

// Keys implements [Store]. It returns the keys of the moment at which it is called.
func (d *Dir) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.usable(); err != nil {
		return failedKeys(err)
	}
	return iterate(ctx, d.index.list(open))
}

// Close waits for the Appends that are under way and releases the folder. Later calls of
// other methods fail; a second Close does nothing.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed || d.file == nil {
		return nil
	}
	d.closed = true
	for d.writing {
		d.idle.Wait()
	}
	return errors.Join(d.file.Close(), d.lock.Close())
}
