// Package queue is the NATS side of a job: its streams, and the rows in them.
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
	server *server.Server // nil where it is somebody else's
	// patience is how long the server may give no answer; 0 is for ever. One in
	// this process is never away: it gives none when it cannot write.
	patience time.Duration
}

const embeddedPatience = 20 * time.Second

// Storage is how the server in this process keeps what it stores.
type Storage struct {
	Dir string
	// Lazy leaves it to the operating system when a write reaches the disk: a
	// killed process loses nothing by it, a power cut may.
	Lazy bool
	// Max is the most that it may take of the disk, in bytes; 0 is all.
	Max int64
}

// Embed starts a server in this process, which no other can reach.
func Embed(s Storage) (*Queue, error) {
	srv, err := server.NewServer(&server.Options{
		ServerName:         "bulk",
		DontListen:         true,
		JetStream:          true,
		StoreDir:           s.Dir,
		SyncAlways:         !s.Lazy,
		JetStreamMaxStore:  s.Max,
		JetStreamMaxMemory: 64 << 20, // nothing of a job is in it
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

// ErrUnopened is the error of a queue in this process whose files are damaged or
// cannot be used.
var ErrCannotOpen = errors.New("the queue cannot be opened")

// Connect connects to a server. It comes back by itself after a lost
// connection, however long that takes.
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

// gone reports whether the server in this process stores nothing any more, because
// it has given up or its disk is full.
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

// Close ends the connection, and the server that is in this process.
func (q *Queue) Close() {
	q.conn.Close()
	if q.server != nil {
		q.server.Shutdown()
		q.server.WaitForShutdown()
	}
}

// errorCode tells what the server refused.
func errorCode(err error) jetstream.ErrorCode {
	if e, ok := errors.AsType[jetstream.JetStreamError](err); ok && e.APIError() != nil {
		return e.APIError().ErrorCode
	}
	return 0
}
