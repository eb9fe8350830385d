package credit

import "strings"

// Version is this module's version, as it stands in the User-Agent header.
const Version = "0.1.0"

const userAgent = "creditkit/" + Version

// WithUserAgent names the application in front of the SDK in the User-Agent
// header, in the usual form "app/1.0".
func WithUserAgent(app string) Option {
	return func(c *Config) error {
		if strings.TrimSpace(app) != app || app == "" || !printable(app) {
			return &InvalidError{Field: "WithUserAgent", Reason: "must be printable ASCII such as app/1.0"}
		}
		c.UserAgent = app + " " + userAgent
		return nil
	}
}

// printable reports whether s can stand in a header as it is.
func printable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}
