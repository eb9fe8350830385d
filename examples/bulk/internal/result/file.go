package result

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile makes or replaces a file with what write writes, whole or not at
// all: after an error or a crash the file is the old one. It may be read by its
// owner alone, as it tells of customers. A crash can leave a file behind whose
// name begins with a dot.
func WriteFile(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*.tmp")
	if err != nil {
		return err
	}
	if err := errors.Join(writeAndSync(f, write), f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), name); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// fill ends on the disk: a name that outlives a crash must not belong to a file
// whose bytes did not.
func writeAndSync(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}
