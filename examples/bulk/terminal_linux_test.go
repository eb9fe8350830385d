package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/creditkit/creditkit/credit/credittest"
)

// A console is a process on a pseudo-terminal.
type console struct {
	*process
	screen *os.File
	text   bytes.Buffer
}

// startOnTerminal starts the program on a terminal of its own.
func (s *site) startOnTerminal(name string, args ...string) *console {
	s.t.Helper()
	screen, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { screen.Close() })
	var unlock, number int32
	control := func(request uintptr, value *int32) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, screen.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			s.t.Fatal(errno)
		}
	}
	control(syscall.TIOCSPTLCK, &unlock)
	control(syscall.TIOCGPTN, &number)
	end, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		s.t.Fatal(err)
	}
	defer end.Close()
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	s.t.Cleanup(cancel)
	c := &console{process: s.prepare(ctx, name, args...), screen: screen}
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = end, end, end
	c.begin(s.t)
	return c
}

// await reads until the screen shows the text, or the process has ended.
func (c *console) await(text string) bool {
	buffer := make([]byte, 4096)
	for !strings.Contains(c.text.String(), text) {
		n, err := c.screen.Read(buffer)
		c.text.Write(buffer[:n])
		if err != nil {
			return strings.Contains(c.text.String(), text)
		}
	}
	return true
}

func (c *console) answer(line string) { fmt.Fprintln(c.screen, line) }

// end returns the exit code and all that the screen has shown.
func (c *console) end() (code int, text string) {
	c.await("\x00") // which is never shown: read to the end
	return c.code(), c.text.String()
}

// On a terminal, run reads first and asks if there are outliers. A no leaves nothing behind,
// and a yes is remembered.
func TestRunAsksOnATerminal(t *testing.T) {
	s := newSite(t)
	path := s.slipped()
	args := append([]string{"-in", path}, fast...)
	c := s.startOnTerminal("run", args...)
	if !c.await("Type yes to send the rows: ") || s.writes() != 0 {
		t.Fatalf("%d writes\n%s", s.writes(), c.text.String())
	}
	c.answer("no")
	code, text := c.end()
	if code != codeRefused || s.writes() != 0 {
		t.Errorf("no: exit code %d, %d writes", code, s.writes())
	}
	contains(t, text, outlierLine, "the answer is not yes: this command has sent nothing")
	if _, err := os.Stat(path + ".state"); err == nil {
		t.Error("the refused job has a state folder")
	}

	s.fakes["knox"].Queue(credittest.Respond(401, "").OnWrite())
	c = s.startOnTerminal("run", args...)
	c.await("Type yes to send the rows: ")
	c.answer("yes")
	if code, text := c.end(); code != codeUnfinished {
		t.Fatalf("yes: exit code %d\n%s", code, text)
	}
	c = s.startOnTerminal("run", args...)
	if code, text = c.end(); code != codeDone || strings.Contains(text, "Type yes") {
		t.Errorf("continued: exit code %d\n%s", code, text)
	}
}

func TestRunWithoutOutliersDoesNotAsk(t *testing.T) {
	s := newSite(t)
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+s.fakes["knox"].Ref.ID+`","set":{"total":3}}`)
	code, text := s.startOnTerminal("run", "-in", path).end()
	if code != codeDone || s.writes() != 1 {
		t.Errorf("exit code %d, %d writes\n%s", code, s.writes(), text)
	}
	contains(t, text, "reading 1 credit first", "knox total: 2.50 before, 3 after")
}

func TestApplyAsksOnceOnATerminal(t *testing.T) {
	s := newSite(t)
	path := s.slipped()
	code, out := s.run("plan", append([]string{"-in", path, "-out", "plan.jsonl"}, quick...)...)
	if code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	args := append([]string{"-plan", "plan.jsonl", "-sha256", digestOf(t, out)}, fast...)
	s.fakes["knox"].Queue(credittest.Respond(401, "").OnWrite())
	c := s.startOnTerminal("apply", args...)
	c.await("Type yes to send the rows: ")
	c.answer("yes")
	if code, text := c.end(); code != codeUnfinished {
		t.Fatalf("yes: exit code %d\n%s", code, text)
	}
	c = s.startOnTerminal("apply", args...)
	if code, text := c.end(); code != codeDone || strings.Contains(text, "Type yes") {
		t.Errorf("continued: exit code %d\n%s", code, text)
	}
}
