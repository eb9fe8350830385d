package credit

// A Kind is the reason of a refusal or a failure in terms that are the same at
// every vendor. Kinds are constants to compare with, by errors.Is:
//
//	if errors.Is(err, credit.ErrRateLimited) { ... }
//
// Each vendor's package decides which of its answers is of which kind. [KindOf]
// returns the kind of any error.
type Kind string

// The kinds. The HTTP statuses are the usual ones; a vendor may say the same
// in another way, and its package knows.
const (
	ErrInvalid      Kind = "invalid"      // 400, 422, and arguments refused before sending
	ErrUnauthorized Kind = "unauthorized" // 401: the credentials are wrong or have expired
	ErrForbidden    Kind = "forbidden"    // 403: the credentials do not allow this
	ErrNotFound     Kind = "not found"    // 404: there is no such credit
	ErrConflict     Kind = "conflict"     // 409, 412: the credit's state forbids it
	ErrRateLimited  Kind = "rate limited" // 429: too many calls; see Error.RetryAfter
	ErrUnavailable  Kind = "unavailable"  // 5xx, 408, or no answer at all
	ErrMalformed    Kind = "malformed"    // an answer that nobody can read
)

// Error returns the kind in words, "rate limited" for example.
func (k Kind) Error() string { return string(k) }
