package limit

import "time"

// Limits are what one vendor asks its callers to keep.
type Limits struct {
	// Writes are the windows of changes, Calls those of all requests: a change
	// at knox and nexudus is two, because the record is read first.
	Writes, Calls []Window
	// InFlight is how many changes may be on their way at once, in the whole
	// fleet. No vendor documents such a number.
	InFlight int
}

// Documented are the limits that the vendors' pages name. knox, flexprice and
// metronome name none. Thought Industries allows 120 calls a minute on its
// lower plan, with bursts of 20.
func Documented(vendor string) Limits {
	switch vendor {
	case "nexudus":
		return Limits{
			Writes:   []Window{{60, time.Minute}, {5000, 24 * time.Hour}},
			Calls:    []Window{{120, time.Minute}, {1, 100 * time.Millisecond}},
			InFlight: 4,
		}
	case "thoughtindustries":
		return Limits{Calls: []Window{{120, time.Minute}}, InFlight: 8}
	}
	return Limits{InFlight: 16}
}
