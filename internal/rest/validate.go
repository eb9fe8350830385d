package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/internal/redact"
	"github.com/creditkit/creditkit/internal/typednil"
)

// Invalid returns the error of one invalid argument.
func Invalid(vendor, field, reason string) *credit.InvalidError {
	return &credit.InvalidError{Vendor: vendor, Field: field, Reason: reason}
}

// A Validator collects the errors of the arguments of one call. Each method
// records an error for a field, unless the value is valid.
type Validator struct {
	Vendor string
	errs   credit.InvalidError
}

// Add records that field is invalid.
func (v *Validator) Add(field, reason string) {
	v.errs.Add(field, reason)
}

// Item records the errors of the i-th item of a list, under the item's path.
func (v *Validator) Item(list string, i int, item Validator) {
	for _, e := range credit.FieldErrors(item.Err()) {
		v.Add(fmt.Sprintf("%s[%d].%s", list, i, e.Field), e.Message)
	}
}

// ID records an error unless id is valid in a URL path.
func (v *Validator) ID(field, id string) {
	v.addReason(field, credit.ValidateID(id))
}

// Number records an error unless id is positive; 0 means unset.
func (v *Validator) Number(field string, id int64) {
	if id == 0 {
		v.Add(field, required)
	} else if id < 0 {
		v.Add(field, "must not be negative")
	}
}

// Amount records an error if d is unset; 0 is a value.
func (v *Validator) Amount(field string, d credit.Decimal) {
	if !d.IsSet() {
		v.Add(field, required)
	}
}

// Time records an error if t is zero.
func (v *Validator) Time(field string, t time.Time) {
	if t.IsZero() {
		v.Add(field, required)
	}
}

// Text records an error if text is empty.
func (v *Validator) Text(field, text string) {
	if text == "" {
		v.Add(field, required)
	}
}

// Header records an error unless text is empty or valid in a header.
func (v *Validator) Header(field, text string) {
	if !redact.IsPrintable(text) || strings.Contains(text, " ") {
		v.Add(field, "must be printable ASCII without spaces")
	}
}

// Context records an error if the context of a token source is nil, or holds an
// HTTP client that cannot be used.
func (v *Validator) Context(ctx context.Context, field string) {
	if typednil.Is(ctx) {
		v.Add(field, "is nil")
		return
	}
	if client, ok := ctx.Value(oauth2.HTTPClient).(*http.Client); ok && client != nil && client.Transport != nil && typednil.Is(client.Transport) {
		v.Add(field, "holds an HTTP client whose Transport is a nil pointer")
	}
}

// URL records an error unless address is valid for WithBaseURL. It returns the
// address without a slash at its end.
func (v *Validator) URL(field, address string) string {
	cfg, err := credit.NewConfig(v.Vendor, credit.WithBaseURL(address))
	if err == nil {
		return strings.TrimRight(cfg.BaseURL.String(), "/")
	}
	v.addReason(field, err)
	return ""
}

// addReason records the reason of err, if it is a *credit.InvalidError, for field.
func (v *Validator) addReason(field string, err error) {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		v.Add(field, invalid.Reason)
	}
}

const required = "is required"

// Err returns nil or a *credit.InvalidError that names every invalid field.
func (v *Validator) Err() error {
	v.errs.Vendor = v.Vendor
	return v.errs.ErrorOrNil()
}
