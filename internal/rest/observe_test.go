package rest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
)

// watch returns an option that collects the events of calls, and the attempts
// between them as digits: "1 2 UpdateCredit 2 200 none".
func watch(t *testing.T) (credit.Option, *[]credit.Event, func() string) {
	t.Helper()
	all := new([]credit.Event)
	text := func() string {
		var parts []string
		for _, e := range *all {
			part := fmt.Sprint(e.Attempt)
			if e.Kind == credit.EventCall {
				part = fmt.Sprintf("%s %d %d %v", e.Name, e.Attempt, e.StatusCode, e.Outcome)
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, " ")
	}
	return credit.WithObserver(func(_ context.Context, e credit.Event) { *all = append(*all, e) }), all, text
}

// The event of a call comes once its response is decoded, with the error that the
// call returns.
func TestEachCallIsOneEvent(t *testing.T) {
	for _, test := range []struct {
		name  string
		op    *Operation
		steps []string
		want  string
	}{
		{"success", &opSafe, []string{`200 {"id":"7"}`}, "1 UpdateCredit 1 200 none"},
		{"retried", &opSafe, []string{"lost", "503", `200 {"id":"7"}`}, "1 2 3 UpdateCredit 3 200 none"},
		{"refused", &opSafe, []string{"404 {}"}, "1 UpdateCredit 1 404 rejected"},
		{"unknown before", &opSafe, []string{"lost", "404 {}"}, "1 2 UpdateCredit 2 404 unknown"},
		{"refused dials", &opUnsafe, []string{"dial", "dial", "dial", "dial"}, "1 2 3 4 AddCredit 4 0 not sent"},
		{"status that is none of a success", &opSafe, []string{"202 {}"}, "1 UpdateCredit 1 202 unknown"},
		{"body that breaks off", &opUnsafe, []string{"cut"}, "1 AddCredit 1 200 unknown"},
		{"body that cannot be decoded", &opSafe, []string{"200 [1]"}, "1 UpdateCredit 1 200 unknown"},
		{"read that cannot be decoded", &opRead, []string{"200 [1]"}, "1 GetCredit 1 200 not sent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			observe, all, text := watch(t)
			call := Call{Body: thing{ID: "7"}}
			for range strings.Count(test.op.Path, "{") {
				call.IDs, call.IDFields = append(call.IDs, "7"), append(call.IDFields, "id")
			}
			_, err := Send(t.Context(), newClient(t, play(test.steps...), observe), test.op, call, Decode[thing])
			last := (*all)[len(*all)-1]
			if got := text(); got != test.want || last.Err != err || last.Outcome != credit.OutcomeOf(err) {
				t.Errorf("got %s with %v, want %s with %v", got, last.Err, test.want, err)
			}
		})
	}
}

// A call that ends before its first attempt has an event; one that does not begin
// has none.
func TestEventsOfCallsWithoutAttempts(t *testing.T) {
	observe, all, text := watch(t)
	c := newClient(t, play(), observe)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Send(ctx, c, &opUnsafe, Call{}, Whole)
	if got := text(); got != "AddCredit 0 0 not sent" || (*all)[0].Err != err {
		t.Errorf("got %s, %v", got, (*all)[0].Err)
	}

	*all = nil
	for _, call := range []Call{
		{IDs: []string{".."}, IDFields: []string{"id"}},
		{Options: []credit.CallOption{nil}},
		{Body: func() {}},
	} {
		if _, err := Send(t.Context(), c, &opUnsafe, call, Whole); err == nil || text() != "" {
			t.Errorf("%v has the events %q", err, text())
		}
	}
	if err := Update(t.Context(), c, &opSafe, changing, credit.CallConfig{DryRun: true}, new(credit.Result), nil); err != nil || text() != "" {
		t.Errorf("a dry run has the events %q, %v", text(), err)
	}
}

// A call that waits for another update of its credit is one too.
func TestEventOfCallThatWaitsForItsTurn(t *testing.T) {
	observe, all, text := watch(t)
	c := newClient(t, play(), observe)
	unlock, err := c.Lock(t.Context(), &opSafe, "7")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err = c.Lock(ctx, &opSafe, "7")
	if got := text(); got != "UpdateCredit 0 0 not sent" || (*all)[0].Err != err || !(*all)[0].Write || (*all)[0].Vendor != "acme" || (*all)[0].Duration <= 0 {
		t.Errorf("got %s, %+v", got, *all)
	}
}

// Update counts the attempts of all its writes, and each write's event its own.
func TestEventOfAnUpdatesWrite(t *testing.T) {
	observe, all, text := watch(t)
	c, out := newClient(t, play("503", "409 {}", "503", `200 {"id":"7"}`, "lost"), observe), new(credit.Result)
	for range 2 {
		_ = Update(t.Context(), c, &opSafe, changing, credit.CallConfig{}, out, func(*Result) error { return nil })
	}
	if got, want := text(), "1 2 UpdateCredit 2 409 unknown 1 2 UpdateCredit 2 200 none"; got != want || out.Attempts != 4 {
		t.Errorf("got %s, want %s; %d attempts", got, want, out.Attempts)
	}
	*all = nil
	applied := changing
	applied.Recheck = func(bool) ([]byte, error) { return nil, ErrAlreadyApplied }
	if err := Update(t.Context(), c, &opSafe, applied, credit.CallConfig{}, out, nil); err != nil || text() != "1 UpdateCredit 1 0 none" {
		t.Errorf("a change that was found has the events %s, %v", text(), err)
	}
	*all = nil
	applied.Recheck = func(bool) ([]byte, error) { return nil, &credit.ChangedError{Vendor: "acme", ID: "7"} }
	err := Update(t.Context(), newClient(t, play("lost"), observe), &opSafe, applied, credit.CallConfig{}, new(credit.Result), nil)
	if !errors.Is(err, credit.ErrConflict) || text() != "1 UpdateCredit 1 0 unknown" || (*all)[1].Err != err {
		t.Errorf("a change of another writer has the events %s with %v, and the call %v", text(), (*all)[1].Err, err)
	}
	*all = nil
	odd := errors.New("odd")
	c = newClient(t, play(`200 {"id":"7"}`), observe)
	if err := Update(t.Context(), c, &opSafe, changing, credit.CallConfig{}, out, func(*Result) error { return odd }); err != odd || (*all)[1].Err != odd {
		t.Errorf("the event has %v, and the call %v", (*all)[1].Err, err)
	}
}

func TestEventOfCallHoldsNoSecrets(t *testing.T) {
	observe, all, _ := watch(t)
	c := newClient(t, play(`400 {"message":"`+secret+` is unknown","code":"`+secret+`"}`), observe)
	_, _ = Send(t.Context(), c, &opKeyed, Call{Body: thing{ID: "7"}}, Whole)
	for _, e := range *all {
		if text := fmt.Sprintf("%v %+v %#v %v", e, e, e, e.Err); strings.Contains(text, secret) {
			t.Errorf("%s event prints %s", e.Kind, text)
		}
	}
}
