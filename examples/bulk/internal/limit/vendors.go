package limit

import "time"

// Limits are the limits of one vendor.
type Limits struct {
	// Writes are the windows of changes, Calls those of all requests. A change at knox
	// or nexudus is two requests, because the record is read first.
	Writes, Calls []Window
	// InFlight is the number of changes that may be in flight at once, in all
	// processes together. No vendor documents such a number.
	InFlight int
}

// Documented returns the limits that the vendor documents. knox, flexprice and
// metronome document none. Thought Industries allows 120 calls a minute on its
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
