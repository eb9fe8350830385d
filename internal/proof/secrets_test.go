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

// plant stands in every text that must not show: credentials, queries, bodies,
// the words of transports and of token endpoints. The clients' own token is the
// other such text.
const plant = "planted-4711"

// A walk looks for what was planted, and counts where it has looked.
type walk struct {
	t      *testing.T
	vendor vendor
	log    bytes.Buffer
	seen   map[string]int
	kinds  map[credit.Kind]bool
}

func newWalk(t *testing.T, v vendor) *walk {
	return &walk{t: t, vendor: v, seen: map[string]int{}, kinds: map[credit.Kind]bool{}}
}

// logger writes both of slog's formats, all levels.
func (w *walk) logger(to io.Writer) *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	return slog.New(slog.NewMultiHandler(slog.NewTextHandler(to, all), slog.NewJSONHandler(to, all)))
}

func (w *walk) look(what, text string, secrets ...string) {
	w.t.Helper()
	w.seen["texts"]++
	for _, s := range secrets {
		if i := strings.Index(text, s); i >= 0 {
			w.t.Errorf("%s: %s shows %q: ...%.200s", w.vendor.name, what, s, text[max(0, i-100):])
		}
	}
}

// printed looks at a value in all the ways in which a program may print it.
func (w *walk) printed(what string, v any, secrets ...string) {
	w.t.Helper()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		text := fmt.Sprintf(verb, v)
		w.look(what+" by "+verb, text, secrets...)
		if verb == "%x" {
			w.look(what+" by "+verb, text, hexed(secrets)...)
		}
	}
	if data, err := json.Marshal(v); err == nil {
		w.look(what+" in JSON", string(data), secrets...)
	}
	var log bytes.Buffer
	logger := w.logger(&log)
	logger.Info("value", "v", v, slog.Group("group", "v", v))
	logger.With("v", v).Debug("value", "in", []any{v})
	w.look(what+" in a log", log.String(), secrets...)
}

func hexed(secrets []string) []string {
	out := make([]string, len(secrets))
	for i, s := range secrets {
		out[i] = fmt.Sprintf("%x", s)
	}
	return out
}

// failed looks at an error and all below it.
func (w *walk) failed(what string, err error) {
	w.t.Helper()
	if err == nil {
		w.t.Errorf("%s: %s did not fail", w.vendor.name, what)
		return
	}
	if e, ok := errors.AsType[*credit.Error](err); ok {
		w.kinds[e.Kind] = true
	}
	w.below(what, err)
}

func (w *walk) below(what string, err error) {
	w.t.Helper()
	if err == nil {
		return
	}
	what = fmt.Sprintf("%s, a %T", what, err)
	w.seen[fmt.Sprintf("%T", err)]++
	secrets := []string{plant, token}
	switch e := err.(type) {
	case *credit.MismatchError:
		w.look(what, err.Error(), secrets...)
		w.printed(what, err, token) // its Result is the caller's own change, with the vendor's answer
		w.result(what, e.Result)
		return
	case *credit.UnverifiedError:
		w.look(what, err.Error(), secrets...)
		w.printed(what, err, token)
		w.result(what, e.Result)
	default:
		w.printed(what, err, secrets...)
		if v := reflect.Indirect(reflect.ValueOf(err)); strings.HasSuffix(v.Type().PkgPath(), "/credit") { // others can do no such thing
			w.printed(what+" as a value", v.Interface(), secrets...)
			w.printed(what+" in a closed struct", struct{ err error }{err}, secrets...)
		}
		w.printed(what+" in a struct", struct{ Err error }{err}, secrets...)
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		w.below(what, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			w.below(what, next)
		}
	}
}

// result looks for credentials in a Result, which holds bodies on purpose.
func (w *walk) result(what string, r *credit.Result) {
	w.t.Helper()
	if r == nil {
		w.t.Errorf("%s: %s has no Result", w.vendor.name, what)
		return
	}
	w.seen["results"]++
	w.printed(what+"'s Result", r, token)
	w.printed(what+"'s Result as a value", *r, token)
	if r.Request != nil {
		w.printed(what+"'s Request", *r.Request, token)
	}
}

// report closes the walk: the log lines are looked at and the counts shown.
func (w *walk) report() {
	w.t.Helper()
	w.look("the log", w.log.String(), plant, token)
	w.seen["log lines"] = strings.Count(w.log.String(), "\n")
	if w.seen["log lines"] == 0 {
		w.t.Errorf("%s: nothing was logged", w.vendor.name)
	}
	for _, kind := range kinds {
		if !w.kinds[kind] {
			w.t.Errorf("%s: no error was of kind %q", w.vendor.name, kind)
		}
	}
	var counts []string
	for _, what := range slices.Sorted(maps.Keys(w.seen)) {
		counts = append(counts, fmt.Sprintf("%d %s", w.seen[what], what))
	}
	w.t.Logf("%s: %s", w.vendor.name, strings.Join(counts, ", "))
}

// No text that a program prints, logs or shows holds a credential, a query, a
// body or the words of a transport.
func TestNoSecretShows(t *testing.T) {
	all := map[string]bool{}
	for _, v := range vendors {
		t.Run(v.name, func(t *testing.T) {
			w := newWalk(t, v)
			fake := v.fake(t)
			p := planted{w, v, fake, fake.Ref, withPlants(t, fake.Record(fake.Ref.ID))}
			p.answers()
			p.networks()
			p.contexts()
			p.refusedUpdates()
			p.unusableUpdates()
			p.arguments()
			p.clients()
			p.sources()
			w.report()
			for name := range w.seen {
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

// withPlants puts planted members and texts into a vendor's record.
func withPlants(t *testing.T, record []byte) []byte {
	t.Helper()
	members := decoded[map[string]any](t, record)
	for _, name := range []string{"notes", "Description", "description", "name"} {
		if _, found := members[name]; found {
			members[name] = plant
		}
	}
	members["x_extra"] = plant
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
