package main

import (
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit/credittest"
)

// status -watch shows the progress of a job that another process works on, and ends
// with it.
func TestWatchEndsWithTheJob(t *testing.T) {
	t.Parallel()
	s, server := newSite(t), newNATSServer(t)
	knox := s.fakes["knox"]
	path := s.file("changes.jsonl", `{"vendor":"knox","id":"`+knox.Ref.ID+`","set":{"note":"new"}}`, `{"vendor":"knox","id":"missing","set":{"note":"new"}}`)
	if code, out := s.run("submit", "-nats", server.url(), "-in", path); code != codeDone {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	knox.Queue(credittest.Slow(time.Second).OnWrite())
	p := s.start(t.Context(), "status", "-nats", server.url(), "-watch", "-results", "results.csv")
	select {
	case <-p.out.working: // it shows the progress
	case <-p.done:
		t.Fatalf("it ended before the job\n%s", &p.out.text)
	}
	if code, out := s.run("work", "-nats", server.url()); code != codeNotAll {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if code := p.code(); code != codeNotAll {
		t.Errorf("exit code %d\n%s", code, &p.out.text)
	}
	if text := p.out.text.String(); !strings.Contains(text, "knox") || len(s.results(s.dir+"/results.csv")) != 2 {
		t.Errorf("got\n%s", text)
	}
}
