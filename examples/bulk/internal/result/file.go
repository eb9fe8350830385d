package result

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// WriteFile creates or replaces a file with what write writes. The file is complete
// or unchanged: after an error or a crash it is the old one. Only its owner can
// read it, because it contains customers' data. A crash can leave a temporary file
// whose name begins with a dot.
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

// writeAndSync writes the file and syncs it, so that the rename does not reach the
// disk before the content.
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
