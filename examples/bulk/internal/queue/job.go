package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/target"
)

// A Job is one file of changes.
type Job struct {
	Name       string           `json:"name"`
	Input      string           `json:"input"`  // the name of the file, which is shown
	Digest     string           `json:"digest"` // SHA-256 of the file, in hex
	DryRun     bool             `json:"dry_run"`
	Before     bool             `json:"before,omitempty"` // each credit is read before its change
	Rows       int64            `json:"rows"`             // including bad ones
	Bad        int64            `json:"bad"`
	VendorRows map[string]int64 `json:"vendors"` // the number of good rows of each
	Created    time.Time        `json:"made"`
	// Target is where the changes go. A job that was submitted to a server has none
	// until a worker starts it, see [Queue.Claim].
	Target target.Target `json:"target"`
	// Problems is the SHA-256 of the problems that the check found, in hex.
	Problems string `json:"problems,omitempty"`
	// Exponents reports that amounts of the file may have exponents.
	Exponents bool `json:"exponents,omitempty"`
	// Server is the address of the server that the job was submitted to. It is empty
	// if the queue is in the process.
	Server string `json:"server,omitempty"`
	// Submitted reports that the server has the job.
	Submitted bool `json:"submitted,omitempty"`
	// Layout is how the server stores the rows. Create sets it.
	Layout int `json:"layout,omitempty"`
}

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ValidateName returns an error if s cannot be the name of a job.
func ValidateName(s string) error {
	if !namePattern.MatchString(s) {
		return fmt.Errorf("%q is not a valid job name: use 1 to 64 letters, digits, - and _", s)
	}
	return nil
}

const metadataKey = "creditkit-bulk"

func (j Job) rowsStream() string               { return "BULK_" + j.Name + "_ROWS" }
func (j Job) journalStream() string            { return "BULK_" + j.Name + "_JOURNAL" }
func (j Job) rowsSubject(vendor string) string { return "bulk." + j.Name + ".rows." + vendor }
func (j Job) journalSubject() string           { return "bulk." + j.Name + ".journal" }

// GoodRows returns the number of rows that are sent.
func (j Job) GoodRows() int64 { return j.Rows - j.Bad }

// Vendors returns the names of the vendors that the job has rows for, sorted.
func (j Job) Vendors() []string { return slices.Sorted(maps.Keys(j.VendorRows)) }

// Create creates the job's streams, or finds them. It refuses a job of the same
// name and another file. The stream of rows is created last, because others find
// the job by it.
func (q *Queue) Create(ctx context.Context, j Job) error {
	if err := ValidateName(j.Name); err != nil {
		return err
	}
	if err := q.createStream(ctx, j, jetstream.StreamConfig{Name: j.journalStream(), Subjects: []string{j.journalSubject()}}); err != nil {
		return fmt.Errorf("the job's journal: %w", err)
	}
	err := q.createStream(ctx, j, jetstream.StreamConfig{
		Name: j.rowsStream(), Subjects: []string{j.rowsSubject("*")}, Retention: jetstream.WorkQueuePolicy,
	})
	if err != nil {
		return fmt.Errorf("the job's rows: %w", err)
	}
	return nil
}

func (q *Queue) createStream(ctx context.Context, j Job, config jetstream.StreamConfig) error {
	j.Layout = layout
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	config.Storage, config.Metadata = jetstream.FileStorage, map[string]string{metadataKey: string(text)}
	_, err = q.js.CreateStream(ctx, config)
	if errorCode(err) != jetstream.JSErrCodeStreamNameInUse {
		return err
	}
	stream, err := q.js.Stream(ctx, config.Name)
	if err != nil {
		return err
	}
	there, _, err := jobFromStream(stream.CachedInfo())
	switch {
	case err != nil:
		return err
	case there.Digest != j.Digest || there.DryRun != j.DryRun:
		return fmt.Errorf("the server has a job %s of another file, %s: use another name with -job", j.Name, there.Input)
	case there.Layout != layout:
		return fmt.Errorf("the job %s was made by another version of this program, which stores rows in another way and must continue it", j.Name)
	case !maps.Equal(there.VendorRows, j.VendorRows):
		return fmt.Errorf("the server's job %s has other bad rows: it was made by another version of this program, which must continue it", j.Name)
	}
	return nil
}

// jobFromStream returns the job that a stream belongs to, and false if it belongs
// to none.
func jobFromStream(info *jetstream.StreamInfo) (j Job, ok bool, err error) {
	text, ok := info.Config.Metadata[metadataKey]
	if !ok {
		return Job{}, false, nil
	}
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return Job{}, false, fmt.Errorf("the stream %s: %w", info.Config.Name, err)
	}
	return j, true, nil
}

// Job returns the job with the name, or the only job if the name is empty.
func (q *Queue) Job(ctx context.Context, name string) (Job, error) {
	jobs, err := q.Jobs(ctx)
	if err != nil {
		return Job{}, err
	}
	var names []string
	for _, j := range jobs {
		if j.Name == name || (name == "" && len(jobs) == 1) {
			return j, nil
		}
		names = append(names, j.Name)
	}
	switch {
	case len(jobs) == 0:
		return Job{}, fmt.Errorf("%w: submit one", ErrNoJob)
	case name == "":
		return Job{}, fmt.Errorf("the server has several jobs, name one with -job: %s", strings.Join(names, ", "))
	}
	return Job{}, fmt.Errorf("%w %s; it has %s", ErrNoJob, name, strings.Join(names, ", "))
}

// ErrNoJob is the error of a job that the server does not have.
var ErrNoJob = errors.New("the server has no job")

// Jobs returns all jobs of the server, the oldest first.
func (q *Queue) Jobs(ctx context.Context) ([]Job, error) {
	var jobs []Job
	streams := q.js.ListStreams(ctx)
	for info := range streams.Info() {
		j, ok, err := jobFromStream(info)
		if err != nil {
			return nil, err
		}
		if ok && info.Config.Name == j.rowsStream() {
			jobs = append(jobs, j)
		}
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("NATS: %w", err)
	}
	slices.SortFunc(jobs, func(a, b Job) int { return a.Created.Compare(b.Created) })
	return jobs, nil
}

// Remove removes the job from the server: its rows first, and then its journal. A
// journal that remains after a crash shows that nothing is to be sent again.
func (q *Queue) Remove(ctx context.Context, j Job) error {
	if err := q.js.DeleteStream(ctx, j.rowsStream()); err != nil {
		return fmt.Errorf("the job's rows: %w", err)
	}
	if err := q.js.DeleteStream(ctx, j.journalStream()); err != nil {
		return fmt.Errorf("the job's journal: %w", err)
	}
	return q.forgetTarget(ctx, j)
}

// Journal opens the job's journal.
func (q *Queue) Journal(ctx context.Context, j Job) (*journal.Journal, error) {
	stream, err := q.js.Stream(ctx, j.journalStream())
	if err != nil {
		return nil, fmt.Errorf("the job's journal: %w", err)
	}
	opened := journal.Open(journal.NewStream(q.js, stream, j.journalSubject()), j.Rows, j.DryRun)
	opened.Patience = q.patience
	if q.server != nil {
		opened.StorageFailed = q.storageFailed
	}
	return opened, nil
}

// JournalLog returns the log of the job's journal, or nil if the server does not have it.
func (q *Queue) JournalLog(ctx context.Context, j Job) (journal.Log, error) {
	stream, err := q.js.Stream(ctx, j.journalStream())
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return journal.NewStream(q.js, stream, j.journalSubject()), nil
}

// Claim makes t the target of the job on the server, or compares it with the target
// that earlier workers have claimed. It returns the job with its target.
func (q *Queue) Claim(ctx context.Context, j Job, t target.Target) (Job, error) {
	store, err := q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: targetsBucket})
	if err != nil {
		return Job{}, fmt.Errorf("the targets of jobs: %w", err)
	}
	text, err := json.Marshal(t)
	if err != nil {
		return Job{}, err
	}
	_, err = store.Create(ctx, j.Name, text)
	if err == nil {
		j.Target = t
		return j, nil
	}
	if !errors.Is(err, jetstream.ErrKeyExists) {
		return Job{}, fmt.Errorf("the target of the job %s: %w", j.Name, err)
	}
	if j, err = q.Claimed(ctx, j); err != nil {
		return Job{}, err
	}
	if err := j.Target.Check(t); err != nil {
		return Job{}, fmt.Errorf("the job %s cannot be continued here: %w", j.Name, err)
	}
	return j, nil
}

// Claimed returns the job with the target that workers have claimed, if any.
func (q *Queue) Claimed(ctx context.Context, j Job) (Job, error) {
	store, err := q.js.KeyValue(ctx, targetsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return j, nil
	}
	if err != nil {
		return Job{}, fmt.Errorf("the targets of jobs: %w", err)
	}
	entry, err := store.Get(ctx, j.Name)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return j, nil
	}
	if err == nil {
		j.Target = target.Target{}
		err = json.Unmarshal(entry.Value(), &j.Target)
	}
	if err != nil {
		return Job{}, fmt.Errorf("the target of the job %s: %w", j.Name, err)
	}
	return j, nil
}

const targetsBucket = "BULK_TARGETS"

func (q *Queue) forgetTarget(ctx context.Context, j Job) error {
	store, err := q.js.KeyValue(ctx, targetsBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		return nil
	}
	if err == nil {
		err = store.Purge(ctx, j.Name)
	}
	if err != nil {
		return fmt.Errorf("the target of the job %s: %w", j.Name, err)
	}
	return nil
}

// Bucket returns a rate limiter that all jobs of the server share.
func (q *Queue) Bucket(ctx context.Context, key string, windows []limit.Window) (*limit.Bucket, error) {
	store, err := q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "BULK_LIMITS"})
	if err != nil {
		return nil, fmt.Errorf("the limits: %w", err)
	}
	bucket := limit.NewBucket(store, key, windows)
	bucket.Patience = q.patience
	return bucket, nil
}
