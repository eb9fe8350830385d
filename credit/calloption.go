package credit

import (
	"encoding/json"

	"github.com/creditkit/creditkit/internal/redact"
)

// A CallOption configures one call. If it is invalid, or of no use to the call, the
// call returns an [InvalidError] and sends nothing: an option is never ignored.
type CallOption func(*CallConfig) error

// CallConfig is the result of applying the options of one call. It is exported for
// authors of a [Driver] or of a client of a further vendor.
type CallConfig struct {
	IdempotencyKey string          // "" if there is none
	DryRun         bool            // return the write without sending it
	Verify         bool            // read the credit back after the write
	Record         json.RawMessage // the record that the caller has read; nil to read it
	Before         bool            // read the credit before the write, for Result.Before
	Expect         *Record         // what the credit must be before the write; nil for anything
	Info           *CallInfo       // filled when the call ends; may be nil
}

// CallInfo describes a call beside its result, see [WithInfo]. An [Error] has the same
// fields but Before.
type CallInfo struct {
	Attempts       int    // number of attempts
	StatusCode     int    // HTTP status of the last response, 0 if there was none
	RequestID      string // the vendor's request id, if it sent one
	IdempotencyKey string // the key that was sent, if there was one

	// Before is the credit as it was read for the update, or given by [WithRecord];
	// nil if it was not read. It is there after every error that followed the read,
	// so that a change whose outcome is Unknown can be resolved. [WithBefore] makes
	// every update read. It is the record of Result.Before.
	Before *Record
}

// NewCallConfig applies the options. The error is an *[InvalidError] of vendor.
func NewCallConfig(vendor string, opts ...CallOption) (CallConfig, error) {
	if len(opts) == 0 {
		return CallConfig{}, nil
	}
	return applyCallOptions(vendor, opts)
}

func applyCallOptions(vendor string, opts []CallOption) (CallConfig, error) {
	var c CallConfig
	for _, opt := range opts {
		if opt == nil {
			return CallConfig{}, &InvalidError{Vendor: vendor, Field: "options", Reason: "holds a nil CallOption"}
		}
		if err := opt(&c); err != nil {
			return CallConfig{}, withVendor(vendor, err)
		}
	}
	return c, nil
}

// WithIdempotencyKey sends the change with the caller's own idempotency key, at vendors
// that have them (metronome). Calls with the same key and the same change are applied
// once, also across processes and crashes. At other vendors the call returns an
// [InvalidError].
func WithIdempotencyKey(key string) CallOption {
	return func(c *CallConfig) error {
		if key == "" || !redact.IsPrintable(key) || key[0] == ' ' || key[len(key)-1] == ' ' {
			return &InvalidError{Field: "WithIdempotencyKey", Reason: "must be printable ASCII without spaces at its ends"}
		}
		c.IdempotencyKey = key
		return nil
	}
}

// WithInfo fills info when the call ends, with or without an error. Concurrent calls
// must not share one info. A call that returns an [InvalidError] does not touch it. For
// an [Updater], info describes the write and not the reads around it; but for Before
// it is zero if there was no write.
func WithInfo(info *CallInfo) CallOption {
	return func(c *CallConfig) error {
		if info == nil {
			return &InvalidError{Field: "WithInfo", Reason: "is nil"}
		}
		c.Info = info
		return nil
	}
}

// WithDryRun makes an [Updater] read and validate everything and return the write in
// Result.Request without sending it. A vendor's own calls refuse this option.
func WithDryRun() CallOption {
	return func(c *CallConfig) error {
		c.DryRun = true
		return nil
	}
}

// WithVerify makes an [Updater] read the credit back after the change and compare it
// with the patch. A vendor's own calls refuse this option.
func WithVerify() CallOption {
	return func(c *CallConfig) error {
		c.Verify = true
		return nil
	}
}

// WithRecord gives an [Updater] the credit's whole record as the caller has read it, so
// that an update at a vendor whose writes replace the record does not read it first.
// The record is validated like one that was read. If it is stale, the update reverts
// what others changed since. [WithExpect] excludes that: it reads the credit itself, so
// leave this option out; together they are refused. A vendor's own calls refuse this
// option.
func WithRecord(record json.RawMessage) CallOption {
	return func(c *CallConfig) error {
		if len(record) == 0 {
			return &InvalidError{Field: "WithRecord", Reason: "is empty"}
		}
		c.Record = record
		return nil
	}
}
