package transport

import (
	"time"

	"github.com/creditkit/creditkit/credit"
)

// An ErrorDecoder reads how a vendor reports an error, from a response whose
// status is 400 or more. A body that could not be read is empty.
type ErrorDecoder func(*Response) ErrorDetails

// ErrorDetails is what an error response says. A zero Outcome means that the
// status decides.
type ErrorDetails struct {
	Kind       credit.Kind
	Outcome    credit.Outcome
	Code       string
	Message    string
	Fields     []credit.FieldError
	KeyUsedUp  bool          // see credit.Error
	RetryAfter time.Duration // from the body
}

// ErrorDetails returns the details of the last response. The response is decoded
// at most once; one that is missing or has a status below 400 has no details.
func (c *Call) ErrorDetails() ErrorDetails {
	if c.Response == nil || c.Response.Status < 400 || c.DecodeError == nil {
		return ErrorDetails{}
	}
	if c.details == nil {
		details := c.DecodeError(c.Response)
		c.details = &details
	}
	return *c.details
}
