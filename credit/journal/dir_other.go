//go:build !windows && (!unix || solaris || aix)

package journal

import (
	"errors"
	"fmt"
	"os"
)

// lockFile reports an error: without a lock, two processes could write one journal.
func lockFile(name string) (*os.File, error) {
	return nil, fmt.Errorf("journal: lock of %s: %w on this system", name, errors.ErrUnsupported)
}

func syncUnsupported(error) bool { return false }
