// Package pgtest starts a PostgreSQL server for a test, from an installed binary. It
// imports the standard library only, so that every module of the repository can use it.
package pgtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Server is a running server.
type Server struct {
	port int
}

// startTime is how long a server may take to start. A loaded machine is slow.
const startTime = 2 * time.Minute

// ErrNotInstalled is the error of [Open] on a machine without PostgreSQL's binaries.
var ErrNotInstalled = errors.New("pgtest: no initdb and postgres in /usr/lib/postgresql/*/bin or the PATH")

// Start starts a server for one test, and stops it when the test ends. For a machine
// without PostgreSQL, see [Missing].
func Start(t testing.TB) *Server {
	t.Helper()
	s, stop, err := Open(t.Context())
	if err != nil {
		Missing(t, err)
	}
	t.Cleanup(func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Missing skips a test because of an error of [Open] that is [ErrNotInstalled]. For
// another error, and with CREDITKIT_POSTGRES=required in the environment, it fails it.
func Missing(t testing.TB, err error) {
	t.Helper()
	if !errors.Is(err, ErrNotInstalled) || os.Getenv("CREDITKIT_POSTGRES") == "required" {
		t.Fatal(err)
	}
	t.Skipf("%v; install them (Debian's package postgresql) to run this test", err)
}

// Open starts a server on 127.0.0.1 with a new cluster in a temporary folder. stop stops
// the server and removes the folder.
//
// The binaries are those of /usr/lib/postgresql, or of the PATH. Where the process runs as
// root, the server runs as the user postgres or nobody, because PostgreSQL does not run
// as root.
func Open(ctx context.Context) (_ *Server, stop func() error, err error) {
	bin, err := findBinaries()
	if err != nil {
		return nil, nil, err
	}
	// The folder of the test can be closed to the user of the server.
	folder, err := os.MkdirTemp("", "pgtest")
	if err != nil {
		return nil, nil, err
	}
	remove := func() error { return os.RemoveAll(folder) }
	defer func() {
		if err != nil {
			err = errors.Join(err, remove())
		}
	}()
	as, err := serverUser()
	if err != nil {
		return nil, nil, err
	}
	if err := as.own(folder); err != nil {
		return nil, nil, err
	}
	data := filepath.Join(folder, "data")
	initdb := as.command(ctx, filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.Dir = folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, nil, fmt.Errorf("pgtest: initdb: %w\n%s", err, out)
	}
	// Another process can take the port before the server does.
	for try := 1; ; try++ {
		port, err := freePort(ctx)
		if err != nil {
			return nil, nil, err
		}
		stop, err := serve(as, filepath.Join(bin, "postgres"), data, port)
		if err == nil {
			return &Server{port: port}, func() error { return errors.Join(stop(), remove()) }, nil
		}
		if try == 3 {
			return nil, nil, err
		}
	}
}

// URL returns the address of a database of the server, such as "postgres", which is
// always there. Its user may do everything, and needs no password.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

// findBinaries returns the folder of initdb and postgres.
func findBinaries() (string, error) {
	folders, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Sort(folders)
	slices.Reverse(folders)
	if path, err := exec.LookPath("postgres"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			folders = append(folders, filepath.Dir(path))
		}
	}
	for _, folder := range folders {
		_, err := os.Stat(filepath.Join(folder, "initdb"))
		_, err2 := os.Stat(filepath.Join(folder, "postgres"))
		if err == nil && err2 == nil {
			return folder, nil
		}
	}
	return "", ErrNotInstalled
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close() //nolint:errcheck // nothing was written
	return l.Addr().(*net.TCPAddr).Port, nil
}

// serve starts the server and waits until it accepts connections. The server outlives
// the context of the test, because cleanups may use it.
func serve(as user, postgres, data string, port int) (stop func() error, err error) {
	server := as.command(context.Background(), postgres, "-D", data, "-p", fmt.Sprint(port),
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "max_connections=200")
	server.Dir = data
	log, err := server.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	watchdog := time.AfterFunc(startTime, func() { _ = server.Process.Kill() })
	lines := bufio.NewScanner(log)
	var seen strings.Builder
	ready := false
	for !ready && lines.Scan() {
		seen.WriteString(lines.Text() + "\n")
		ready = strings.Contains(lines.Text(), "database system is ready to accept connections")
	}
	watchdog.Stop()
	if !ready {
		return nil, fmt.Errorf("pgtest: the server did not start: %w\n%s", errors.Join(lines.Err(), server.Wait()), seen.String())
	}
	drained := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, log)
		close(drained)
	}()
	return func() error {
		if err := server.Process.Signal(os.Interrupt); err != nil { // a fast shutdown
			return fmt.Errorf("pgtest: stop: %w", err)
		}
		<-drained
		if err := server.Wait(); err != nil {
			return fmt.Errorf("pgtest: stop: %w", err)
		}
		return nil
	}, nil
}
