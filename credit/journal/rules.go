package journal

import (
	"time"

	"github.com/creditkit/creditkit/credit"
)

// These are the rules of [Runner.Run] about a change in doubt. A program with a journal of
// its own can use MayRepeat.

// keyMargin is the part of a key's lifetime that is not used: the request takes time until
// it arrives, and the clocks of two machines differ.
const keyMargin = time.Hour

// MayRepeat reports whether sending a change again does no harm, although an earlier
// request may have made it. It does not know of later changes of the same credit: if
// there is one, the change must not be repeated.
//
// At a vendor with idempotency keys the change must be sent under the key of the first
// request, while the vendor remembers it: until an hour before firstSent plus
// [credit.Support.KeyLifetime], and never if that is 0. firstSent is when the first request
// was sent; it is ignored at other vendors. keyUsedUp reports that the vendor returns the
// same failure for that key, see [credit.Error.KeyUsedUp].
func MayRepeat(support credit.Support, patch credit.Patch, firstSent time.Time, keyUsedUp bool) bool {
	if support.IdempotencyKeys {
		return !keyUsedUp && time.Since(firstSent) < support.KeyLifetime-keyMargin
	}
	return support.Repeatable(patch)
}

// passes reports whether a refusal of this kind is about the moment, the credentials or
// the connection, and not about the change: the same change can succeed later.
func passes(kind credit.Kind) bool {
	switch kind {
	case "", credit.ErrInvalid, credit.ErrNotFound, credit.ErrConflict, credit.KindOther:
		return false
	}
	return true
}

// outcomeInDoubt returns the outcome of a change in doubt after a later request for it has
// ended with this outcome: Applied if that request made the change, and otherwise Unknown.
// A later refusal says nothing about the earlier request.
func outcomeInDoubt(later credit.Outcome) credit.Outcome {
	if later == credit.Applied {
		return credit.Applied
	}
	return credit.Unknown
}
