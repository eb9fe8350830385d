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
)

// A Job is one file of changes.
type Job struct {
	Name   string           `json:"name"`
	Input  string           `json:"input"`  // the file's name, for people
	Digest string           `json:"digest"` // SHA-256 of the file, in hex
	DryRun bool             `json:"dry_run"`
	Rows   int64            `json:"rows"` // all, the bad ones too
	Bad    int64            `json:"bad"`
	Vendor map[string]int64 `json:"vendors"` // good rows of each
	Made   time.Time        `json:"made"`
}

var name = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

const meta = "creditkit-bulk"

func (j Job) rows() string                 { return "BULK_" + j.Name + "_ROWS" }
func (j Job) journal() string              { return "BULK_" + j.Name + "_JOURNAL" }
func (j Job) subject(vendor string) string { return "bulk." + j.Name + ".rows." + vendor }
func (j Job) journalSubject() string       { return "bulk." + j.Name + ".journal" }

// Good counts the rows that are sent.
func (j Job) Good() int64 { return j.Rows - j.Bad }

// Vendors are those that the job has rows for.
func (j Job) Vendors() []string { return slices.Sorted(maps.Keys(j.Vendor)) }

// Create makes the job's streams, or finds them. A job of the same name and
// another file is refused. The rows come last: they are what makes the job known
// to others.
func (q *Queue) Create(ctx context.Context, j Job) error {
	if !name.MatchString(j.Name) {
		return fmt.Errorf("%q is no name of a job: it takes 1 to 64 letters, digits, - and _", j.Name)
	}
	if err := q.create(ctx, j, jetstream.StreamConfig{Name: j.journal(), Subjects: []string{j.journalSubject()}}); err != nil {
		return fmt.Errorf("the job's journal: %w", err)
	}
	err := q.create(ctx, j, jetstream.StreamConfig{
		Name: j.rows(), Subjects: []string{j.subject("*")}, Retention: jetstream.WorkQueuePolicy,
	})
	if err != nil {
		return fmt.Errorf("the job's rows: %w", err)
	}
	return nil
}

func (q *Queue) create(ctx context.Context, j Job, config jetstream.StreamConfig) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	config.Storage, config.Metadata = jetstream.FileStorage, map[string]string{meta: string(text)}
	_, err = q.js.CreateStream(ctx, config)
	if errorCode(err) != jetstream.JSErrCodeStreamNameInUse {
		return err
	}
	stream, err := q.js.Stream(ctx, config.Name)
	if err != nil {
		return err
	}
	there, _, err := jobOf(stream.CachedInfo())
	switch {
	case err != nil:
		return err
	case there.Digest != j.Digest || there.DryRun != j.DryRun:
		return fmt.Errorf("there is a job %s already, of another file, %s: give this one another name with -job", j.Name, there.Input)
	case !maps.Equal(there.Vendor, j.Vendor):
		return fmt.Errorf("the job %s has other bad rows: it was made by another version of this program, which has to go on with it", j.Name)
	}
	return nil
}

// jobOf reads the job that a stream belongs to, if it is one's.
func jobOf(info *jetstream.StreamInfo) (j Job, ok bool, err error) {
	text, ok := info.Config.Metadata[meta]
	if !ok {
		return Job{}, false, nil
	}
	if err := json.Unmarshal([]byte(text), &j); err != nil {
		return Job{}, false, fmt.Errorf("the stream %s: %w", info.Config.Name, err)
	}
	return j, true, nil
}

// Job finds one by its name, or the only one where the name is empty.
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
		return Job{}, errors.New("there is no job on this server: submit one")
	case name == "":
		return Job{}, fmt.Errorf("there are several jobs, name one with -job: %s", strings.Join(names, ", "))
	}
	return Job{}, fmt.Errorf("there is no job %s; there are %s", name, strings.Join(names, ", "))
}

// Jobs are all jobs of the server, the oldest first.
func (q *Queue) Jobs(ctx context.Context) ([]Job, error) {
	var jobs []Job
	streams := q.js.ListStreams(ctx)
	for info := range streams.Info() {
		j, ok, err := jobOf(info)
		if err != nil {
			return nil, err
		}
		if ok && info.Config.Name == j.rows() {
			jobs = append(jobs, j)
		}
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("NATS: %w", err)
	}
	slices.SortFunc(jobs, func(a, b Job) int { return a.Made.Compare(b.Made) })
	return jobs, nil
}

// Remove takes the job from the server: its rows, and then what became of them.
// A journal that is left alone knows that nothing is to be sent again.
func (q *Queue) Remove(ctx context.Context, j Job) error {
	if err := q.js.DeleteStream(ctx, j.rows()); err != nil {
		return fmt.Errorf("the job's rows: %w", err)
	}
	if err := q.js.DeleteStream(ctx, j.journal()); err != nil {
		return fmt.Errorf("the job's journal: %w", err)
	}
	return nil
}

// Journal opens the job's journal.
func (q *Queue) Journal(ctx context.Context, j Job) (*journal.Journal, error) {
	stream, err := q.js.Stream(ctx, j.journal())
	if err != nil {
		return nil, fmt.Errorf("the job's journal: %w", err)
	}
	opened := journal.Open(q.js, stream, j.journalSubject(), j.Rows, j.DryRun)
	opened.Patience = q.patience
	return opened, nil
}

// Bucket shares windows of a vendor with all jobs of the server.
func (q *Queue) Bucket(ctx context.Context, key string, windows []limit.Window) (*limit.Bucket, error) {
	store, err := q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "BULK_LIMITS"})
	if err != nil {
		return nil, fmt.Errorf("the limits: %w", err)
	}
	bucket := limit.NewBucket(store, key, windows)
	bucket.Patience = q.patience
	return bucket, nil
}
