package credittest

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// reschedule removes, updates and adds items of a credit's schedule, or says
// what is wrong.
func (m *metronome) reschedule(c object, raw json.RawMessage) (wrong string) {
	var change struct {
		Add    []object `json:"add_schedule_items"`
		Update []object `json:"update_schedule_items"`
		Remove []object `json:"remove_schedule_items"`
	}
	if json.Unmarshal(raw, &change) != nil {
		return "access_schedule is malformed"
	}
	schedule, _ := parse(c["access_schedule"])
	var items []object
	_ = json.Unmarshal(schedule["schedule_items"], &items) // none where there is none
	at := func(id string) int {
		return slices.IndexFunc(items, func(item object) bool { return item.text("id") == id })
	}
	for _, gone := range change.Remove {
		i := at(gone.text("id"))
		if i < 0 {
			return "schedule item not found"
		}
		items = slices.Delete(items, i, i+1)
	}
	for _, update := range change.Update {
		i := at(update.text("id"))
		if i < 0 {
			return "schedule item not found"
		}
		if items[i], wrong = scheduleItem(items[i], update); wrong != "" {
			return wrong
		}
	}
	for _, add := range change.Add {
		m.added++
		item, wrong := scheduleItem(object{"id": fmt.Appendf(nil, `"00000000-0000-4000-8000-%012d"`, m.added)}, add)
		if wrong != "" {
			return wrong
		}
		items = append(items, item)
	}
	c["access_schedule"] = schedule.with(object{"schedule_items": encode(items)}).json()
	return ""
}

// scheduleItem lays a change over an item, which must then be whole.
func scheduleItem(item, change object) (changed object, wrong string) {
	item = item.clone()
	for _, name := range []string{"amount", "starting_at", "ending_before"} {
		if value, named := change[name]; named {
			item[name] = value
		}
	}
	if _, isNumber := item.amount("amount"); !isNumber {
		return nil, "amount must be a number"
	}
	var times [2]time.Time
	for i, name := range []string{"starting_at", "ending_before"} {
		t, err := time.Parse(time.RFC3339, item.text(name))
		if err != nil || !t.Equal(t.Truncate(time.Hour)) {
			return nil, name + " must be an RFC 3339 time on the hour"
		}
		item[name] = encode(millis(t))
		times[i] = t
	}
	if !times[0].Before(times[1]) {
		return nil, "ending_before must be after starting_at"
	}
	return item, ""
}
