//go:build unix

package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// startPostgres starts a PostgreSQL server for the test, and returns the address of its
// database. It needs Debian's package postgresql or the like: without it the test is
// skipped, or fails if CREDITKIT_POSTGRES is "required".
func startPostgres(t *testing.T) string {
	t.Helper()
	initdb, server := findPostgres("initdb"), findPostgres("postgres")
	if initdb == "" || server == "" {
		const missing = "PostgreSQL is not installed: the test with two instances did not run"
		if os.Getenv("CREDITKIT_POSTGRES") == "required" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	folder, err := os.MkdirTemp("", "creditkit-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	attr := &syscall.SysProcAttr{}
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		other, err := user.Lookup("nobody")
		if err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.ParseUint(other.Uid, 10, 32)
		gid, _ := strconv.ParseUint(other.Gid, 10, 32)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		if err := os.Chown(folder, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(folder, "data")
	prepare := exec.CommandContext(t.Context(), initdb, "-D", data, "-U", "service", "--auth=trust", "-E", "UTF8", "--locale=C")
	prepare.Dir, prepare.SysProcAttr = folder, attr
	if out, err := prepare.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	port := freePort(t)
	var log bytes.Buffer
	// The context of a test ends before its cleanup, and would kill the server.
	run := exec.CommandContext(context.WithoutCancel(t.Context()), server, "-D", data, "-h", "127.0.0.1", "-p", port, "-k", "")
	run.Dir, run.SysProcAttr, run.Stdout, run.Stderr = folder, attr, &log, &log
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = run.Process.Signal(syscall.SIGQUIT) // at once
		_ = run.Wait()
		if t.Failed() {
			t.Logf("postgres:\n%s", &log)
		}
	})
	address := fmt.Sprintf("postgres://service@127.0.0.1:%s/postgres", port)
	awaitDatabase(t, address)
	return address
}

// findPostgres returns the path of a program of PostgreSQL, or "". Debian does not put
// them into the PATH.
func findPostgres(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/" + name); len(found) > 0 {
		return found[len(found)-1]
	}
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
}

func awaitDatabase(t *testing.T, address string) {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if err := db.PingContext(t.Context()); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatalf("PostgreSQL does not answer: %v", err)
		}
	}
}
