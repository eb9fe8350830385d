//go:build linux

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A smallDisk is a folder whose space can be filled and freed.
type smallDisk struct {
	dir string
	// limit is the command before the program if a file system cannot be mounted.
	limit       []string
	fill, clear func()
}

// newSmallDisk mounts a file system in memory. Without the permission to mount, a
// limit of the file size is used instead.
func newSmallDisk(t *testing.T) *smallDisk {
	t.Helper()
	d := &smallDisk{dir: t.TempDir(), fill: func() {}, clear: func() {}}
	if err := syscall.Mount("tmpfs", d.dir, "tmpfs", 0, "size=6m"); err != nil {
		t.Logf("tmpfs cannot be mounted (%v): ulimit -f is used", err)
		d.limit = []string{"/bin/bash", "-c", `ulimit -f 128; exec "$0" "$@"`}
		return d
	}
	t.Cleanup(func() { _ = syscall.Unmount(d.dir, syscall.MNT_DETACH) })
	filler := filepath.Join(d.dir, "filler")
	d.fill = func() {
		f, err := os.Create(filler)
		if err != nil {
			t.Fatal(err)
		}
		for block := make([]byte, 4096); err == nil; {
			_, err = f.Write(block)
		}
		_ = f.Close()
	}
	d.clear = func() { _ = os.Remove(filler) }
	return d
}

// The disk of the state folder becomes full while rows are in flight. Each answer
// that arrives is printed and stored in the reserve. The next run records it, and
// no row is unknown.
func TestFullDiskKeepsAnswersInReserve(t *testing.T) {
	t.Parallel()
	s, all, path := slowRows(t, 400, 40*time.Millisecond)
	disk := newSmallDisk(t)
	rescue := t.TempDir()
	args := append([]string{"-in", path, "-state", filepath.Join(disk.dir, "state")}, fast...)
	p := s.prepare(t.Context(), "run", args...)
	if disk.limit != nil {
		shell := exec.CommandContext(t.Context(), disk.limit[0], append(disk.limit[1:], p.cmd.Args...)...)
		shell.Args[3] = program
		shell.Dir, shell.Env = p.cmd.Dir, p.cmd.Env
		shell.Stdout, shell.Stderr = p.cmd.Stdout, p.cmd.Stderr
		p.cmd = shell
	}
	p.cmd.Env = append(p.cmd.Env, "TMPDIR="+rescue)
	p.begin(t)
	for len(s.fakes["thoughtindustries"].Writes()) < 50 && !p.ended() {
		time.Sleep(2 * time.Millisecond)
	}
	disk.fill()
	code, out := p.code(), p.out.text.String()
	if code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if strings.Contains(out, "nothing is lost") {
		t.Errorf("got\n%s", out)
	}
	contains(t, out, "These rows have an answer that is not recorded in it", "are kept in the state folder: the next run records them", "run the same command again")
	named := regexp.MustCompile(`line (\d+): thoughtindustries credit "credit-\d+": applied`).FindAllStringSubmatch(out, -1)
	if len(named) == 0 {
		t.Fatalf("no row is named\n%s", out)
	}
	files, err := filepath.Glob(filepath.Join(rescue, "bulk-rescue-*.jsonl"))
	if err != nil || len(files) != 1 {
		t.Fatalf("the rescue files: %v, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || strings.Count(string(text), "\n") != len(named)+1 {
		t.Errorf("%d rows are named, and the rescue file is %v\n%s", len(named), err, text)
	}
	made := s.applied()
	for _, row := range named {
		n, err := strconv.Atoi(row[1])
		if err != nil || made["thoughtindustries "+all[n-1].id] != 1 {
			t.Errorf("line %s is named as applied, and was applied %d times", row[1], made["thoughtindustries "+all[n-1].id])
		}
	}
	disk.clear()
	code, out = s.run("run", args...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	contains(t, out, fmt.Sprintf("%d answers that an earlier run could not record are recorded now", len(named)))
	s.verify(all, path+".results.csv")
	for i, r := range s.results(path + ".results.csv") {
		if r["outcome"] != "applied" {
			t.Errorf("row %d: %v", i+1, r)
		}
	}
}

// If the state folder has lost the reserve as well, the rescue file has the
// answers.
func TestRescuedFileIsImported(t *testing.T) {
	t.Parallel()
	s, all, path := slowRows(t, 400, 40*time.Millisecond)
	disk := newSmallDisk(t)
	if disk.limit != nil {
		t.Log("this test needs a file system of its own")
		return
	}
	rescue := t.TempDir()
	state := filepath.Join(disk.dir, "state")
	args := append([]string{"-in", path, "-state", state}, fast...)
	p := s.prepare(t.Context(), "run", args...)
	p.cmd.Env = append(p.cmd.Env, "TMPDIR="+rescue)
	p.begin(t)
	for len(s.fakes["thoughtindustries"].Writes()) < 50 && !p.ended() {
		time.Sleep(2 * time.Millisecond)
	}
	disk.fill()
	if code := p.code(); code != codeUnfinished {
		t.Fatalf("exit code %d\n%s", code, &p.out.text)
	}
	disk.clear()
	remove(t, filepath.Join(state, "reserve"))
	files, _ := filepath.Glob(filepath.Join(rescue, "bulk-rescue-*.jsonl"))
	if len(files) != 1 {
		t.Fatalf("the rescue files: %v", files)
	}
	if code, out := s.run("run", append(args, "-rescued", files[0])...); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	s.verify(all, path+".results.csv")
}
