package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// unsafeChanges returns rows that must not be sent twice.
func unsafeChanges(n int) (all []change) {
	for i := range n {
		c := change{vendor: "thoughtindustries", member: "currentBalance", id: fmt.Sprintf("credit-%d", i), value: fmt.Sprint(100000 + i), once: true}
		c.line = fmt.Sprintf(`{"vendor":"thoughtindustries","id":%q,"set":{"balance":%s}}`, c.id, c.value)
		all = append(all, c)
	}
	return all
}

// interrupted runs a job of rows that must not be sent twice, and kills it while
// rows are in flight. made counts the changes of each credit.
func interrupted(t *testing.T, rows int) (s *site, all []change, path string, made map[string]int) {
	t.Helper()
	s, all = newSite(t), unsafeChanges(rows)
	path = s.give(all)
	for range rows {
		s.fakes["thoughtindustries"].Queue(credittest.Slow(60 * time.Millisecond).OnWrite())
	}
	p := s.start(t.Context(), "run", append([]string{"-in", path}, fast...)...)
	for len(s.fakes["thoughtindustries"].Writes()) < 24 && !p.ended() {
		time.Sleep(2 * time.Millisecond)
	}
	p.kill()
	// The fake still serves a request that the kill has interrupted.
	for before := -1; before != s.requests(); time.Sleep(100 * time.Millisecond) {
		before = s.requests()
	}
	made = s.applied()
	s.fakes["thoughtindustries"].Reset()
	return s, all, path, made
}

// queueFiles returns files of the queue whose path has the part.
func queueFiles(t *testing.T, state, part string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(state, "queue"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Contains(path, part) {
			files = append(files, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("no files of %s: %v", part, err)
	}
	return files
}

// blocks returns the message files of the journal.
func blocks(t *testing.T, state string) (files []string) {
	for _, file := range queueFiles(t, state, "_JOURNAL") {
		if strings.HasSuffix(file, ".blk") {
			files = append(files, file)
		}
	}
	return files
}

func edit(t *testing.T, path string, change func([]byte) []byte) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, change(text), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

// A journal that has lost entries is noticed, whichever file was damaged. The run
// stops before it sends anything, and prints the rows in doubt. With -accept-damage
// these end as unknown, and no row is sent twice.
func TestDamagedJournalStopsRun(t *testing.T) {
	eachBlock := func(change func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, state string) {
			for _, file := range blocks(t, state) {
				edit(t, file, change)
			}
		}
	}
	flip := func(at func(n int) int) func([]byte) []byte {
		return func(text []byte) []byte { text[at(len(text))] ^= 0x55; return text }
	}
	for _, test := range []struct {
		name   string
		damage func(t *testing.T, state string)
	}{
		{"cut a little", eachBlock(func(text []byte) []byte { return text[:len(text)-700] })},
		{"cut in half", eachBlock(func(text []byte) []byte { return text[:len(text)/2] })},
		{"emptied", eachBlock(func([]byte) []byte { return nil })},
		{"flipped at its beginning", eachBlock(flip(func(int) int { return 60 }))},
		{"flipped in its middle", eachBlock(flip(func(n int) int { return n / 2 }))},
		{"flipped at its end", eachBlock(flip(func(n int) int { return n - 30 }))},
		{"zeroed", eachBlock(func(text []byte) []byte { return make([]byte, len(text)) })},
		{"zeroed in its second half", eachBlock(func(text []byte) []byte { clear(text[len(text)/2:]); return text })},
		{"blocks removed", func(t *testing.T, state string) {
			for _, file := range blocks(t, state) {
				remove(t, file)
			}
		}},
		{"stream removed", func(t *testing.T, state string) {
			remove(t, filepath.Dir(filepath.Dir(blocks(t, state)[0])))
		}},
		{"queue removed", func(t *testing.T, state string) { remove(t, filepath.Join(state, "queue")) }},
		{"every file of the queue zeroed", func(t *testing.T, state string) {
			for _, file := range queueFiles(t, state, "queue") {
				edit(t, file, func(text []byte) []byte { return make([]byte, len(text)) })
			}
		}},
		{"marks removed", func(t *testing.T, state string) { remove(t, filepath.Join(state, "marks")) }},
		{"marks cut", func(t *testing.T, state string) {
			edit(t, filepath.Join(state, "marks"), func(text []byte) []byte { return text[:len(text)-16] })
		}},
		{"marks zeroed", func(t *testing.T, state string) {
			edit(t, filepath.Join(state, "marks"), func(text []byte) []byte { return make([]byte, len(text)) })
		}},
		{"a mark flipped", func(t *testing.T, state string) {
			edit(t, filepath.Join(state, "marks"), flip(func(int) int { return 40 }))
		}},
		{"journal and marks removed", func(t *testing.T, state string) {
			remove(t, filepath.Join(state, "queue"))
			remove(t, filepath.Join(state, "marks"))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, all, path, made := interrupted(t, 60)
			test.damage(t, path+".state")
			args := append([]string{"-in", path}, fast...)
			for range 2 { // it does not go away by itself
				begin := time.Now()
				code, out := s.run("run", args...)
				if code == codeNotAll && (test.name == "flipped at its end" || test.name == "cut a little") {
					// The damage can hit a message whose marks were not written yet: the
					// rows that it started were not sent, and those that it ended are in
					// doubt.
					s.verifyOnce(all, path+".results.csv", made)
					return
				}
				if code != codeDamaged {
					t.Fatalf("exit code %d\n%s", code, out)
				}
				contains(t, out, "is damaged, and nothing was sent by this run", "-accept-damage", `thoughtindustries credit "credit-`)
				if took := time.Since(begin); took > 30*time.Second {
					t.Errorf("it took %v", took)
				}
			}
			if n := s.requests(); n > 0 {
				t.Fatalf("%d requests", n)
			}
			code, out := s.run("run", append(args, "-accept-damage")...)
			if code != codeNotAll {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			s.verifyOnce(all, path+".results.csv", made)
			unknown := 0
			for _, r := range s.results(path + ".results.csv") {
				if r["outcome"] == "unknown" {
					unknown++
				}
			}
			if unknown == 0 {
				t.Error("no row is unknown")
			}
			t.Logf("%d unknown", unknown)
		})
	}
}

// Rows that the queue has lost are submitted again from the copy of the file. The
// journal knows which have ended.
func TestLostRowsAreResubmitted(t *testing.T) {
	for _, test := range []struct {
		name   string
		damage func([]byte) []byte
	}{
		{"cut", func(text []byte) []byte { return text[:len(text)/2] }},
		{"flipped", func(text []byte) []byte { text[len(text)*3/4] ^= 0x55; return text }},
		{"zeroed", func(text []byte) []byte { return make([]byte, len(text)) }},
		{"emptied", func([]byte) []byte { return nil }},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, all, path, made := interrupted(t, 60)
			for _, file := range queueFiles(t, path+".state", "_ROWS") {
				if strings.HasSuffix(file, ".blk") {
					edit(t, file, test.damage)
				}
			}
			code, out := s.run("run", append([]string{"-in", path}, fast...)...)
			if code != codeNotAll && code != codeDone {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			s.verifyOnce(all, path+".results.csv", made)
		})
	}
}

// verifyOnce checks that no row was applied twice over all runs, and that each row
// is applied or unknown.
func (s *site) verifyOnce(all []change, results string, made map[string]int) {
	s.t.Helper()
	again := s.applied()
	for i, r := range s.results(results) {
		id := all[i].vendor + " " + all[i].id
		switch n := made[id] + again[id]; {
		case n > 1:
			s.t.Errorf("row %d was applied %d times", i+1, n)
		case r["outcome"] == "applied" && n != 1, r["outcome"] != "applied" && r["outcome"] != "unknown":
			s.t.Errorf("row %d is %q, and was applied %d times", i+1, r["outcome"], n)
		}
	}
}

// The copy of the input and the result of the check can be created again, and the
// description of the job is stored twice.
func TestDamagedSmallFilesAreRestored(t *testing.T) {
	for _, name := range []string{"input", "check/problems.jsonl", "job.json", "job.copy.json", "clock.json", "reserve"} {
		for _, damage := range []string{"removed", "zeroed"} {
			t.Run(damage+" "+name, func(t *testing.T) {
				t.Parallel()
				s, all, path, made := interrupted(t, 40)
				file := filepath.Join(path+".state", name)
				if damage == "removed" {
					remove(t, file)
				} else {
					edit(t, file, func(text []byte) []byte { return make([]byte, len(text)) })
				}
				code, out := s.run("run", append([]string{"-in", path}, fast...)...)
				if code != codeNotAll && code != codeDone {
					t.Fatalf("exit code %d\n%s", code, out)
				}
				s.verifyOnce(all, path+".results.csv", made)
			})
		}
	}
}

// A stream whose description is damaged keeps its entries, or has lost them: no row
// is sent twice in either case.
func TestDamagedStreamDescription(t *testing.T) {
	for _, stream := range []string{"_JOURNAL", "_ROWS"} {
		t.Run(stream, func(t *testing.T) {
			t.Parallel()
			s, all, path, made := interrupted(t, 60)
			for _, file := range queueFiles(t, path+".state", stream) {
				if strings.HasSuffix(file, "meta.inf") {
					edit(t, file, func(text []byte) []byte { return text[:len(text)/2] })
				}
			}
			code, out := s.run("run", append([]string{"-in", path, "-accept-damage"}, fast...)...)
			if code != codeNotAll && code != codeDone {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			s.verifyOnce(all, path+".results.csv", made)
		})
	}
}

func TestLostJobDescriptionStopsRun(t *testing.T) {
	t.Parallel()
	s, _, path, _ := interrupted(t, 40)
	remove(t, path+".state/job.json")
	edit(t, path+".state/job.copy.json", func(text []byte) []byte { return text[:10] })
	code, out := s.run("run", append([]string{"-in", path}, fast...)...)
	if code != codeDamaged || s.requests() > 0 {
		t.Errorf("exit code %d, %d requests\n%s", code, s.requests(), out)
	}
	contains(t, out, "the state folder is damaged", "compare the credits")
}

// An interrupted recovery continues with the next run, and a second recovery loses
// nothing of the first.
func TestInterruptedRecoveryContinues(t *testing.T) {
	for _, damagedAgain := range []bool{false, true} {
		t.Run(fmt.Sprint("damaged again ", damagedAgain), func(t *testing.T) {
			t.Parallel()
			s, all, path, made := interrupted(t, 60)
			// The last row was not started. The entry of the first recovery says that
			// it has ended, and the new journal does not have it yet.
			entry := `{"event":"done","row":60,"vendor":"thoughtindustries","id":"restored","result":{"row":60,"line":60,"vendor":"thoughtindustries","id":"credit-59","outcome":"rejected","at":"2027-01-01T00:00:00Z"}}` + "\n"
			if err := os.WriteFile(path+".state/restored.jsonl", []byte(entry), 0o600); err != nil {
				t.Fatal(err)
			}
			if damagedAgain {
				remove(t, path+".state/queue")
			}
			code, out := s.run("run", append([]string{"-in", path, "-accept-damage"}, fast...)...)
			if code != codeNotAll {
				t.Fatalf("exit code %d\n%s", code, out)
			}
			if r := s.results(path + ".results.csv"); r[59]["outcome"] != "rejected" {
				t.Errorf("got %v", r[59])
			}
			if n := s.applied()["thoughtindustries "+all[59].id] + made["thoughtindustries "+all[59].id]; n != 0 {
				t.Errorf("the row was applied %d times", n)
			}
			if _, err := os.Stat(path + ".state/restored.jsonl"); err == nil {
				t.Error("the entries are still to be restored")
			}
		})
	}
}
