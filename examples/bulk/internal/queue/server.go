// Package queue stores a job in NATS: its streams, and the rows in them.
package queue

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A Queue is a connection to a NATS server with JetStream.
type Queue struct {
	js     jetstream.JetStream
	conn   *nats.Conn
	server *server.Server // nil if the server is in another process
	// patience is how long the server may give no answer; 0 means forever. A server in
	// this process is never away: it gives no answer if it cannot write.
	patience time.Duration
}

const embeddedPatience = 20 * time.Second

// Storage configures how a server in this process stores its data.
type Storage struct {
	Dir string
	// Lazy lets the operating system decide when a write reaches the disk. A killed
	// process loses nothing, a power cut may.
	Lazy bool
	// Max is the maximum number of bytes on the disk; 0 means no limit.
	Max int64
}

// Embed starts a server in this process, which no other process can reach.
func Embed(s Storage) (*Queue, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:         "bulk",
		DontListen:         true,
		JetStream:          true,
		StoreDir:           s.Dir,
		SyncAlways:         !s.Lazy,
		JetStreamMaxStore:  s.Max,
		JetStreamMaxMemory: 64 << 20, // a job stores nothing in memory
		NoSigs:             true,
		NoLog:              true,
	})
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrCannotOpen, s.Dir, err)
	}
	srv.Start()
	if !srv.ReadyForConnections(time.Minute) || !srv.JetStreamEnabled() {
		srv.Shutdown()
		return nil, fmt.Errorf("%w: %s; is the disk full, or does the folder belong to another user?", ErrCannotOpen, s.Dir)
	}
	q, err := connect("", nats.InProcessServer(srv))
	if err != nil {
		srv.Shutdown()
		return nil, err
	}
	q.server, q.patience = srv, embeddedPatience
	return q, nil
}

// ErrCannotOpen is the error of a queue in this process whose files are damaged or
// not accessible.
var ErrCannotOpen = errors.New("the queue cannot be opened")

// Connect connects to a server. It reconnects after a lost connection, however long
// that takes.
func Connect(url, credentials string) (*Queue, error) {
	var opts []nats.Option
	if credentials != "" {
		opts = append(opts, nats.UserCredentials(credentials))
	}
	return connect(url, opts...)
}

func connect(url string, opts ...nats.Option) (*Queue, error) {
	conn, err := nats.Connect(url, append(opts, nats.Name("creditkit bulk"), nats.MaxReconnects(-1))...)
	if err != nil {
		return nil, fmt.Errorf("the NATS server of -nats cannot be used: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncMaxPending(maxPending), jetstream.WithPublishAsyncTimeout(time.Minute))
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("NATS: %w", err)
	}
	return &Queue{js: js, conn: conn}, nil
}

// storageFailed reports whether the server in this process cannot store anything
// any more, because it has stopped or its disk is full.
func (q *Queue) storageFailed() bool {
	if !q.server.JetStreamEnabled() {
		return true
	}
	f, err := os.CreateTemp(q.server.StoreDir(), ".room-*.tmp")
	if err != nil {
		return true
	}
	_, err = f.Write(make([]byte, 256<<10))
	return errors.Join(err, f.Close(), os.Remove(f.Name())) != nil
}

// Close closes the connection, and stops a server that is in this process.
func (q *Queue) Close() {
	q.conn.Close()
	if q.server != nil {
		q.server.Shutdown()
		q.server.WaitForShutdown()
	}
}

// errorCode returns the code of an error of the JetStream API, or 0.
func errorCode(err error) jetstream.ErrorCode {
	if e, ok := errors.AsType[jetstream.JetStreamError](err); ok && e.APIError() != nil {
		return e.APIError().ErrorCode
	}
	return 0
}
