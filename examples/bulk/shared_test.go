package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/credit/credittest"
)

// Every command that reads takes its requests from the limit on the server of -nats, which
// the workers of all jobs share.
func TestReadingCommandsShareLimits(t *testing.T) {
	s, server := newSite(t), newNATSServer(t)
	conn, err := nats.Connect(server.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	ti := s.fakes["thoughtindustries"]
	var lines []string
	for _, id := range []string{"one", "two", "three"} {
		record := strings.Replace(string(ti.Record(ti.Ref.ID)), ti.Ref.ID, id, 1)
		if err := ti.Seed(json.RawMessage(record)); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, `{"vendor":"thoughtindustries","id":"`+id+`","owner":"`+ti.Ref.Owner+`","set":{"balance":5}}`)
	}
	path := s.file("changes.jsonl", lines...)
	ti.Queue(credittest.LostBefore().OnWrite()) // so that one row is unknown
	shared := []string{"-nats", server.url(), "-limit-calls", "thoughtindustries=1000/1m"}
	for _, test := range []struct {
		name string
		args []string
	}{
		{"export", []string{"-vendor", "thoughtindustries", "-owner", ti.Ref.Owner, "-out", "credits.csv"}},
		{"plan", []string{"-in", path, "-out", "plan.jsonl"}},
		{"run", []string{"-in", path, "-before", "-check-outliers", "-yes"}},
		{"undo", []string{"-results", path + ".results.csv", "-out", "undo.jsonl"}},
		{"resolve", []string{"-results", path + ".results.csv", "-out", "next.csv"}},
	} {
		before := s.revision(js)
		code, out := s.run(test.name, append(test.args, shared...)...)
		if code != codeDone && code != codeNotAll {
			t.Fatalf("%s: exit code %d\n%s", test.name, code, out)
		}
		if s.revision(js) == before {
			t.Errorf("%s has taken no request from the shared limit", test.name)
		}
	}
}

// revision returns the revision of the limit of Thought Industries' requests on the server,
// 0 if it is not there yet.
func (s *site) revision(js jetstream.JetStream) uint64 {
	store, err := js.KeyValue(s.t.Context(), "BULK_LIMITS")
	if err != nil {
		return 0
	}
	entry, err := store.Get(s.t.Context(), "thoughtindustries.calls")
	if err != nil {
		return 0
	}
	return entry.Revision()
}
