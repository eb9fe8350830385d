package reserve

import (
	"errors"
	"os"
	"syscall"
)

// allocate reserves the blocks of the file. Later writes into them need no free
// space, also where the file system would otherwise write to another place.
func allocate(f *os.File, size int64) error {
	err := syscall.Fallocate(int(f.Fd()), 0, 0, size)
	if errors.Is(err, syscall.EOPNOTSUPP) || errors.Is(err, syscall.ENOSYS) {
		return fillZeros(f, size)
	}
	if err != nil {
		return &os.PathError{Op: "fallocate", Path: f.Name(), Err: err}
	}
	return nil
}
