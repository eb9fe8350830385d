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
	"github.com/creditkit/creditkit/internal/typednil"
)

// Invalid is one refused argument.
func Invalid(vendor, field, reason string) *credit.InvalidError {
	return &credit.InvalidError{Vendor: vendor, Field: field, Reason: reason}
}

// A Check collects all that is wrong with the arguments of one call.
type Validator struct {
	Vendor string
	errs   credit.InvalidError
}

// Refuse notes that field is wrong.
func (c *Validator) Add(field, reason string) {
	c.errs.Add(field, reason)
}

// Item takes over what is wrong with the i-th item of a list, whose check named
// the item's own members.
func (c *Validator) Item(list string, i int, item Validator) {
	for _, wrong := range credit.FieldErrors(item.Err()) {
		c.Add(fmt.Sprintf("%s[%d].%s", list, i, wrong.Field), wrong.Message)
	}
}

// ID wants an id that can stand in a path and in a body.
func (c *Validator) ID(field, id string) {
	c.addReason(field, credit.ValidateID(id))
}

// Number wants an id that is a number, where 0 is unset.
func (c *Validator) Number(field string, id int64) {
	if id == 0 {
		c.Add(field, required)
	} else if id < 0 {
		c.Add(field, "must not be negative")
	}
}

// Amount wants an amount to be set; 0 is one.
func (c *Validator) Amount(field string, d credit.Decimal) {
	if !d.IsSet() {
		c.Add(field, required)
	}
}

// Time wants a time to be set.
func (c *Validator) Time(field string, t time.Time) {
	if t.IsZero() {
		c.Add(field, required)
	}
}

// Text wants a text not to be empty.
func (c *Validator) Text(field, text string) {
	if text == "" {
		c.Add(field, required)
	}
}

// Header wants a text that can stand in a header, or none.
func (c *Validator) Header(field, text string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		c.Add(field, "must be printable ASCII without spaces")
	}
}

// Context wants the context of a token source, and an HTTP client in it that can
// be used.
func (c *Validator) Context(field string, ctx context.Context) {
	if typednil.Is(ctx) {
		c.Add(field, "is nil")
		return
	}
	if client, ok := ctx.Value(oauth2.HTTPClient).(*http.Client); ok && client != nil && client.Transport != nil && typednil.Is(client.Transport) {
		c.Add(field, "holds an HTTP client whose Transport is a nil pointer")
	}
}

// URL wants an address as WithBaseURL does, and returns it without a slash at
// its end.
func (c *Validator) URL(field, address string) string {
	cfg, err := credit.NewConfig(c.Vendor, credit.WithBaseURL(address))
	if err == nil {
		return strings.TrimRight(cfg.BaseURL.String(), "/")
	}
	c.addReason(field, err)
	return ""
}

// refuseAs records the reason of err, if it is a *credit.InvalidError, for field.
func (c *Validator) addReason(field string, err error) {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		c.Add(field, invalid.Reason)
	}
}

const required = "is required"

// Err is nil, or one *credit.InvalidError that names every wrong field.
func (c *Validator) Err() error {
	c.errs.Vendor = c.Vendor
	return c.errs.ErrorOrNil()
}
