package flexprice

import (
	"strings"
	"unicode/utf8"

	"github.com/creditkit/creditkit/internal/rest"
)

// maxName is what the server's column holds, in characters.
const maxName = 255

const nul = "\x00"

// check refuses what the server answers with a 400 for an empty name and with
// a 500 for the rest.
func (r UpdateCreditGrantRequest) check() error {
	c := rest.Check{Vendor: vendor}
	r.checkInto(&c)
	return c.Err()
}

func (r UpdateCreditGrantRequest) checkInto(c *rest.Check) {
	if r.Name != nil {
		switch name := *r.Name; {
		case name == "":
			c.Refuse("name", "must not be empty")
		case utf8.RuneCountInString(name) > maxName:
			c.Refuse("name", "is longer than 255 characters")
		case strings.Contains(name, nul):
			c.Refuse("name", "holds a NUL character")
		}
	}
	for key, value := range r.Metadata {
		if strings.Contains(key+value, nul) {
			c.Refuse("metadata", "holds a NUL character")
			break
		}
	}
}
