//go:build !linux

package reserve

import "os"

// allocate reserves the blocks of the file.
func allocate(f *os.File, size int64) error { return fillZeros(f, size) }
