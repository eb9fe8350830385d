package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
	"github.com/creditkit/creditkit/credit/journal"
)

const testSecret = "a secret of the tests"

// A process of the tests is this test binary with serviceVariable set.
const serviceVariable = "CREDITKIT_SERVICE_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(serviceVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// A site is a database, and the five fakes in the process of the test. Processes that
// use them can be killed.
type site struct {
	t        *testing.T
	database string
	storage  *storage
	fakes    map[string]*credittest.Server
	updaters map[string]credit.Updater
}

func newSite(t *testing.T, database string) *site {
	t.Helper()
	if database == "" {
		database = filepath.Join(t.TempDir(), "service.db")
	}
	storage, err := openStorage(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { storage.db.Close() })
	fakes, env, err := startFakes()
	if err != nil {
		t.Fatal(err)
	}
	for _, fake := range fakes {
		t.Cleanup(fake.Close)
	}
	updaters, err := openVendors(t.Context(), newCatalogue(t), nil, env)
	if err != nil {
		t.Fatal(err)
	}
	return &site{t, database, storage, fakes, updaters}
}

func newCatalogue(t *testing.T) *catalogue {
	t.Helper()
	c, err := loadCatalogue("")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An instance is a running process.
type instance struct {
	cmd            *exec.Cmd
	done           chan struct{}
	orders, people string // URLs
	log            *processLog
}

// A processLog collects the log of a process, and sends the URLs in it.
type processLog struct {
	mu   sync.Mutex
	text bytes.Buffer
	urls chan [2]string
}

var listenLine = regexp.MustCompile(`msg=listening for=(?:orders|people) url=(\S+)`)

func (l *processLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := len(listenLine.FindAllSubmatch(l.text.Bytes(), -1))
	l.text.Write(p)
	if all := listenLine.FindAllSubmatch(l.text.Bytes(), -1); before < 2 && len(all) == 2 {
		l.urls <- [2]string{string(all[0][1]), string(all[1][1])}
	}
	return len(p), nil
}

func (l *processLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// start starts a process and waits until it listens.
func (s *site) start(flags ...string) *instance {
	s.t.Helper()
	executable, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	p := &instance{done: make(chan struct{}), log: &processLog{urls: make(chan [2]string, 1)}}
	flags = append([]string{"-listen", "127.0.0.1:0", "-people", "127.0.0.1:0", "-poll", "50ms", "-limits", ""}, flags...)
	p.cmd = exec.CommandContext(s.t.Context(), executable, flags...)
	p.cmd.Env = append(os.Environ(), serviceVariable+"=1", "ORDER_SECRET="+testSecret, "DATABASE_URL="+s.database)
	env := fakeEnv(s.fakes)
	for name := range s.fakes {
		p.cmd.Env = append(p.cmd.Env, strings.ToUpper(name)+"_BASE_URL="+env(strings.ToUpper(name)+"_BASE_URL"))
	}
	for _, name := range []string{"KNOX_TENANT", "KNOX_ACCESS_TOKEN", "THOUGHTINDUSTRIES_INSTANCE", "THOUGHTINDUSTRIES_API_KEY", "NEXUDUS_ACCESS_TOKEN", "FLEXPRICE_API_KEY", "METRONOME_TOKEN"} {
		p.cmd.Env = append(p.cmd.Env, name+"="+env(name))
	}
	p.cmd.Stderr = p.log
	if err := p.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	select {
	case urls := <-p.log.urls:
		p.orders, p.people = urls[0], urls[1]
	case <-p.done:
		s.t.Fatalf("the service ended at its start:\n%s", p.log)
	case <-time.After(20 * time.Second):
		s.t.Fatalf("the service does not listen:\n%s", p.log)
	}
	return p
}

// kill kills the process and waits for its end.
func (p *instance) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// send sends a signed request.
func send(ctx context.Context, method, base, path string, body []byte) (code int, answer []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	signRequest(req, testSecret, time.Now(), body)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	return resp.StatusCode, answer, err
}

func signRequest(req *http.Request, secret string, at time.Time, body []byte) {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set(timestampHeader, timestamp)
	req.Header.Set(signatureHeader, signaturePrefix+hex.EncodeToString(sign([]byte(secret), timestamp, req.Method, req.URL.RequestURI(), body)))
}

// seed adds a copy of the fake's first credit, with another id.
func (s *site) seed(vendor string, n int) credit.Ref {
	s.t.Helper()
	fake := s.fakes[vendor]
	ref := credit.Ref{ID: fmt.Sprintf("credit-%d", n), Owner: fake.Ref.Owner}
	var record map[string]json.RawMessage
	if err := json.Unmarshal(fake.Record(fake.Ref.ID), &record); err != nil {
		s.t.Fatal(err)
	}
	switch vendor {
	case "nexudus":
		ref.ID = strconv.Itoa(1000000 + n)
		record["Id"] = json.RawMessage(ref.ID)
	default:
		record["id"] = json.RawMessage(strconv.Quote(ref.ID))
	}
	text, err := json.Marshal(record)
	if err == nil {
		err = fake.Seed(text)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return ref
}

// read returns a credit as its vendor has it.
func (s *site) read(vendor string, ref credit.Ref) *credit.Record {
	s.t.Helper()
	record, err := s.updaters[vendor].(credit.Reader).Read(s.t.Context(), ref)
	if err != nil {
		s.t.Fatal(err)
	}
	return record
}

// entries returns what the journal knows, by order.
func (s *site) entries() map[string]*journal.Entry {
	s.t.Helper()
	all := make(map[string]*journal.Entry)
	for entry, err := range journal.List(s.t.Context(), s.storage.journal, false) {
		if err != nil {
			s.t.Fatal(err)
		}
		all[entry.Job.Key] = entry
	}
	return all
}

// await waits until check returns true for the journal.
func (s *site) await(what string, check func(map[string]*journal.Entry) bool) map[string]*journal.Entry {
	s.t.Helper()
	for end := time.Now().Add(45 * time.Second); ; {
		all := s.entries()
		if check(all) {
			return all
		}
		if time.Now().After(end) {
			for _, key := range slices.Sorted(maps.Keys(all)) {
				if e := all[key]; e.State != journal.StateEnded {
					s.t.Logf("%s: %s, %s, %s", key, e.State, e.Outcome, e.Error)
				}
			}
			s.t.Fatalf("not seen within 45 seconds: %s", what)
		}
		time.Sleep(100 * time.Millisecond)
	}
}
