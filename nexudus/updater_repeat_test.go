package nexudus_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/scripttest"
)

var (
	// noted is held after another writer changed a member that the patch does not
	// name, and notedThree is noted with the patch three.
	noted      = strings.Replace(held, "old", "by another writer", 1)
	notedThree = strings.Replace(noted, "50.00", "3", 1)
	// heldNine is held after another writer changed the member that the patch names.
	heldNine = strings.Replace(held, "50.00", "9", 1)
)

// After an attempt that may have been applied the credit is read, and decides
// what is sent next.
func TestWriteInDoubtIsRepeatedAfterARead(t *testing.T) {
	const read = readLine
	lost := scripttest.Response{Lost: true}
	for _, test := range []struct {
		name     string
		patch    credit.Patch
		options  []credit.CallOption
		answers  []scripttest.Response
		want     []string // the requests
		attempts int
		before   string // the record that the last write was built from
		after    string
	}{
		{
			"the change shows", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(heldThree)},
			[]string{read, writeLine + heldThree, read}, 1, held, heldThree,
		},
		{
			"the change shows beside another writer's", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(notedThree)},
			[]string{read, writeLine + heldThree, read}, 1, held, notedThree,
		},
		{
			"a cleared member is gone", credit.Patch{Note: credit.Clear[string]()}, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(strings.Replace(held, `"old"`, `null`, 1))},
			[]string{read, writeLine + strings.Replace(held, `"old"`, `null`, 1), read}, 1, held, strings.Replace(held, `"old"`, `null`, 1),
		},
		{
			"as before", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(held), scripttest.OK(updated)},
			[]string{read, writeLine + heldThree, read, writeLine + heldThree}, 2, held, "",
		},
		{
			"as before, and another writer wrote another member", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(noted), scripttest.OK(updated)},
			[]string{read, writeLine + heldThree, read, writeLine + notedThree}, 2, noted, "",
		},
		{
			"as before, with a record of the caller's", three, []credit.CallOption{credit.WithRecord([]byte(held))},
			[]scripttest.Response{lost, scripttest.OK(noted), scripttest.OK(updated)},
			[]string{writeLine + heldThree, read, writeLine + notedThree}, 2, noted, "",
		},
		{
			"the change shows, with a record of the caller's", three, []credit.CallOption{credit.WithRecord([]byte(held))},
			[]scripttest.Response{lost, scripttest.OK(heldThree)},
			[]string{writeLine + heldThree, read}, 1, held, heldThree,
		},
		{
			"after a success that broke off", three, nil,
			[]scripttest.Response{scripttest.OK(held), {Cut: true, Body: updated[:100]}, scripttest.OK(heldThree)},
			[]string{read, writeLine + heldThree, read}, 1, held, heldThree,
		},
		{
			"after a 503 and a 429, of which the second proves nothing about the first", three, nil,
			[]scripttest.Response{scripttest.OK(held), scripttest.Status(503, ""), scripttest.OK(held), scripttest.Status(429, ""), scripttest.OK(noted), scripttest.OK(updated)},
			[]string{read, writeLine + heldThree, read, writeLine + heldThree, read, writeLine + notedThree}, 3, noted, "",
		},
		{
			"after a throttle alone, which is a refusal", three, nil,
			[]scripttest.Response{scripttest.OK(held), scripttest.Status(409, ""), scripttest.Status(429, ""), scripttest.OK(updated)},
			[]string{read, writeLine + heldThree, writeLine + heldThree, writeLine + heldThree}, 3, held, "",
		},
		{
			"the change shows late", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.OK(noted), scripttest.Status(504, ""), scripttest.OK(notedThree)},
			[]string{read, writeLine + heldThree, read, writeLine + notedThree, read}, 2, noted, notedThree,
		},
		{
			"the read itself is repeated", three, nil,
			[]scripttest.Response{scripttest.OK(held), lost, scripttest.Status(503, ""), scripttest.Status(409, ""), scripttest.OK(held), scripttest.OK(updated)},
			[]string{read, writeLine + heldThree, read, read, read, writeLine + heldThree}, 2, held, "",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, test.answers...)
			var info credit.CallInfo
			result, err := client.Updater().Update(t.Context(), ref, test.patch, append(test.options, credit.WithInfo(&info))...)
			if err != nil {
				t.Fatal(err)
			}
			checkArrived(t, server, test.want...)
			written := slices.DeleteFunc(slices.Clone(test.want), func(line string) bool { return line == read })
			if last := written[len(written)-1]; writeLine+string(result.Request.Body) != last {
				t.Errorf("the result shows the request %s, want %s", result.Request.Body, last)
			}
			if result.Attempts != test.attempts || info.Attempts != test.attempts {
				t.Errorf("%d attempts, %d in the info, want %d", result.Attempts, info.Attempts, test.attempts)
			}
			after := "" // the answer to a write does not show the record
			if result.After != nil {
				after = string(result.After.Raw)
			}
			if string(result.Before.Raw) != test.before || after != test.after {
				t.Errorf("before %s\nand after %s", result.Before.Raw, after)
			}
		})
	}
}

// A credit that is neither as before nor as the patch wants it was changed by another writer,
// after the attempt or instead of it.
func TestWriteInDoubtIsNotRepeatedOverAnotherChange(t *testing.T) {
	for _, test := range []struct {
		name     string
		answers  []scripttest.Response // after the first read
		want     []string
		attempts int
	}{
		{"after one attempt", []scripttest.Response{{Lost: true}, scripttest.OK(heldNine)}, []string{writeLine + heldThree, readLine}, 1},
		{
			"after two attempts", []scripttest.Response{scripttest.Status(503, ""), scripttest.OK(held), {Lost: true}, scripttest.OK(heldNine)},
			[]string{writeLine + heldThree, readLine, writeLine + heldThree, readLine}, 2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := connect(t, append([]scripttest.Response{scripttest.OK(held)}, test.answers...)...)
			result, err := client.Updater().Update(t.Context(), ref, three)
			e := failed[*credit.ChangedError](t, result, err, credit.Unknown)
			if diff := cmp.Diff([]credit.FieldMismatch{{Field: credit.FieldTotal, Want: "3", Got: "9"}}, e.Fields); diff != "" {
				t.Error(diff)
			}
			if e.Vendor != "nexudus" || e.ID != "87654321" || e.Now == nil || string(e.Now.Raw) != heldNine || !errors.Is(err, credit.ErrConflict) {
				t.Errorf("the error is %+v", e)
			}
			attempt, ok := errors.AsType[*credit.Error](e.Err)
			if !ok || attempt.Op != "UpdateCoworkerBookingCredit" || attempt.Outcome != credit.Unknown || attempt.Attempts != test.attempts || attempt.Kind != credit.ErrUnavailable {
				t.Errorf("the attempt's error is %+v", e.Err)
			}
			checkArrived(t, server, append([]string{readLine}, test.want...)...)
		})
	}
}

// A part of the patch does not prove that the rest may be written over what may be another
// writer's.
func TestWriteInDoubtIsNotRepeatedOverAPartOfIt(t *testing.T) {
	patch := credit.Patch{Total: three.Total, Note: credit.Set("n")}
	client, server := connect(t, scripttest.OK(held), scripttest.Response{Lost: true}, scripttest.OK(heldThree))
	result, err := client.Updater().Update(t.Context(), ref, patch)
	e := failed[*credit.ChangedError](t, result, err, credit.Unknown)
	if len(e.Fields) != 1 || e.Fields[0].Field != credit.FieldTotal || string(e.Now.Raw) != heldThree {
		t.Errorf("the error is %+v", e)
	}
	checkArrived(t, server, readLine, writeLine+strings.Replace(heldThree, `"old"`, `"n"`, 1), readLine)
}

// A time without a zone is not one that a patch can be compared with. The record
// still shows whether it is as before.
func TestWriteInDoubtOverAValueThatCannotBeCompared(t *testing.T) {
	zoneless := func(at string) string { return strings.Replace(held, `null`, `"`+at+`"`, 1) }
	before, another := zoneless("2026-01-01T10:30:00"), zoneless("2026-01-02T10:30:00")
	patch := credit.Patch{StartsAt: credit.Set(newYear)}
	write := writeLine + zoneless("2027-01-01T00:00:00Z")

	client, server := connect(t, scripttest.OK(before), scripttest.Response{Lost: true}, scripttest.OK(before), scripttest.OK(updated))
	if _, err := client.Updater().Update(t.Context(), ref, patch); err != nil {
		t.Error(err)
	}
	checkArrived(t, server, readLine, write, readLine, write)

	client, server = connect(t, scripttest.OK(before), scripttest.Response{Lost: true}, scripttest.OK(another))
	result, err := client.Updater().Update(t.Context(), ref, patch)
	e := failed[*credit.ChangedError](t, result, err, credit.Unknown)
	if diff := cmp.Diff([]credit.FieldMismatch{{Field: credit.FieldStartsAt, Want: "2027-01-01T00:00:00Z", Got: "unknown"}}, e.Fields); diff != "" {
		t.Error(diff)
	}
	checkArrived(t, server, readLine, write, readLine)
}

// Without a read of the credit the write is not repeated, and stays unknown.
func TestWriteInDoubtIsNotRepeatedWithoutARead(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer scripttest.Response
		reads  int
	}{
		{"refused", scripttest.Status(403, `{"message":"no"}`), 1},
		{"not found", scripttest.Status(404, ``), 1},
		{"failed", scripttest.Status(500, ``), 1},
		{"unavailable", scripttest.Status(503, ``), 4},
		{"empty", scripttest.OK(``), 1},
		{"another credit", scripttest.OK(strings.Replace(held, "87654321", "87654322", 1)), 1},
		{"without its total", scripttest.OK(`{"Id":87654321,"CoworkerId":12,"BusinessId":34}`), 1},
		{"a part", scripttest.Status(206, held), 1},
	} {
		for _, options := range [][]credit.CallOption{nil, {credit.WithRecord([]byte(held))}} {
			t.Run(test.name, func(t *testing.T) {
				answers, want := []scripttest.Response{scripttest.OK(held)}, []string{readLine}
				if options != nil {
					answers, want = nil, nil
				}
				answers, want = append(answers, scripttest.Status(504, ``)), append(want, writeLine+heldThree)
				for range test.reads {
					answers, want = append(answers, test.answer), append(want, readLine)
				}
				client, server := connect(t, answers...)
				result, err := client.Updater().Update(t.Context(), ref, three, options...)
				e := failed[*credit.Error](t, result, err, credit.Unknown)
				if e.Op != "UpdateCoworkerBookingCredit" || e.Kind != credit.ErrUnavailable || e.StatusCode != 504 || e.Attempts != 1 {
					t.Errorf("the error is %+v", e)
				}
				if errors.Is(err, credit.ErrForbidden) || errors.Is(err, credit.ErrNotFound) || errors.Is(err, credit.ErrMalformed) {
					t.Errorf("%v is of the kind of the read", err)
				}
				if !strings.Contains(err.Error(), "could not be read") {
					t.Errorf("%v does not say why the write was not repeated", err)
				}
				if strings.Contains(err.Error(), "no change was sent") || strings.Contains(err.Error(), "nothing was written") {
					t.Errorf("%v reports the outcome of the read as that of the change", err)
				}
				checkArrived(t, server, want...)
			})
		}
	}
}

// A later refusal does not prove that the attempts before it changed nothing.
func TestRefusalAfterAWriteInDoubtIsUnknown(t *testing.T) {
	client, server := connect(t, scripttest.OK(held), scripttest.Response{Lost: true}, scripttest.OK(held), scripttest.OK(`{"Message":"no","WasSuccessful":false}`))
	result, err := client.Updater().Update(t.Context(), ref, three)
	if e := failed[*credit.Error](t, result, err, credit.Unknown); e.Kind != credit.ErrInvalid || e.Attempts != 2 {
		t.Errorf("the error is %+v", e)
	}
	checkArrived(t, server, readLine, writeLine+heldThree, readLine, writeLine+heldThree)
}

// All attempts count, also with reads between them.
func TestWritesInDoubtEndAfterFourAttempts(t *testing.T) {
	answers, want := []scripttest.Response{}, []string{}
	for range 4 {
		answers, want = append(answers, scripttest.OK(held), scripttest.Response{Lost: true}), append(want, readLine, writeLine+heldThree)
	}
	client, server := connect(t, answers...)
	result, err := client.Updater().Update(t.Context(), ref, three)
	if e := failed[*credit.Error](t, result, err, credit.Unknown); e.Attempts != 4 {
		t.Errorf("the error is %+v", e)
	}
	checkArrived(t, server, want...)
}
