//go:build unix && !solaris && !aix

package journal

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFile opens a file that one process can hold. The lock ends with the process.
func lockFile(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the caller names the folder
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s", ErrLocked, name)
		}
		return nil, fmt.Errorf("journal: lock of %s: %w", name, err)
	}
	return file, nil
}

// syncUnsupported reports whether err says that the file system cannot sync a folder.
func syncUnsupported(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP)
}
