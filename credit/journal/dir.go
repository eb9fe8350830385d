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
	"strconv"
	"sync"
)

// Dir is a [Store] in a folder of one machine. Every event is on disk before Append
// returns: events that are appended at the same time share one sync. The events are also
// kept in memory, a kilobyte or two for each key; a journal of millions of keys
// belongs into a database, see [SQL].
type Dir struct {
	lock *os.File
	file *os.File

	mu      sync.Mutex
	index   index
	next    *batch // lines that wait for the next write
	writing bool
	idle    sync.Cond // on mu: writing became false
	err     error     // of a failed write: the state of the file is not known
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

// ErrLocked is the error of [OpenDir] for a folder that another process has open.
var ErrLocked = errors.New("journal: another process has the folder open")

// A DamageError is the error of [OpenDir] for a folder with an entry that is not as it
// was written. Nothing may be sent with it: a change that was made could look as if it
// was not. Restore the file from a copy, or ask whoever looks after the disk.
type DamageError struct {
	File   string
	Line   int // the first is 1
	Reason string
}

// Error implements error.
func (e *DamageError) Error() string {
	return fmt.Sprintf("journal: %s: line %d is damaged: %s", e.File, e.Line, e.Reason)
}

// OpenDir opens the journal in a folder, and creates both if they do not exist. One
// process can have a folder open; another one gets [ErrLocked]. An unfinished last entry,
// which a crash leaves, is removed: nothing was sent for it. Any other entry that is not
// as it was written is a [DamageError].
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
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
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
			return end, nil // what is left has no newline
		}
		if err != nil {
			return 0, fmt.Errorf("journal: %w", err)
		}
		if number == 1 {
			if string(line) != dirHeader {
				return 0, &DamageError{File: name, Line: 1, Reason: "it is not the first line of a journal that this version can read"}
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
	folder, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	defer folder.Close() //nolint:errcheck // it was only read
	if err := folder.Sync(); err != nil && !syncUnsupported(err) {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

var checksums = crc32.MakeTable(crc32.Castagnoli)

// encodeLine returns the event's line: a checksum, a space and the event.
func encodeLine(e *Event) ([]byte, error) {
	text, err := e.Encode()
	if err != nil {
		return nil, err
	}
	return append(fmt.Appendf(nil, "%08x ", crc32.Checksum(text, checksums)), append(text, '\n')...), nil
}

func decodeLine(line []byte) (Event, error) {
	sum, text, ok := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	want, err := strconv.ParseUint(string(sum), 16, 32)
	if !ok || err != nil || len(sum) != 8 || crc32.Checksum(text, checksums) != uint32(want) {
		return Event{}, errors.New("its checksum is wrong")
	}
	return Decode(text)
}

// Append implements [Store]. After a failed write, such as on a full disk, it refuses
// all events until the folder is opened again.
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
	if d.err != nil {
		defer d.mu.Unlock()
		return Prior{}, d.err
	}
	prior := d.index.add(e)
	b := d.next
	b.lines = append(b.lines, line...)
	if d.writing {
		d.mu.Unlock()
		<-b.done
		return prior, b.err
	}
	d.writing = true
	for len(d.next.lines) > 0 {
		d.writeBatch()
	}
	d.writing = false
	d.idle.Broadcast()
	d.mu.Unlock()
	return prior, b.err
}

// writeBatch writes the waiting lines. It is called with d.mu, which is free during the
// write.
func (d *Dir) writeBatch() {
	b := d.next
	d.next = newBatch()
	b.err = d.err
	if b.err == nil {
		d.mu.Unlock()
		_, err := d.file.Write(b.lines)
		if err == nil {
			err = d.file.Sync()
		}
		d.mu.Lock()
		if err != nil {
			d.err = fmt.Errorf("journal: %w; open the folder again to go on", err)
			b.err = d.err
		}
	}
	close(b.done)
}

// Events implements [Store].
func (d *Dir) Events(ctx context.Context, key string) ([]Event, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return nil, d.err
	}
	return slices.Clone(d.index.events[key]), ctx.Err()
}

// Starts implements [Store].
func (d *Dir) Starts(ctx context.Context, credit string) (Starts, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return Starts{}, d.err
	}
	return d.index.starts(credit), ctx.Err()
}

// Keys implements [Store].
func (d *Dir) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	d.mu.Lock()
	keys := d.index.list(open)
	d.mu.Unlock()
	return iterate(ctx, keys)
}

// Close waits for a write that is under way and releases the folder. Later calls of
// Append fail.
func (d *Dir) Close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.file == nil {
		return nil
	}
	for d.writing {
		d.idle.Wait()
	}
	d.err = errors.New("journal: the folder is closed")
	err := errors.Join(d.file.Close(), d.lock.Close())
	d.file = nil
	return err
}
