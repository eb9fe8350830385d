package folder

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// A Clock measures the working time of a job, over all runs. The times are only
// shown to people, so an unreadable file counts as a new one.
type Clock struct {
	path   string
	before clockRecord
	began  time.Time
}

type clockRecord struct {
	Worked time.Duration `json:"worked_ns"`
	Runs   int           `json:"runs"`
}

// StartClock starts the time of a new run.
func (f *Folder) StartClock() *Clock {
	c := &Clock{path: filepath.Join(f.Dir, "clock.json"), began: time.Now()}
	if text, err := os.ReadFile(c.path); err == nil {
		if json.Unmarshal(text, &c.before) != nil || c.before.Worked < 0 || c.before.Runs < 0 {
			c.before = clockRecord{}
		}
	}
	c.Save()
	return c
}

// Save stores the time so far; a crash loses the time since the last Save. A nil
// Clock, of a process without a state folder, stores nothing.
func (c *Clock) Save() {
	if c == nil {
		return
	}
	text, err := json.Marshal(clockRecord{c.Worked(), c.Runs()})
	if err != nil || os.WriteFile(c.path+".new", text, 0o600) != nil {
		return // a full disk must not end the work
	}
	_ = os.Rename(c.path+".new", c.path)
}

// Now returns the duration of this run.
func (c *Clock) Now() time.Duration { return time.Since(c.began) }

// Worked returns the duration of all runs.
func (c *Clock) Worked() time.Duration { return c.before.Worked + c.Now() }

// Runs returns the number of runs, including this one.
func (c *Clock) Runs() int { return c.before.Runs + 1 }
