package knox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/knox"
)

// piece is a member of a JSON object, with the text between it and the member
// before.
type piece struct{ Gap, Name, Value string }

// splitObject splits an object into its members with encoding/json. ok is false if
// doc is not an object.
func splitObject(doc []byte) (pieces []piece, tail string, ok bool) {
	if !json.Valid(doc) {
		return nil, "", false
	}
	decoder := json.NewDecoder(bytes.NewReader(doc))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, "", false
	}
	end := decoder.InputOffset()
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, "", false
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, "", false
		}
		next := decoder.InputOffset()
		pieces = append(pieces, piece{string(doc[end : next-int64(len(value))]), name.(string), string(value)})
		end = next
	}
	return pieces, string(doc[end:]), true
}

func values(pieces []piece, name string) (found []string) {
	for _, p := range pieces {
		if p.Name == name {
			found = append(found, p.Value)
		}
	}
	return found
}

// A memberPatch is a patch and the values that it gives to members, with the note's
// decoded, or nil for a member that is cleared.
type memberPatch struct {
	patch   credit.Patch
	members map[string]*string
}

func newMemberPatch(ops byte, note, quantity string, start, end uint16) memberPatch {
	a := memberPatch{members: map[string]*string{}}
	day := func(days uint16) (time.Time, *string) {
		at := time.Unix(0, 0).UTC().AddDate(0, 0, int(days))
		return at, new(at.Format(`"2006-01-02"`))
	}
	switch ops & 3 {
	case 1:
		a.patch.Note, a.members["notes"] = credit.Set(note), &note
	case 2:
		a.patch.Note, a.members["notes"] = credit.Clear[string](), nil
	}
	if amount, err := credit.ParseDecimal(quantity); ops&4 != 0 && err == nil {
		a.patch.Total, a.members["quantity"] = credit.Set(amount), &quantity
	}
	if ops&8 != 0 {
		at, text := day(start)
		a.patch.StartsAt, a.members["date"] = credit.Set(at), text
	}
	switch ops >> 4 & 3 {
	case 1:
		at, text := day(end)
		a.patch.ExpiresAt, a.members["expiration_date"] = credit.Set(at), text
	case 2:
		a.patch.ExpiresAt, a.members["expiration_date"] = credit.Clear[time.Time](), nil
	}
	return a
}

// canApplyTo reports whether the update can write over a record. No such record may
// be refused.
func (a memberPatch) canApplyTo(record []piece) bool {
	for name := range a.members {
		if len(values(record, name)) > 1 {
			return false
		}
	}
	ids, contacts, quantities := values(record, "id"), values(record, "contact_id"), values(record, "quantity")
	if len(ids) != 1 || len(contacts) != 1 || len(quantities) != 1 {
		return false
	}
	var id, contact string
	if json.Unmarshal([]byte(ids[0]), &id) != nil || json.Unmarshal([]byte(contacts[0]), &contact) != nil {
		return false
	}
	_, err := credit.ParseDecimal(quantities[0])
	return id == "cr-1" && contact != "" && err == nil
}

// applyTo returns the record with the members of the patch, new ones at its end.
func (a memberPatch) applyTo(record []piece) (want []piece, cleared bool) {
	for _, p := range record {
		value, named := a.members[p.Name]
		if named && value == nil {
			cleared = true
			continue
		}
		if named {
			p.Value = *value
		}
		want = append(want, p)
	}
	for _, name := range []string{"notes", "quantity", "date", "expiration_date"} {
		if value := a.members[name]; value != nil && len(values(record, name)) == 0 {
			want = append(want, piece{"", name, *value})
		}
	}
	return want, cleared
}

// An update of any answer to the read is refused, or writes a body that differs
// in the patched members and in nothing else.
func FuzzUpdate(f *testing.F) {
	const expires = `,"expiration_date":"2026-12-31"`
	f.Add([]byte(held), byte(1), "n", "3", uint16(1), uint16(2))
	f.Add([]byte(held), byte(2|4|8|2<<4), "", "1E400", uint16(1), uint16(2))
	f.Add([]byte(awkwardWith("5", "null", expires)), byte(1|4|8|1<<4), "<é\u2028>", "0.010", uint16(20000), uint16(65535))
	f.Add([]byte(awkwardWith("5", "null", expires)), byte(2|2<<4), "", "", uint16(0), uint16(0))
	f.Add([]byte(`{"notes":1,"id":"cr-1","contact_id":"c","quantity":1,"expiration_date":2}`), byte(2|2<<4), "", "", uint16(0), uint16(0))
	f.Add([]byte("\ufeff"+held), byte(1|4), "", "1", uint16(0), uint16(0))
	for _, body := range malformed {
		f.Add([]byte(body), byte(1|4), "", "1", uint16(0), uint16(0))
	}
	f.Fuzz(func(t *testing.T, doc []byte, ops byte, note, quantity string, start, end uint16) {
		const path = "/credits/acme/cr-1"
		v := &vault{records: map[string]string{path: string(doc)}, written: map[string]int{}}
		client, err := knox.New("acme", credit.StaticToken(token), credit.WithTransport(v))
		if err != nil {
			t.Fatal(err)
		}
		a := newMemberPatch(ops, note, quantity, start, end)
		before, tail, isObject := splitObject(bytes.TrimPrefix(doc, []byte("\ufeff")))
		possible := isObject && a.canApplyTo(before)
		if _, err = client.Updater().Update(t.Context(), ref, a.patch); err != nil {
			if credit.OutcomeOf(err) != credit.NotSent || v.written[path] != 0 {
				t.Fatalf("%v, after %d writes", err, v.written[path])
			}
			if _, ok := errors.AsType[*credit.MalformedReadError](err); ok && possible {
				t.Fatalf("%v, but it can be written over", err)
			}
			return
		}
		after, afterTail, ok := splitObject([]byte(v.records[path]))
		if v.written[path] != 1 || !possible || !ok {
			t.Fatalf("%d writes over what cannot be written over: %s", v.written[path], v.records[path])
		}
		want, cleared := a.applyTo(before)
		for i := range min(len(want), len(after)) {
			if cleared || i >= len(before) { // a comma has gone, or come
				want[i].Gap, after[i].Gap = "", ""
			}
			if after[i].Name == "notes" && a.members["notes"] != nil {
				var text string
				if json.Unmarshal([]byte(after[i].Value), &text) == nil {
					after[i].Value = text
				}
			}
		}
		if diff := cmp.Diff(want, after); diff != "" || !cleared && tail != afterTail {
			t.Errorf("the members (-want +got):\n%s\nand the tails %q, %q", diff, tail, afterTail)
		}
	})
}
