package rest

// An Operation describes one call of a vendor. The values are generated from
// the specs in openapi, whose x-credit-write extension says how a call writes;
// nothing about an operation is decided anywhere else.
type Operation struct {
	ID       string   // the operation's name as users know it, "EditCredit"
	Method   string   // the HTTP method
	Path     string   // behind the base URL, with {placeholders}
	Statuses []int    // the statuses that the spec documents
	Mode     Mode     // what happens to members that a request leaves out
	Repeat   Repeat   // whether the same request may be sent again
	Conflict Conflict // what a 409 means
	Resend   []int    // statuses the vendor says to send again, beyond HTTP's own

	// Encode and Decode are the codecs of the vendor's requests and answers. They
	// report false for what has to be left to encoding/json, and may be nil.
	Encode func(body any) ([]byte, bool)
	Decode func(doc []byte, answer any) bool
}

// Mode tells what a write does to the members that its request leaves out.
type Mode int

// The modes of an operation.
const (
	Read    Mode = iota + 1 // nothing is written
	Replace                 // what is left out is cleared
	Merge                   // what is left out stays
	Edit                    // the request is a list of commands
)

// Repeat tells whether a request may be sent again when nobody knows whether
// the vendor acted on it.
type Repeat int

// The ways in which an operation may be repeated.
const (
	Unsafe Repeat = iota + 1 // never: a second one may change more
	Safe                     // always: a second one changes nothing more
	Keyed                    // with the same idempotency key only
)

// Conflict tells what a vendor means by a 409.
type Conflict int

// The meanings of a 409.
const (
	ConflictUnknown  Conflict = iota + 1 // nobody knows: handed up
	ConflictThrottle                     // too many calls: wait and send again
	ConflictVersion                      // the record changed meanwhile: read again
	ConflictState                        // the record's state forbids the change
)
