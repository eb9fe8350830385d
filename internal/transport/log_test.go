package transport

import (
	"bytes"
	"encoding/json"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/creditkit/creditkit/credit"
)

// lines runs a call over steps and returns what was logged of it.
func lines(t *testing.T, level slog.Level, steps ...step) (records []map[string]any, text string) {
	t.Helper()
	var out bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level}))
	synctest.Test(t, func(t *testing.T) {
		newClient(t, script(steps...), credit.WithLogger(logger)).Do(safe(t.Context()))
	})
	text = out.String()
	for line := range strings.Lines(text) {
		var record map[string]any
		if err := json.Unmarshal([]byte(line), &record); err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	return records, text
}

func TestEachAttemptLogsOneDebugLine(t *testing.T) {
	url := leaky{"https://vendor.example/planted-path?q=planted-query", "Authorization: planted"}
	records, text := lines(t, slog.LevelDebug,
		says(503, "planted answer", "X-Request-Id", "req-1", "Set-Cookie", "planted", "Location", "/planted"),
		fails(url),
		says(429, "planted answer", "X-Request-Id", "echo of "+apiKey),
		says(200, "planted answer", "Server", "planted"),
	)
	allowed := []string{"time", "level", "msg", "vendor", "op", "attempt", "duration", "status", "request_id", "error"}
	for i, record := range records {
		for name := range record {
			if !slices.Contains(allowed, name) {
				t.Errorf("line %d shows %s", i+1, name)
			}
		}
		if record["vendor"] != "vendor" || record["op"] != "UpdateCredit" || record["attempt"] != float64(i+1) || record["level"] != "DEBUG" {
			t.Errorf("line %d is %v", i+1, record)
		}
	}
	if len(records) != 4 || records[0]["status"] != 503.0 || records[0]["request_id"] != "req-1" ||
		records[1]["error"] != "an error of type transport.leaky" || records[1]["status"] != nil || records[3]["status"] != 200.0 {
		t.Errorf("got %s", text)
	}
	if strings.Contains(text, planted) {
		t.Errorf("a secret is in %s", text)
	}
}

func TestLogsNothingAboveDebug(t *testing.T) {
	if _, text := lines(t, slog.LevelInfo, status(503)); text != "" {
		t.Error(text)
	}
}

// Neither this package nor the loop, nor net/http on their account, may write
// anywhere unasked.
func TestNoLogWithoutLogger(t *testing.T) {
	var out bytes.Buffer
	old := slog.Default()
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		slog.SetDefault(old)
		log.SetOutput(os.Stderr)
	}()
	os.Stderr = w
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	log.SetOutput(&out)
	synctest.Test(t, func(t *testing.T) {
		for _, step := range []step{status(503), fails(errLost), fails(nil), status(302, "Location", ":%"), streams(200, cuts())} {
			newClient(t, script(step)).Do(reads(t.Context()))
		}
	})
	os.Stderr = stderr
	_ = w.Close()
	written, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if out.Len()+len(written) != 0 {
		t.Errorf("logged %q, wrote %q", out.String(), written)
	}
}

func TestLoggedRequestIDIsMasked(t *testing.T) {
	records, text := lines(t, slog.LevelDebug, says(200, "{}", "X-Request-Id", "\u202er1 PLANTED-KEY "+body))
	if len(records) != 1 || records[0]["request_id"] != `\u202er1 [redacted] [request body]` {
		t.Errorf("got %s", text)
	}
}
