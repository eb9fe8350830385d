package drivertest

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/credittest"
)

// otherWriterCases test other writers between two attempts of an update that replaces
// the record.
func (s *suite) otherWriterCases() []testCase {
	cases := []testCase{
		{name: "other writer: a change of another field before the repeat is kept", run: func(k *check) { k.testKeepsOtherChanges(credittest.LostBefore()) }},
		{name: "other writer: a change of another field after the write is kept", run: func(k *check) { k.testKeepsOtherChanges(credittest.LostAfter()) }},
		{name: "other writer: a change of the same field ends the update", run: func(k *check) { k.testConflict(credittest.LostBefore()) }},
		{name: "other writer: a change of the same field after the write ends the update", run: func(k *check) { k.testConflict(credittest.LostAfter()) }},
		{name: "other writer: without a read there is no repeat", run: func(k *check) { k.testNoReadNoRepeat(credittest.LostBefore()) }},
		{name: "other writer: without a read the outcome of a change stays unknown", run: func(k *check) { k.testNoReadNoRepeat(credittest.LostAfter()) }},
	}
	reason := ""
	switch {
	case !s.otherWriters:
		reason = "the Backend has no other writers"
	case !s.support.ReplacesRecord:
		reason = "a write does not replace the record"
	case !s.harness.Repeats:
		reason = "the Updater repeats nothing"
	case len(s.ownAndOther()) == 0:
		reason = "the patch has no two fields of which one is a text at the top of the record"
	}
	for i := range cases {
		cases[i].skip = reason
	}
	return cases
}

// ownAndOther returns an idempotent text field, and another field.
func (s *suite) ownAndOther() []credit.Field {
	fields := fieldsOf(s.repeatable.patch)
	i := slices.IndexFunc(fields, func(f credit.Field) bool {
		return (f == credit.FieldNote || f == credit.FieldName) && !strings.Contains(s.harness.FieldPaths[f].Record, "/")
	})
	all := fieldsOf(s.harness.Patch)
	if i < 0 || len(all) < 2 {
		return nil
	}
	j := slices.IndexFunc(all, func(f credit.Field) bool { return f != fields[i] })
	return []credit.Field{fields[i], all[j]}
}

// writeAsOther changes the credit after the first attempt of the update that follows,
// and before its second.
func (k *check) writeAsOther(change func(record json.RawMessage) json.RawMessage) {
	k.otherWrote = true
	backend := k.h.Backend.(writableBackend)
	go func() {
		time.Sleep(time.Millisecond) //nolint:forbidigo // of the bubble's clock
		if err := backend.Seed(change(backend.Record(k.h.Ref.ID))); err != nil {
			k.errorf("the Backend does not accept the record: %v", err)
		}
	}()
}

// testKeepsOtherChanges checks that both the update's and the other writer's change
// remain.
func (k *check) testKeepsOtherChanges(f credittest.Fault) {
	fields := k.ownAndOther()
	theirs := strings.Split(k.h.FieldPaths[fields[1]].Record, "/")
	k.writeAsOther(func(record json.RawMessage) json.RawMessage { return replaceAtPath(record, k.all.record, theirs) })
	k.queue(f.OnWrite())
	c := k.update(pick(k.h.Patch, fields[0]))
	if c.err != nil {
		k.fatalf("the update failed: %v", c.err)
	}
	places := []string{k.h.FieldPaths[fields[0]].Record, k.h.FieldPaths[fields[1]].Record}
	for _, path := range c.after.differing(k.all.after) {
		if isWithin(path, places) {
			k.errorf("%s is %s, not %s", path, c.after[path], k.all.after[path])
		}
	}
	if paths := c.after.without(places).differing(c.before.without(places)); len(paths) > 0 {
		k.errorf("%s was changed as well", strings.Join(paths, ", "))
	}
}

// testConflict checks that an update ends with a ChangedError if another writer has
// changed the same field.
func (k *check) testConflict(f credittest.Fault) {
	field := k.ownAndOther()[0]
	const theirs = `"written by another writer"`
	k.writeAsOther(func(record json.RawMessage) json.RawMessage {
		members, err := parseObject(record)
		if err != nil {
			k.errorf("the Backend's record is not a JSON object: %v", err)
			return record
		}
		return members.with(object{k.h.FieldPaths[field].Record: json.RawMessage(theirs)}).json()
	})
	k.queue(f.OnWrite())
	c := k.update(pick(k.h.Patch, field))
	k.checkFailed(c, []credit.Kind{credit.ErrConflict}, credit.Unknown)
	if _, ok := errors.AsType[*credit.ChangedError](c.err); !ok {
		k.errorf("the error is a %T, not a ChangedError: %v", c.err, c.err)
	}
	if got := c.after[k.h.FieldPaths[field].Record]; got != theirs || len(c.writes) != 1 {
		k.errorf("%d writes were sent, and the value is %s", len(c.writes), got)
	}
}

// testNoReadNoRepeat checks that there is no retry if the credit cannot be read again.
func (k *check) testNoReadNoRepeat(f credittest.Fault) {
	k.queue(f.OnWrite())
	k.queue(append(k.readsBefore(), repeatFault(credittest.Respond(403, `{}`).OnRead())...)...)
	c := k.update(k.repeatable.patch)
	k.checkOutcome(c, k.repeatable)
	k.checkFailed(c, nil, credit.Unknown)
	if len(c.writes) != 1 {
		k.errorf("%d writes were sent: %v", len(c.writes), c.err)
	}
}

// replaceAtPath returns doc with the value at path of another document.
func replaceAtPath(doc, from json.RawMessage, path []string) json.RawMessage {
	if len(path) == 0 {
		return from
	}
	if i, err := strconv.Atoi(path[0]); err == nil {
		var items, others []json.RawMessage
		if json.Unmarshal(doc, &items) != nil || json.Unmarshal(from, &others) != nil || i >= min(len(items), len(others)) {
			return doc
		}
		items[i] = replaceAtPath(items[i], others[i], path[1:])
		return encode(items)
	}
	members, err := parseObject(doc)
	if err != nil {
		return doc
	}
	others, err := parseObject(from)
	if err != nil {
		return doc
	}
	if value, found := others[path[0]]; found {
		members[path[0]] = replaceAtPath(members[path[0]], value, path[1:])
	} else {
		delete(members, path[0])
	}
	return members.json()
}
