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

// lostCases are about other writers between two attempts of an update
// that writes the whole record.
func (s *suite) lostCases() []testCase {
	cases := []testCase{
		{name: "lost: a change of another field before the repeat is kept", run: func(k *check) { k.keepsOthers(credittest.LostBefore()) }},
		{name: "lost: a change of another field after the write is kept", run: func(k *check) { k.keepsOthers(credittest.LostAfter()) }},
		{name: "lost: a change of the same field ends the update", run: func(k *check) { k.givesUp(credittest.LostBefore()) }},
		{name: "lost: a change of the same field after the write ends the update", run: func(k *check) { k.givesUp(credittest.LostAfter()) }},
		{name: "lost: without a read there is no repeat", run: func(k *check) { k.cannotRead(credittest.LostBefore()) }},
		{name: "lost: without a read the outcome of a change stays unknown", run: func(k *check) { k.cannotRead(credittest.LostAfter()) }},
	}
	reason := ""
	switch {
	case !s.others:
		reason = "the wire plays no other writers"
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

// ownAndOther are a field that holds a text and may be repeated, and another one.
func (s *suite) ownAndOther() []credit.Field {
	fields := fieldsOf(s.again.patch)
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

// disturb writes to the credit a moment after the update began, and before it
// repeats anything.
func (k *check) disturb(change func(record json.RawMessage) json.RawMessage) {
	k.disturbed = true
	wire := k.h.Backend.(disturber)
	go func() {
		time.Sleep(time.Millisecond)
		if err := wire.Seed(change(wire.Record(k.h.Ref.ID))); err != nil {
			k.errorf("the wire takes no other record: %v", err)
		}
	}()
}

// keepsOthers wants both the change of an update and that of another writer.
func (k *check) keepsOthers(f credittest.Fault) {
	fields := k.ownAndOther()
	theirs := strings.Split(k.h.FieldPaths[fields[1]].Record, "/")
	k.disturb(func(record json.RawMessage) json.RawMessage { return graft(record, k.full.record, theirs) })
	k.queue(f.OnWrite())
	c := k.update(pick(k.h.Patch, fields[0]))
	if c.err != nil {
		k.fatalf("the update failed: %v", c.err)
	}
	places := []string{k.h.FieldPaths[fields[0]].Record, k.h.FieldPaths[fields[1]].Record}
	for _, path := range c.after.differing(k.full.after) {
		if within(path, places) {
			k.errorf("%s is %s, not %s", path, c.after[path], k.full.after[path])
		}
	}
	if paths := c.after.without(places).differing(c.before.without(places)); len(paths) > 0 {
		k.errorf("%s was changed as well", strings.Join(paths, ", "))
	}
}

// givesUp wants an update to end where another writer has changed the field that
// it changes.
func (k *check) givesUp(f credittest.Fault) {
	field := k.ownAndOther()[0]
	const theirs = `"written by another writer"`
	k.disturb(func(record json.RawMessage) json.RawMessage {
		members, err := parseObject(record)
		if err != nil {
			k.errorf("the wire shows no JSON object: %v", err)
			return record
		}
		return members.with(object{k.h.FieldPaths[field].Record: json.RawMessage(theirs)}).json()
	})
	k.queue(f.OnWrite())
	c := k.update(pick(k.h.Patch, field))
	k.failed(c, []credit.Kind{credit.ErrConflict}, credit.Unknown)
	if _, ok := errors.AsType[*credit.ChangedError](c.err); !ok {
		k.errorf("%T is no ChangedError: %v", c.err, c.err)
	}
	if got := c.after[k.h.FieldPaths[field].Record]; got != theirs || len(c.writes) != 1 {
		k.errorf("%d writes were made, and left %s", len(c.writes), got)
	}
}

// cannotRead wants an update to end where the credit cannot be read again.
func (k *check) cannotRead(f credittest.Fault) {
	k.queue(f.OnWrite())
	k.queue(append(k.readsBefore(), always(credittest.Respond(403, `{}`).OnRead())...)...)
	c := k.update(k.again.patch)
	k.judge(c, k.again)
	k.failed(c, nil, credit.Unknown)
	if len(c.writes) != 1 {
		k.errorf("%d writes were made: %v", len(c.writes), c.err)
	}
}

// graft puts the value at a path of one document into another.
func graft(doc, from json.RawMessage, path []string) json.RawMessage {
	if len(path) == 0 {
		return from
	}
	if i, err := strconv.Atoi(path[0]); err == nil {
		var items, others []json.RawMessage
		if json.Unmarshal(doc, &items) != nil || json.Unmarshal(from, &others) != nil || i >= min(len(items), len(others)) {
			return doc
		}
		items[i] = graft(items[i], others[i], path[1:])
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
		members[path[0]] = graft(members[path[0]], value, path[1:])
	} else {
		delete(members, path[0])
	}
	return members.json()
}
