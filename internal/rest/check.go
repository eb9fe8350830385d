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
type Check struct {
	Vendor string
	errs   credit.InvalidError
}

// Refuse notes that field is wrong.
func (c *Check) Refuse(field, reason string) {
	c.errs.Add(field, reason)
}

// Item takes over what is wrong with the i-th item of a list, whose check named
// the item's own members.
func (c *Check) Item(list string, i int, item Check) {
	for _, wrong := range credit.FieldErrors(item.Err()) {
		c.Refuse(fmt.Sprintf("%s[%d].%s", list, i, wrong.Field), wrong.Message)
	}
}

// ID wants an id that can stand in a path and in a body.
func (c *Check) ID(field, id string) {
	c.refuseAs(field, credit.ValidateID(id))
}

// Number wants an id that is a number, where 0 is unset.
func (c *Check) Number(field string, id int64) {
	if id == 0 {
		c.Refuse(field, required)
	} else if id < 0 {
		c.Refuse(field, "must not be negative")
	}
}

// Amount wants an amount to be set; 0 is one.
func (c *Check) Amount(field string, d credit.Decimal) {
	if !d.IsSet() {
		c.Refuse(field, required)
	}
}

// Time wants a time to be set.
func (c *Check) Time(field string, t time.Time) {
	if t.IsZero() {
		c.Refuse(field, required)
	}
}

// Text wants a text not to be empty.
func (c *Check) Text(field, text string) {
	if text == "" {
		c.Refuse(field, required)
	}
}

// Header wants a text that can stand in a header, or none.
func (c *Check) Header(field, text string) {
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		c.Refuse(field, "must be printable ASCII without spaces")
	}
}

// Context wants the context of a token source, and an HTTP client in it that can
// be used.
func (c *Check) Context(field string, ctx context.Context) {
	if typednil.Is(ctx) {
		c.Refuse(field, "is nil")
		return
	}
	if client, ok := ctx.Value(oauth2.HTTPClient).(*http.Client); ok && client != nil && client.Transport != nil && typednil.Is(client.Transport) {
		c.Refuse(field, "holds an HTTP client whose Transport is a nil pointer")
	}
}

// URL wants an address as WithBaseURL does, and returns it without a slash at
// its end.
func (c *Check) URL(field, address string) string {
	cfg, err := credit.NewConfig(c.Vendor, credit.WithBaseURL(address))
	if err == nil {
		return strings.TrimRight(cfg.BaseURL.String(), "/")
	}
	c.refuseAs(field, err)
	return ""
}

// refuseAs records the reason of err, if it is a *credit.InvalidError, for field.
func (c *Check) refuseAs(field string, err error) {
	if invalid, ok := errors.AsType[*credit.InvalidError](err); ok {
		c.Refuse(field, invalid.Reason)
	}
}

const required = "is required"

// Err is nil, or one *credit.InvalidError that names every wrong field.
func (c *Check) Err() error {
	c.errs.Vendor = c.Vendor
	return c.errs.ErrorOrNil()
}
