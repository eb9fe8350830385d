package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

// plantedSecret is in every text that no output may contain: credentials,
// queries, bodies, and the errors of transports and token endpoints. The token
// of the clients is the other such text.
const plantedSecret = "planted-4711"

// A secretScan looks for secrets in outputs and counts what it has checked.
type secretScan struct {
	t      *testing.T
	vendor vendor
	log    bytes.Buffer
	counts map[string]int
	kinds  map[credit.Kind]bool
}

func newSecretScan(t *testing.T, v vendor) *secretScan {
	return &secretScan{t: t, vendor: v, counts: map[string]int{}, kinds: map[credit.Kind]bool{}}
}

// newLogger returns a logger that writes both formats of slog, all levels.
func (w *secretScan) newLogger(to io.Writer) *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(to, all), slog.NewJSONHandler(to, all)))
}

func (w *secretScan) checkString(what, text string, secrets ...string) {
	w.t.Helper()
	w.counts["texts"]++
	for _, s := range secrets {
		if i := strings.Index(text, s); i >= 0 {
			w.t.Errorf("%s: %s shows %q: ...%.200s", w.vendor.name, what, s, text[max(0, i-100):])
		}
	}
}

// checkPrinted checks v in all the forms in which a program may print it.
func (w *secretScan) checkPrinted(what string, v any, secrets ...string) {
	w.t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text := fmt.Sprintf(verb, v)
		w.checkString(what+" by "+verb, text, secrets...)
		if verb == "%x" {
			w.checkString(what+" by "+verb, text, hexEncode(secrets)...)
		}
	}
	if data, err := json.Marshal(v); err == nil {
		w.checkString(what+" in JSON", string(data), secrets...)
	}
	var log bytes.Buffer
	logger := w.newLogger(&log)
	logger.Info("value", "v", v, slog.Group("group", "v", v))
	logger.With("v", v).Debug("value", "in", []any{v})
	w.checkString(what+" in a log", log.String(), secrets...)
}

func hexEncode(secrets []string) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = fmt.Sprintf("%x", s)
	}
	return out
}

// checkFailed checks an error and all errors in its tree.
func (w *secretScan) checkFailed(what string, err error) {
	w.t.Helper()
	if err == nil {
		w.t.Errorf("%s: %s did not fail", w.vendor.name, what)
		return
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		w.kinds[e.Kind] = true
	}
	w.checkTree(what, err)
}

func (w *secretScan) checkTree(what string, err error) {
	w.t.Helper()
	if err == nil {
		return
	}
	what = fmt.Sprintf("%s, a %T", what, err)
	w.counts[fmt.Sprintf("%T", err)]++
	secrets := []string{plantedSecret, token}
	switch e := err.(type) {
	case *credit.MismatchError:
		w.checkString(what, err.Error(), secrets...)
		w.checkPrinted(what, err, token) // its Result holds the caller's values and the vendor's record
		w.checkUpdateResult(what, e.Result)
		return
	case *credit.UnverifiedError:
		w.checkString(what, err.Error(), secrets...)
		w.checkPrinted(what, err, token)
		w.checkUpdateResult(what, e.Result)
	default:
		w.checkPrinted(what, err, secrets...)
		if v := reflect.Indirect(reflect.ValueOf(err)); strings.HasSuffix(v.Type().PkgPath(), "/credit") { // foreign types cannot redact themselves
			w.checkPrinted(what+" as a value", v.Interface(), secrets...)
			w.checkPrinted(what+" in a closed struct", struct{ err error }{err}, secrets...)
		}
		w.checkPrinted(what+" in a struct", struct{ Err error }{err}, secrets...)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		w.checkTree(what, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			w.checkTree(what, next)
		}
	}
}

// checkUpdateResult looks for credentials in a Result. Its bodies are there on
// purpose.
func (w *secretScan) checkUpdateResult(what string, r *credit.Result) {
	w.t.Helper()
	if r == nil {
		w.t.Errorf("%s: %s has no Result", w.vendor.name, what)
		return
	}
	w.counts["results"]++
	w.checkPrinted(what+"'s Result", r, token)
	w.checkPrinted(what+"'s Result as a value", *r, token)
	if r.Request != nil {
		w.checkPrinted(what+"'s Request", *r.Request, token)
	}
}

// reportCounts checks the log lines and reports the counts.
func (w *secretScan) reportCounts() {
	w.t.Helper()
	w.checkString("the log", w.log.String(), plantedSecret, token)
	w.counts["log lines"] = strings.Count(w.log.String(), "\n")
	if w.counts["log lines"] == 0 {
		w.t.Errorf("%s: nothing was logged", w.vendor.name)
	}
	for _, kind := range allKinds {
		if !w.kinds[kind] {
			w.t.Errorf("%s: no error was of kind %q", w.vendor.name, kind)
		}
	}
	var counts []string
	for _, what := range slices.Sorted(maps.Keys(w.counts)) {
		counts = append(counts, fmt.Sprintf("%d %s", w.counts[what], what))
	}
	w.t.Logf("%s: %s", w.vendor.name, strings.Join(counts, ", "))
}

// No text that a program prints, logs or shows contains a credential, a query,
// a body or the text of a transport's error.
func TestNoOutputContainsSecrets(t *testing.T) {
	all := map[string]bool{}
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			w := newSecretScan(t, v)
			fake := v.fake(t)
			p := secretCase{w, v, fake, fake.Ref, plantSecrets(t, fake.Record(fake.Ref.ID))}
			p.checkResponses()
			p.checkNetworkErrors()
			p.checkContexts()
			p.checkInvalidUpdates()
			p.checkAppliedErrors()
			p.checkConstructors()
			p.checkPrintedClients()
			p.checkTokenSources()
			w.reportCounts()
			for name := range w.counts {
				all[name] = true
			}
		})
	}
	for _, err := range []any{
		&credit.Error{}, &credit.InvalidError{}, &credit.UnsupportedError{}, &credit.AmbiguousError{},
		&credit.MalformedReadError{}, &credit.MismatchError{}, &credit.UnverifiedError{},
	} {
		if name := fmt.Sprintf("%T", err); !all[name] {
			t.Errorf("no %s was looked at", name)
		}
	}
}

// plantSecrets puts secrets into a vendor's record.
func plantSecrets(t *testing.T, record []byte) []byte {
	t.Helper()
	members := decodeRecord[map[string]any](t, record)
	for _, name := range []string{"notes", "Description", "description", "name"} {
		if _, found := members[name]; found {
			members[name] = plantedSecret
		}
	}
	members["x_extra"] = plantedSecret
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
