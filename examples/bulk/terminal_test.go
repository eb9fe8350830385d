package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHoldingWriterWritesOnRelease(t *testing.T) {
	var out bytes.Buffer
	h := &holdingWriter{w: &out}
	write := func(text string) {
		if _, err := h.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	write("1")
	h.hold()
	write("2")
	write("3")
	if out.String() != "1" {
		t.Errorf("got %q while it is held", out.String())
	}
	h.release()
	write("4")
	if out.String() != "1234" {
		t.Errorf("got %q", out.String())
	}
}

func TestTerminalKeepsFirstWriteError(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	s := &terminal{file: f}
	if _, err := s.Write([]byte("x")); err != nil || s.writeError() != nil {
		t.Errorf("got %v, %v", err, s.writeError())
	}
	_ = f.Close()
	if n, err := s.Write([]byte("xyz")); n != 3 || err != nil {
		t.Errorf("a failed write is returned: %d, %v", n, err)
	}
	if err := s.writeError(); err == nil || !strings.Contains(err.Error(), "cannot write the standard output") {
		t.Errorf("got %v", err)
	}
}

// A reader that has closed the pipe does not want more.
func TestClosedPipeIsNotAWriteError(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	_ = read.Close()
	defer write.Close()
	s := &terminal{file: write}
	if _, err := s.Write([]byte("x")); err != nil || s.writeError() != nil {
		t.Errorf("got %v, %v", err, s.writeError())
	}
}

func TestServerAddressHidesCredentials(t *testing.T) {
	for _, c := range []struct {
		address string
		want    string
	}{
		{"", ""}, {"nats://host:4222", "host:4222"}, {"nats://me:secret@host:4222", "host:4222"}, {"host:4222", "host:4222"}, {"me:secret@host", "host"},
	} {
		if got := serverAddress(c.address); got != c.want {
			t.Errorf("%q: got %q", c.address, got)
		}
	}
}
