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
func (s *secretScan) newLogger(to io.Writer) *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(to, all), slog.NewJSONHandler(to, all)))
}

func (s *secretScan) checkString(what, text string, secrets ...string) {
	s.t.Helper()
	s.counts["texts"]++
	for _, secret := range secrets {
		if i := strings.Index(text, secret); i >= 0 {
			s.t.Errorf("%s: %s shows %q: ...%.200s", s.vendor.name, what, secret, text[max(0, i-100):])
		}
	}
}

// checkPrinted checks v in all the forms in which a program may print it.
func (s *secretScan) checkPrinted(what string, v any, secrets ...string) {
	s.t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text := fmt.Sprintf(verb, v)
		s.checkString(what+" by "+verb, text, secrets...)
		if verb == "%x" {
			s.checkString(what+" by "+verb, text, hexEncode(secrets)...)
		}
	}
	if data, err := json.Marshal(v); err == nil {
		s.checkString(what+" in JSON", string(data), secrets...)
	}
	var log bytes.Buffer
	logger := s.newLogger(&log)
	logger.Info("value", "v", v, slog.Group("group", "v", v))
	logger.With("v", v).Debug("value", "in", []any{v})
	s.checkString(what+" in a log", log.String(), secrets...)
}

func hexEncode(secrets []string) []string {
	out := make([]string, len(secrets))
	for i, secret := range secrets {
		out[i] = fmt.Sprintf("%x", secret)
	}
	return out
}

// checkFailed checks an error and all errors in its tree.
func (s *secretScan) checkFailed(what string, err error) {
	s.t.Helper()
	if err == nil {
		s.t.Errorf("%s: %s did not fail", s.vendor.name, what)
		return
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		s.kinds[e.Kind] = true
	}
	s.checkTree(what, err)
}

func (s *secretScan) checkTree(what string, err error) {
	s.t.Helper()
	if err == nil {
		return
	}
	what = fmt.Sprintf("%s, a %T", what, err)
	s.counts[fmt.Sprintf("%T", err)]++
	secrets := []string{plantedSecret, token}
	switch e := err.(type) {
	case *credit.MismatchError:
		s.checkString(what, err.Error(), secrets...)
		s.checkPrinted(what, err, token) // its Result holds the caller's values and the vendor's record
		s.checkUpdateResult(what, e.Result)
		return
	case *credit.UnverifiedError:
		s.checkString(what, err.Error(), secrets...)
		s.checkPrinted(what, err, token)
		s.checkUpdateResult(what, e.Result)
	default:
		s.checkPrinted(what, err, secrets...)
		if v := reflect.Indirect(reflect.ValueOf(err)); strings.HasSuffix(v.Type().PkgPath(), "/credit") { // foreign types cannot redact themselves
			s.checkPrinted(what+" as a value", v.Interface(), secrets...)
			s.checkPrinted(what+" in a closed struct", struct{ err error }{err}, secrets...)
		}
		s.checkPrinted(what+" in a struct", struct{ Err error }{err}, secrets...)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		s.checkTree(what, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			s.checkTree(what, next)
		}
	}
}

// checkUpdateResult looks for credentials in a Result. Its bodies are there on
// purpose.
func (s *secretScan) checkUpdateResult(what string, r *credit.Result) {
	s.t.Helper()
	if r == nil {
		s.t.Errorf("%s: %s has no Result", s.vendor.name, what)
		return
	}
	s.counts["results"]++
	s.checkPrinted(what+"'s Result", r, token)
	s.checkPrinted(what+"'s Result as a value", *r, token)
	if r.Request != nil {
		s.checkPrinted(what+"'s Request", *r.Request, token)
	}
}

// reportCounts checks the log lines and reports the counts.
func (s *secretScan) reportCounts() {
	s.t.Helper()
	s.checkString("the log", s.log.String(), plantedSecret, token)
	s.counts["log lines"] = strings.Count(s.log.String(), "\n")
	if s.counts["log lines"] == 0 {
		s.t.Errorf("%s: nothing was logged", s.vendor.name)
	}
	for _, kind := range allKinds {
		if !s.kinds[kind] {
			s.t.Errorf("%s: no error was of kind %q", s.vendor.name, kind)
		}
	}
	var counts []string
	for _, what := range slices.Sorted(maps.Keys(s.counts)) {
		counts = append(counts, fmt.Sprintf("%d %s", s.counts[what], what))
	}
	s.t.Logf("%s: %s", s.vendor.name, strings.Join(counts, ", "))
}

// No text that a program prints, logs or shows contains a credential, a query,
// a body or the text of a transport's error.
func TestNoOutputContainsSecrets(t *testing.T) {
	all := map[string]bool{}
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			s := newSecretScan(t, v)
			fake := v.fake(t)
			c := secretCase{s, v, fake, fake.Ref, plantSecrets(t, fake.Record(fake.Ref.ID))}
			c.checkResponses()
			c.checkNetworkErrors()
			c.checkContexts()
			c.checkInvalidUpdates()
			c.checkAppliedErrors()
			c.checkConstructors()
			c.checkPrintedClients()
			c.checkTokenSources()
			s.reportCounts()
			for name := range s.counts {
				all[name] = true
			}
		})
	}
	for _, err := range []any{
		&credit.Error{}, &credit.InvalidError{}, &credit.UnsupportedError{}, &credit.AmbiguousError{},
		&credit.MalformedReadError{}, &credit.MismatchError{}, &credit.UnverifiedError{},
	} {
		if name := fmt.Sprintf("%T", err); !all[name] {
			t.Errorf("no %s was checked", name)
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
