package rest

// An Operation describes one call of a vendor. The values are generated from the
// specs in openapi, whose x-credit-write extension declares how a call writes.
type Operation struct {
	ID       string // the operation's name as users know it, "EditCredit"
	Method   string // the HTTP method
	Path     string // behind the base URL, with {placeholders}
	Statuses []int  // the statuses that the spec documents
	Repeat   Repeat // whether the same request may be sent again
	Resend   []int  // further statuses that the vendor says to retry

	Reads       bool // nothing is written
	Throttle409 bool // a 409 means rate limiting and is retried after a wait

	// Encode and Decode are the codecs of the vendor's requests and responses. They
	// return false for what encoding/json has to handle, and may be nil.
	Encode func(body any) ([]byte, bool)
	Decode func(doc []byte, response any) bool
}

// A Repeat declares whether a request may be sent again if the vendor may have
// processed it.
type Repeat int

// The ways in which an operation may be repeated.
const (
	Unsafe Repeat = iota + 1 // never: a second one may change the credit again
	Safe                     // always: a second one has no further effect
	Keyed                    // with the same idempotency key only
)
