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
// another file is refused.
func (q *Queue) Create(ctx context.Context, j Job) error {
	if !name.MatchString(j.Name) {
		return fmt.Errorf("%q is no name of a job: letters, digits, - and _ are", j.Name)
	}
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	// A journal entry and a row are small, but a row may hold a megabyte of
	// metadata, and its result shows both sides of it.
	_, err = q.js.CreateStream(ctx, jetstream.StreamConfig{
		Name: j.rows(), Subjects: []string{j.subject("*")}, Retention: jetstream.WorkQueuePolicy,
		Storage: jetstream.FileStorage, Metadata: map[string]string{meta: string(text)},
	})
	if errorCode(err) == jetstream.JSErrCodeStreamNameInUse {
		var there Job
		if there, err = q.Job(ctx, j.Name); err == nil && (there.Digest != j.Digest || there.DryRun != j.DryRun) {
			return fmt.Errorf("there is a job %s already, of another file: %s", j.Name, there.Input)
		}
	}
	if err != nil {
		return fmt.Errorf("the job's rows: %w", err)
	}
	_, err = q.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: j.journal(), Subjects: []string{j.journalSubject()}, Storage: jetstream.FileStorage,
	})
	if err != nil {
		return fmt.Errorf("the job's journal: %w", err)
	}
	return nil
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
		return Job{}, errors.New("there is no job on this server")
	case name == "":
		return Job{}, fmt.Errorf("there are several jobs, name one: %s", strings.Join(names, ", "))
	}
	return Job{}, fmt.Errorf("there is no job %s; there are %s", name, strings.Join(names, ", "))
}

// Jobs are all jobs of the server, the oldest first.
func (q *Queue) Jobs(ctx context.Context) ([]Job, error) {
	var jobs []Job
	streams := q.js.ListStreams(ctx)
	for info := range streams.Info() {
		text, ok := info.Config.Metadata[meta]
		if !ok {
			continue
		}
		var j Job
		if err := json.Unmarshal([]byte(text), &j); err != nil {
			return nil, fmt.Errorf("the stream %s: %w", info.Config.Name, err)
		}
		jobs = append(jobs, j)
	}
	if err := streams.Err(); err != nil {
		return nil, fmt.Errorf("NATS: %w", err)
	}
	slices.SortFunc(jobs, func(a, b Job) int { return a.Made.Compare(b.Made) })
	return jobs, nil
}

// Remove takes the job from the server: its rows, and what became of them.
func (q *Queue) Remove(ctx context.Context, j Job) error {
	return errors.Join(q.js.DeleteStream(ctx, j.journal()), q.js.DeleteStream(ctx, j.rows()))
}

// Journal opens the job's journal.
func (q *Queue) Journal(ctx context.Context, j Job) (*journal.Journal, jetstream.Stream, error) {
	stream, err := q.js.Stream(ctx, j.journal())
	if err != nil {
		return nil, nil, fmt.Errorf("the job's journal: %w", err)
	}
	return journal.Open(q.js, stream, j.journalSubject(), j.Rows), stream, nil
}

// Bucket shares windows of a vendor with all jobs of the server.
func (q *Queue) Bucket(ctx context.Context, key string, windows []limit.Window) (*limit.Bucket, error) {
	store, err := q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "BULK_LIMITS"})
	if err != nil {
		return nil, fmt.Errorf("the limits: %w", err)
	}
	return limit.NewBucket(store, key, windows), nil
}
