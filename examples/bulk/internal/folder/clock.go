package folder

import (
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// A Clock adds up how long a job was worked on, over all runs. What it holds is
// for people: a file that cannot be read counts as a new one.
type Clock struct {
	path   string
	before clockRecord
	began  time.Time
}

type clockRecord struct {
	Worked time.Duration `json:"worked_ns"`
	Runs   int           `json:"runs"`
}

// StartClock begins another run.
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

// Save stores the time so far; a crash loses what came after it. A nil Clock, of a
// process without a state folder, stores nothing.
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

// Now returns the time of this run.
func (c *Clock) Now() time.Duration { return time.Since(c.began) }

// Worked returns the time of all runs.
func (c *Clock) Worked() time.Duration { return c.before.Worked + c.Now() }

// Runs counts the runs, with this one.
func (c *Clock) Runs() int { return c.before.Runs + 1 }
