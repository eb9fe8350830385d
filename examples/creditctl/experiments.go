package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/internal/jsonline"
)

// An experiment is a write that shows whether an assumption holds.
type experiment struct {
	assumption string
	edit       editFunc
	holds      func(o observation, shown string) bool
}

// An editFunc changes the body of a write that changes nothing. It returns the member
// that the result shows, if any, and false if the credit lacks what the experiment needs.
type editFunc func(body, before map[string]json.RawMessage) (shown string, ok bool)

// experiments lists the writes of each vendor. All of them can be undone with one write.
var experiments = map[string][]experiment{
	"knox": {
		{"a member that a write leaves out is lost", leaveOut("notes"), isEmptied},
		{"a null for a text empties it", setNull("notes"), isEmptied},
		{"a quantity keeps its decimals exactly", addAmount("quantity", "0.001"), isAsSent},
		{"a date with a time and a zone is stored as it was sent", setText("expiration_date", "2999-12-31T23:59:59+02:00"), isAsSent},
		{"the same write again changes nothing", sendAgain, changesNothing},
	},
	"thoughtindustries": {
		{"members that a write leaves out stay", sendAgain, changesNothing},
		{"a null name is refused: it cannot be cleared", setNull("name"), refuses},
		{"a fraction of a credit is refused", addAmount("currentBalance", "0.5"), refuses},
		{"a time without a zone is refused", setText("expiresOn", "2999-12-31T23:59:59"), refuses},
		{"a time with another zone is the same instant", setText("expiresOn", "2999-12-31T23:59:59+02:00"), isSameInstant},
	},
	"nexudus": {
		{"a text that a write leaves out is cleared", leaveOut("Description"), isEmptied},
		{"a switch that a write leaves out becomes false", leaveOut("UseCreditPrice"), isFalse},
		{"a list that a write leaves out is cleared", leaveOut("ElegibleResourceTypes"), isEmptied},
		{"with an Added command and without its list, the other ids stay", addAgain("ElegibleResourceTypes"), changesNothing},
		{"a null clears as leaving out does", setNull("Description"), isEmptied},
		{"an amount keeps its decimals exactly", addAmount("TotalCredit", "0.001"), isAsSent},
		{"a time with a zone is stored as it was sent", setText("ExpireDate", "2999-12-31T23:59:59+02:00"), isAsSent},
		{"a time without a zone is stored as it was sent", setText("ExpireDate", "2999-12-31T23:59:59"), isAsSent},
		{"the same write again changes nothing", sendAgain, changesNothing},
	},
	"flexprice": {
		{"members that a write leaves out stay", sendAgain, changesNothing},
		{"a null name leaves the name alone", setNull("name"), changesNothing},
		{"null metadata leaves the metadata alone", setNull("metadata"), changesNothing},
		{"empty metadata clears it, and the member is then missing", emptyMetadata, isMissing},
		{"a member that is unknown is ignored", addUnknown, changesNothing},
		{"a null end date leaves the end date alone: it cannot be cleared", whereEndMoves(setNull("end_date")), changesNothing},
		{"an end date is read back, and nothing else changes", whereEndMoves(endLater), hasOnlyEndAsSent},
		{"the response to an end date shows the grant from before", whereEndMoves(endLater), respondsWithEndBefore},
	},
	"metronome": {
		{"members that an edit leaves out stay", sendAgain, changesNothing},
		{"a null name is refused: it cannot be cleared", setNull("name"), refuses},
		{"a null priority clears it", setNull("priority"), isEmptied},
		{"a schedule item's amount keeps its decimals exactly", editItem(func(item map[string]json.RawMessage) json.RawMessage {
			return withAmount(item, "amount", "0.001")
		}), hasAmountAsSent},
		{"a time that is not on the hour is refused", editItem(func(item map[string]json.RawMessage) json.RawMessage {
			return withMembers(item, "ending_before", quote("2999-12-31T23:30:00Z"))
		}), refuses},
		{"a time with another zone is the same instant", editItem(func(item map[string]json.RawMessage) json.RawMessage {
			at, err := time.Parse(time.RFC3339, textOf(item["ending_before"]))
			if err != nil {
				return nil
			}
			return withMembers(item, "ending_before", quote(at.In(time.FixedZone("", 2*60*60)).Format(time.RFC3339)))
		}), hasEndAsBefore},
	},
}

// sendAgain is the write that changes nothing.
func sendAgain(_, _ map[string]json.RawMessage) (string, bool) { return "", true }

func leaveOut(name string) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		if isEmptyJSON(before[name]) || string(before[name]) == "false" {
			return "", false // it would show nothing
		}
		delete(body, name)
		return name, true
	}
}

func setNull(name string) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		if isEmptyJSON(before[name]) {
			return "", false
		}
		body[name] = json.RawMessage("null")
		return name, true
	}
}

// setText sets a text that has a value: one that was empty may not be cleared again.
func setText(name, text string) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		if isEmptyJSON(before[name]) {
			return "", false
		}
		body[name] = quote(text)
		return name, true
	}
}

func addAmount(name, difference string) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		sum := sumOf(before[name], difference)
		if sum == nil {
			return "", false
		}
		body[name] = sum
		return name, true
	}
}

// sumOf returns the JSON number amount+difference, nil without an amount.
func sumOf(amount json.RawMessage, difference string) json.RawMessage {
	d, err := credit.ParseDecimal(string(amount))
	if err != nil {
		return nil
	}
	return json.RawMessage(d.Add(credit.MustParseDecimal(difference)).String())
}

// addAgain adds an id to a list that has it, and leaves the list out.
func addAgain(list string) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		var ids []json.Number
		if json.Unmarshal(before[list], &ids) != nil || len(ids) < 2 {
			return "", false // it would not show whether the other ids stay
		}
		delete(body, list)
		body["Added"+list] = json.RawMessage("[" + ids[0].String() + "]")
		return list, true
	}
}

func emptyMetadata(body, before map[string]json.RawMessage) (string, bool) {
	if isEmptyJSON(before["metadata"]) {
		return "", false
	}
	body["metadata"] = json.RawMessage("{}")
	return "metadata", true
}

func addUnknown(body, _ map[string]json.RawMessage) (string, bool) {
	body["creditctl_probe"] = json.RawMessage("true")
	return "creditctl_probe", true
}

// whereEndMoves limits an edit to a flexprice grant whose end date one write can put back: a
// later end date cancels nothing, and the old one then cancels nothing that was there before.
// A grant without an end date would keep the first one, because no write clears it, and a
// plan's grant would be archived.
func whereEndMoves(edit editFunc) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		scope := textOf(before["scope"])
		end, err := time.Parse(time.RFC3339, textOf(before["end_date"]))
		if scope != "SUBSCRIPTION" && scope != "ADDON" || textOf(before["status"]) != "published" || err != nil || time.Until(end) < time.Hour {
			return "", false
		}
		return edit(body, before)
	}
}

// endLater sets an end date that is a day later than the grant's, in another time zone.
func endLater(body, before map[string]json.RawMessage) (string, bool) {
	end, err := time.Parse(time.RFC3339, textOf(before["end_date"]))
	body["end_date"] = quote(end.Add(24 * time.Hour).In(time.FixedZone("", 2*60*60)).Format(time.RFC3339Nano))
	return "end_date", err == nil
}

// editItem changes the only schedule item of a metronome credit.
func editItem(edit func(item map[string]json.RawMessage) json.RawMessage) editFunc {
	return func(body, before map[string]json.RawMessage) (string, bool) {
		items := scheduleItems(before)
		if len(items) != 1 {
			return "", false
		}
		changed := edit(items[0])
		if changed == nil {
			return "", false
		}
		body["access_schedule"] = json.RawMessage(`{"update_schedule_items":[` + string(changed) + `]}`)
		return "access_schedule", true
	}
}

func scheduleItems(record map[string]json.RawMessage) []map[string]json.RawMessage {
	var schedule struct {
		Items []map[string]json.RawMessage `json:"schedule_items"`
	}
	_ = json.Unmarshal(record["access_schedule"], &schedule) // a credit without a schedule has no items
	return schedule.Items
}

func withAmount(item map[string]json.RawMessage, name, difference string) json.RawMessage {
	sum := sumOf(item[name], difference)
	if sum == nil {
		return nil
	}
	return withMembers(item, name, sum)
}

// withMembers returns the change of one member of a schedule item.
func withMembers(item map[string]json.RawMessage, name string, value json.RawMessage) json.RawMessage {
	text, _ := jsonline.Encode(map[string]json.RawMessage{"id": item["id"], name: value}) // of valid JSON
	return bytes.TrimSpace(text)
}

func quote(text string) json.RawMessage { return json.RawMessage(strconv.Quote(text)) }

func isEmptyJSON(value json.RawMessage) bool {
	switch string(value) {
	case "", "null", `""`, "[]", "{}":
		return true
	}
	return false
}

func isEmptied(o observation, name string) bool {
	return isEmptyJSON(o.after[name]) && len(o.changed) == 1 // and nothing else changed
}
func isMissing(o observation, name string) bool { return o.after[name] == nil }
func isFalse(o observation, name string) bool   { return string(o.after[name]) == "false" }
func refuses(o observation, _ string) bool      { return o.isRefused() }
func changesNothing(o observation, _ string) bool {
	return o.isAccepted() && len(o.changed) == 0
}

func isAsSent(o observation, name string) bool {
	a, errA := credit.ParseDecimal(string(o.sent[name]))
	b, errB := credit.ParseDecimal(string(o.after[name]))
	if errA == nil && errB == nil {
		return a.Equal(b)
	}
	return isSameJSON(o.sent[name], o.after[name])
}

func isSameInstant(o observation, name string) bool {
	a, errA := time.Parse(time.RFC3339, textOf(o.sent[name]))
	b, errB := time.Parse(time.RFC3339, textOf(o.after[name]))
	return errA == nil && errB == nil && a.Equal(b)
}

func hasOnlyEndAsSent(o observation, name string) bool {
	return o.isAccepted() && isSameInstant(o, name) && len(o.changed) == 1
}

func respondsWithEndBefore(o observation, name string) bool {
	return o.isAccepted() && isSameJSON(o.answer[name], o.before[name])
}

func hasAmountAsSent(o observation, _ string) bool {
	before, after := scheduleItems(o.before), scheduleItems(o.after)
	return len(before) == 1 && len(after) == 1 && string(sumOf(before[0]["amount"], "0.001")) == string(after[0]["amount"])
}

func hasEndAsBefore(o observation, _ string) bool {
	before, after := scheduleItems(o.before), scheduleItems(o.after)
	if len(before) != 1 || len(after) != 1 || !o.isAccepted() {
		return false
	}
	a, errA := time.Parse(time.RFC3339, textOf(before[0]["ending_before"]))
	b, errB := time.Parse(time.RFC3339, textOf(after[0]["ending_before"]))
	return errA == nil && errB == nil && a.Equal(b)
}

// describe says what was seen, without any value.
func (o observation) describe(name string) string {
	seen := "status " + strconv.Itoa(o.status)
	if o.isRefused() {
		seen += ", " + string(credit.KindOf(o.err))
	}
	if name != "" {
		seen += "; " + name + " " + o.stateOf(name)
	}
	var others []string
	for _, changed := range o.changed {
		if changed != name {
			others = append(others, changed)
		}
	}
	if len(others) > 0 {
		seen += "; also changed: " + strings.Join(others, ", ")
	}
	return seen
}

func (o observation) stateOf(name string) string {
	value := o.after[name]
	switch {
	case value == nil:
		return "is missing"
	case isEmptyJSON(value):
		return "is " + string(value)
	case isSameJSON(value, o.before[name]):
		return "is as before"
	case isAsSent(o, name):
		return "is as sent"
	case isSameInstant(o, name):
		return "is the same instant as sent, as another text"
	}
	return "is " + jsonType(value) + ", changed"
}

// probeKeys sends an edit under a key, the same edit under it again, and another one.
func (p *prober) probeKeys(ctx context.Context) (assumptionSeen, error) {
	seen := assumptionSeen{Assumption: "the same edit under the same Idempotency-Key has the same response, another edit is a 409"}
	key := credit.WithIdempotencyKey("creditctl-probe-" + rand.Text())
	other := maps.Clone(p.base)
	other["name"] = quote("creditctl probe")
	p.touched = []string{"name"}
	var statuses []int
	var answers []string
	for _, members := range []map[string]json.RawMessage{p.base, p.base, other} {
		body, err := jsonline.Encode(members)
		if err != nil {
			return seen, err
		}
		p.wire.answer = nil
		if _, err := p.send(ctx, body, key); err != nil {
			return seen, err
		}
		statuses, answers = append(statuses, p.wire.status), append(answers, string(p.wire.answer))
	}
	seen.Verdict = verdictFails
	if statuses[0] == statuses[1] && answers[0] == answers[1] && statuses[2] == 409 {
		seen.Verdict = verdictHolds
	}
	seen.Seen = fmt.Sprintf("statuses %d, %d and %d", statuses[0], statuses[1], statuses[2])
	return seen, nil
}

// missingRef returns a credit that does not exist.
func missingRef(vendorName string, ref credit.Ref) credit.Ref {
	switch vendorName {
	case "nexudus":
		return credit.Ref{ID: "999999999999"}
	case "thoughtindustries":
		return credit.Ref{ID: randomUUID(), Owner: randomUUID()}
	case "metronome":
		return credit.Ref{ID: randomUUID(), Owner: ref.Owner}
	}
	return credit.Ref{ID: "creditctl-probe-" + rand.Text()}
}

func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// probeMissing reads a credit that does not exist.
func (p *prober) probeMissing(ctx context.Context) (assumptionSeen, error) {
	seen := assumptionSeen{Assumption: "a credit that does not exist is recognized as not found"}
	p.wire.status = 0
	_, err := p.usual.(credit.Reader).Read(ctx, missingRef(p.vendor, p.ref))
	if p.wire.status == 0 {
		return seen, fmt.Errorf("no response arrived: %w", err)
	}
	seen.Verdict = verdictFails
	if credit.KindOf(err) == credit.ErrNotFound {
		seen.Verdict = verdictHolds
	}
	seen.Seen = fmt.Sprintf("status %d, Content-Type %q, body: %s", p.wire.status, p.wire.contentType, describeBody(p.wire.answer))
	return seen, nil
}

// describeBody returns the members and types of a body, without its values.
func describeBody(body []byte) string {
	members, err := splitObject(body)
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return "empty"
	case !json.Valid(body):
		return "not JSON"
	case err != nil:
		return "JSON " + jsonType(body)
	}
	var parts []string
	for _, m := range members {
		parts = append(parts, m.name+": "+jsonType(m.value))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}
