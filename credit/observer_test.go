package credit_test

import (
	"context"
	"errors"
	"testing"

	"github.com/creditkit/creditkit/credit"
)

func TestNilObserverIsInvalid(t *testing.T) {
	_, err := credit.NewConfig("acme", credit.WithObserver(nil))
	if invalid, ok := errors.AsType[*credit.InvalidError](err); !ok || invalid.Field != "WithObserver" || invalid.Vendor != "acme" {
		t.Errorf("got %v, want an InvalidError of WithObserver", err)
	}
}

func TestObserversKeepTheirOrder(t *testing.T) {
	order := ""
	name := func(name string) credit.Option {
		return credit.WithObserver(func(context.Context, credit.Event) { order += name })
	}
	first := []credit.Option{name("a"), name("b")}
	cfg, err := credit.NewConfig("acme", first...)
	if err != nil {
		t.Fatal(err)
	}
	for _, observe := range cfg.Observers {
		observe(t.Context(), credit.Event{})
	}
	if order != "ab" {
		t.Error(order)
	}
}

func TestOperationFromContext(t *testing.T) {
	if op, ok := credit.OperationFrom(t.Context()); ok || op != (credit.Operation{}) {
		t.Errorf("a context without an operation has %+v", op)
	}
	outer := credit.ContextWithOperation(t.Context(), credit.Operation{Vendor: "acme", Name: "Update", Write: true, Attempt: 2})
	inner := credit.ContextWithOperation(outer, credit.Operation{Vendor: "acme", Name: "Token", Attempt: 1})
	for ctx, want := range map[context.Context]string{outer: "Update", inner: "Token"} {
		if op, ok := credit.OperationFrom(context.WithoutCancel(ctx)); !ok || op.Name != want || op.Write != (want == "Update") {
			t.Errorf("got %+v, %t, want %s", op, ok, want)
		}
	}
}
