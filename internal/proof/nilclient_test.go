package proof

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"testing"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/flexprice"
	"github.com/creditkit/creditkit/knox"
	"github.com/creditkit/creditkit/metronome"
	"github.com/creditkit/creditkit/nexudus"
	"github.com/creditkit/creditkit/thoughtindustries"
)

// Every method of a nil client, and of a client not created by New, returns an
// InvalidError.
func TestNilAndZeroClientsReturnInvalidError(t *testing.T) {
	for _, client := range []any{
		(*flexprice.Client)(nil), (*knox.Client)(nil), (*metronome.Client)(nil), (*nexudus.Client)(nil), (*thoughtindustries.Client)(nil),
		new(flexprice.Client), new(knox.Client), new(metronome.Client), new(nexudus.Client), new(thoughtindustries.Client),
	} {
		v := reflect.ValueOf(client)
		if v.NumMethod() < 2 {
			t.Errorf("%T has %d methods", client, v.NumMethod())
		}
		for i := range v.NumMethod() {
			name := v.Type().String() + "." + v.Type().Method(i).Name
			for _, out := range v.Method(i).Call(methodArguments(t, v.Method(i).Type())) {
				checkResultRejects(t, name, out)
			}
		}
	}
}

func methodArguments(t *testing.T, method reflect.Type) []reflect.Value {
	var in []reflect.Value
	for i := range method.NumIn() {
		switch param := method.In(i); {
		case param == reflect.TypeFor[context.Context]():
			in = append(in, reflect.ValueOf(t.Context()))
		case param.Kind() == reflect.String:
			in = append(in, reflect.ValueOf("7"))
		case param.Kind() == reflect.Int64:
			in = append(in, reflect.ValueOf(int64(7)))
		case method.IsVariadic() && i == method.NumIn()-1:
		default:
			in = append(in, reflect.Zero(param))
		}
	}
	return in
}

// checkResultRejects checks one result of a method.
func checkResultRejects(t *testing.T, name string, out reflect.Value) {
	t.Helper()
	switch result := out.Interface().(type) {
	case error:
		checkInvalid(t, name, result)
	case credit.Updater:
		_, err := result.Update(t.Context(), credit.Ref{ID: "7", Owner: "8"}, credit.Patch{Name: credit.Set("a")})
		if !errors.Is(err, errors.ErrUnsupported) { // knox cannot set a name
			checkInvalid(t, name+".Update", err)
		}
		_, err = result.Update(t.Context(), credit.Ref{ID: "7", Owner: "8"}, credit.Patch{Total: credit.Set(credit.NewDecimal(1))})
		if !errors.Is(err, errors.ErrUnsupported) {
			checkInvalid(t, name+".Update", err)
		}
		if reader, ok := result.(credit.Reader); ok {
			_, err := reader.Read(t.Context(), credit.Ref{ID: "7", Owner: "8"})
			checkInvalid(t, name+".Read", err)
		}
		if finder, ok := result.(credit.Finder); ok {
			n := 0
			for _, err := range finder.Find(t.Context(), credit.Query{Owner: "8"}) {
				n++
				checkInvalid(t, name+".Find", err)
			}
			if n != 1 {
				t.Errorf("%s.Find yields %d times, want one error", name, n)
			}
		}
	default:
		switch {
		case out.Kind() == reflect.Func:
			n := 0
			for _, err := range out.Seq2() {
				n++
				checkResultRejects(t, name, err)
			}
			if n != 1 {
				t.Errorf("%s yields %d times, want one error", name, n)
			}
		case !out.IsNil():
			t.Errorf("%s returns %v, want nil", name, out)
		}
	}
}

func checkInvalid(t *testing.T, name string, err error) {
	t.Helper()
	if _, ok := errors.AsType[*credit.InvalidError](err); !ok || credit.OutcomeOf(err) != credit.NotSent {
		t.Errorf("%s returns %v, want an InvalidError", name, err)
	}
}

type (
	nilTransport struct{ http.RoundTripper }
	nilLimiter   struct{ credit.Limiter }
	nilHandler   struct{ slog.Handler }
	nilSource    struct{ oauth2.TokenSource }
	nilContext   struct{ context.Context }
)

// New returns an error for a nil pointer in an interface. Otherwise the first
// call would panic.
func TestNewRejectsNilPointers(t *testing.T) {
	options := map[string]credit.Option{
		"transport":          credit.WithTransport((*nilTransport)(nil)),
		"client's transport": credit.WithHTTPClient(&http.Client{Transport: (*nilTransport)(nil)}),
		"limiter":            credit.WithLimiter((*nilLimiter)(nil)),
		"log handler":        credit.WithLogger(slog.New((*nilHandler)(nil))),
		"zero logger":        credit.WithLogger(new(slog.Logger)),
	}
	token := credit.StaticToken("token")
	for name, opt := range options {
		_, err := flexprice.New("key", opt)
		checkInvalid(t, name+" of flexprice", err)
		_, err = knox.New("acme", token, opt)
		checkInvalid(t, name+" of knox", err)
		_, err = metronome.New("key", opt)
		checkInvalid(t, name+" of metronome", err)
		_, err = nexudus.New(token, opt)
		checkInvalid(t, name+" of nexudus", err)
		_, err = thoughtindustries.New("acme", "key", opt)
		checkInvalid(t, name+" of thoughtindustries", err)
	}
	broken := context.WithValue(t.Context(), oauth2.HTTPClient, &http.Client{Transport: (*nilTransport)(nil)})
	for _, test := range []struct {
		name   string
		source func(context.Context) oauth2.TokenSource
	}{
		{"knox", knox.ClientCredentials{Domain: "acme.us.auth0.com", ClientID: "c", ClientSecret: "s"}.TokenSource},
		{"nexudus", nexudus.Password{Email: "e", Password: "p"}.TokenSource},
	} {
		for _, ctx := range []context.Context{nil, (*nilContext)(nil), broken} {
			_, err := test.source(ctx).Token()
			checkInvalid(t, test.name+"'s source", err)
			_, err = knox.New("acme", test.source(ctx))
			checkInvalid(t, test.name+"'s source in a client", err)
		}
	}
	_, err := knox.New("acme", (*nilSource)(nil))
	checkInvalid(t, "source of knox", err)
	_, err = nexudus.New((*nilSource)(nil))
	checkInvalid(t, "source of nexudus", err)
}
