package credit

import "encoding/json"

// A CallOption changes one call. A bad one makes the call return an
// [InvalidError] before anything is sent, and so does one that the call has no
// use for: an option is never ignored.
type CallOption func(*CallConfig) error

// CallConfig is what the options of one call add up to. It is exported for
// those who write a [Driver] or a client of a further vendor.
type CallConfig struct {
	IdempotencyKey string          // empty: none given
	DryRun         bool            // show the write, do not make it
	Verify         bool            // read back after the write
	Record         json.RawMessage // the record as the caller holds it; nil: read it
	Info           *CallInfo       // to fill when the call has ended; may be nil
}

// CallInfo is what there is to know about a call beside its result. An [Error] holds
// the same.
type CallInfo struct {
	Attempts       int    // how often the request was tried
	StatusCode     int    // the last answer's HTTP status, 0 if there was none
	RequestID      string // the vendor's id of the exchange, where it sent one
	IdempotencyKey string // the key that the request carried, where it had one
}

// NewCallConfig applies the options. Its error is a *[InvalidError] of vendor.
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

// WithIdempotencyKey sends the change under the caller's own key, at vendors
// that know such keys (metronome). Calls with the same key and the same change
// are applied once, also across processes and crashes. Where the vendor has no
// idempotency keys the call is refused.
func WithIdempotencyKey(key string) CallOption {
	return func(c *CallConfig) error {
		if key == "" || !printable(key) || key[0] == ' ' || key[len(key)-1] == ' ' {
			return &InvalidError{Field: "WithIdempotencyKey", Reason: "must be printable ASCII without spaces at its ends"}
		}
		c.IdempotencyKey = key
		return nil
	}
}

// WithInfo fills info when the call has ended, well or not. It must not be
// shared by calls that run at the same time. A call that is refused with an
// [InvalidError] was none, and leaves info as it was. An [Updater]'s info is that
// of the write, not of the reads around it, and zero where no write was tried.
func WithInfo(info *CallInfo) CallOption {
	return func(c *CallConfig) error {
		if info == nil {
			return &InvalidError{Field: "WithInfo", Reason: "is nil"}
		}
		c.Info = info
		return nil
	}
}

// WithDryRun makes an [Updater] read and check everything and show the
// request it would send, without sending it. A vendor's own calls refuse it.
func WithDryRun() CallOption {
	return func(c *CallConfig) error {
		c.DryRun = true
		return nil
	}
}

// WithVerify makes an [Updater] read the credit back after the change and
// compare it with what was asked. A vendor's own calls refuse it.
func WithVerify() CallOption {
	return func(c *CallConfig) error {
		c.Verify = true
		return nil
	}
}

// WithRecord hands an [Updater] the credit's whole record as the caller has
// read it, so that a vendor whose writes replace the record need not be asked
// for it first. The record passes the same checks as one that was read. A
// vendor's own calls refuse it.
func WithRecord(record json.RawMessage) CallOption {
	return func(c *CallConfig) error {
		if len(record) == 0 {
			return &InvalidError{Field: "WithRecord", Reason: "is empty"}
		}
		c.Record = record
		return nil
	}
}
