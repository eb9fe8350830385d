package rest

// An Operation describes one call of a vendor. The values are generated from the
// specs in openapi, whose x-credit-write extension declares how a call writes.
type Operation struct {
	ID       string   // the operation's name as users know it, "EditCredit"
	Method   string   // the HTTP method
	Path     string   // behind the base URL, with {placeholders}
	Statuses []int    // the statuses that the spec documents
	Mode     Mode     // what happens to members that a request omits
	Repeat   Repeat   // whether the same request may be sent again
	Conflict Conflict // what a 409 means
	Resend   []int    // further statuses that the vendor says to retry

	// Encode and Decode are the codecs of the vendor's requests and responses. They
	// return false for what encoding/json has to handle, and may be nil.
	Encode func(body any) ([]byte, bool)
	Decode func(doc []byte, response any) bool
}

// A Mode declares what a write does to the members that its request omits.
type Mode int

// The modes of an operation.
const (
	Read    Mode = iota + 1 // nothing is written
	Replace                 // an omitted member is cleared
	Merge                   // an omitted member stays
	Edit                    // the request is a list of commands
)

// A Repeat declares whether a request may be sent again if the vendor may have
// processed it.
type Repeat int

// The ways in which an operation may be repeated.
const (
	Unsafe Repeat = iota + 1 // never: a second one may change the credit again
	Safe                     // always: a second one has no further effect
	Keyed                    // with the same idempotency key only
)

// A Conflict declares what a vendor's 409 means.
type Conflict int

// The meanings of a 409.
const (
	ConflictUnknown  Conflict = iota + 1 // not documented: not retried
	ConflictThrottle                     // rate limiting: retried after a wait
	ConflictVersion                      // the record has changed since it was read
	ConflictState                        // the record's state does not allow the change
)
