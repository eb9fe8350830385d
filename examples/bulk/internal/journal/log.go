package journal

import (
	"context"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// A Log keeps the messages of a journal in one order. It is safe for concurrent use.
type Log interface {
	// Publish stores a message durably and returns its sequence number, from 1. After an
	// error the message may or may not be stored.
	Publish(ctx context.Context, text []byte) (sequence uint64, err error)
	// Follow visits the messages from the first one on and waits for new ones, until ctx
	// ends or visit returns an error, which it returns.
	Follow(ctx context.Context, visit func(Message) error) error
	// Get returns one message.
	Get(ctx context.Context, sequence uint64) (Message, error)
	// Last returns the sequence number of the last message, 0 if there is none.
	Last(ctx context.Context) (uint64, error)
}

// A Message is one message of a [Log]. It has one event per line.
type Message struct {
	Sequence uint64
	At       time.Time // when it was stored, by the clock of the server
	Text     []byte
}

// NewStream returns the Log in a JetStream stream with one subject.
func NewStream(js jetstream.JetStream, stream jetstream.Stream, subject string) Log {
	return &streamLog{js, stream, subject}
}

type streamLog struct {
	js      jetstream.JetStream
	stream  jetstream.Stream
	subject string
}

func (l *streamLog) Publish(ctx context.Context, text []byte) (uint64, error) {
	ack, err := l.js.Publish(ctx, l.subject, text)
	if err != nil {
		return 0, err
	}
	return ack.Sequence, nil
}

// Follow implements [Log]. After a lost connection the consumer continues behind the last
// message.
func (l *streamLog) Follow(ctx context.Context, visit func(Message) error) error {
	consumer, err := l.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{})
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(1000))
	if err != nil {
		return fmt.Errorf("the journal: %w", err)
	}
	defer messages.Stop()
	for {
		message, err := messages.Next(jetstream.NextContext(ctx))
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return fmt.Errorf("the journal: %w", err)
		}
		about, err := message.Metadata()
		if err != nil {
			return fmt.Errorf("the journal: %w", err)
		}
		if err := visit(Message{about.Sequence.Stream, about.Timestamp, message.Data()}); err != nil {
			return err
		}
	}
}

func (l *streamLog) Get(ctx context.Context, sequence uint64) (Message, error) {
	stored, err := l.stream.GetMsg(ctx, sequence)
	if err != nil {
		return Message{}, err
	}
	return Message{sequence, stored.Time, stored.Data}, nil
}

func (l *streamLog) Last(ctx context.Context) (uint64, error) {
	info, err := l.stream.Info(ctx)
	if err != nil {
		return 0, fmt.Errorf("the journal: %w", err)
	}
	return info.State.LastSeq, nil
}
