//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSizeLimit makes a write beyond the limit of ulimit -f an error, as on
// a full disk, instead of the end of the program.
func ignoreFileSizeLimit() { signal.Ignore(syscall.SIGXFSZ) }
