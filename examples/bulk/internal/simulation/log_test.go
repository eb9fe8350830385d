package simulation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
)

// An eventLog is a stream on a server: durable, with one order. The world's lock protects
// it.
type eventLog struct {
	messages []storedMessage
	grown    chan struct{} // closed at the next message
}

type storedMessage struct {
	journal.Message
	by   *process
	gone bool // a planted fault: who has not read it yet never will
}

func (l *eventLog) append(by *process, text []byte) uint64 {
	sequence := uint64(len(l.messages)) + 1
	l.messages = append(l.messages, storedMessage{Message: journal.Message{Sequence: sequence, At: time.Now(), Text: text}, by: by})
	close(l.grown)
	l.grown = make(chan struct{})
	return sequence
}

func (l *eventLog) get(sequence uint64) (m storedMessage, ok bool) {
	if sequence < 1 || sequence > uint64(len(l.messages)) {
		return m, false
	}
	return l.messages[sequence-1], true
}

// await returns a message as soon as it is stored.
func (w *world) await(ctx context.Context, sequence uint64) (storedMessage, error) {
	for {
		w.mu.Lock()
		m, ok := w.log.get(sequence)
		grown := w.log.grown
		w.mu.Unlock()
		if ok {
			return m, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return m, ctx.Err()
		}
	}
}

var errNoMessage = errors.New("no such message")

// A processLog is the connection of a process to the log.
type processLog struct{ p *process }

var _ journal.Log = processLog{}

// publishPatience is how long a publisher of JetStream waits for an acknowledgement.
const publishPatience = 5 * time.Second

var shownMembers = regexp.MustCompile(`"(?:event|row|key|outcome)":(?:"[^"]*"|[0-9]+)|"doubt":true`)

// shown returns what the trace shows of a message: no times and claims.
func shown(text []byte) string {
	var events []string
	for event := range bytes.SplitSeq(text, []byte("\n")) {
		var members []string
		for _, member := range shownMembers.FindAllString(string(event), -1) {
			if member = strings.ReplaceAll(member, `"`, ""); !slices.Contains(members, member) {
				members = append(members, member)
			}
		}
		events = append(events, strings.Join(members, " "))
	}
	return strings.Join(events, " | ")
}

func (l processLog) Publish(ctx context.Context, text []byte) (uint64, error) {
	p := l.p
	text = sortEvents(text)
	f, patience := p.fate("publish"), publishPatience
	if bytes.IndexByte(text, '\n') >= 0 {
		// After an error the goroutines that wrote it would try again at the same moment, in
		// an order that is not part of the seed.
		f.lost, f.unanswered, patience = false, false, time.Hour
	}
	var sequence uint64
	name := "publish"
	if p.traced {
		name += " " + shown(text)
	}
	err := p.do(ctx, name, f, patience, func() {
		sequence = p.log.append(p, text)
		p.note("%s: message %d is stored", p.name, sequence)
	})
	if err != nil {
		return 0, err
	}
	return sequence, nil
}

// sortEvents puts the events of different rows in one order: those that are written at the
// same moment come in any.
func sortEvents(text []byte) []byte {
	events := bytes.Split(text, []byte("\n"))
	slices.SortStableFunc(events, func(a, b []byte) int { return cmp.Compare(rowOf(a), rowOf(b)) })
	return bytes.Join(events, []byte("\n"))
}

func rowOf(event []byte) int {
	var e struct{ Row int }
	if err := json.Unmarshal(event, &e); err != nil {
		panic(err) // the journal writes JSON
	}
	return e.Row
}

// Follow reads messages in order. A message never gets lost: JetStream's ordered consumer
// requests it again.
func (l processLog) Follow(ctx context.Context, visit func(journal.Message) error) error {
	p := l.p
	for sequence := uint64(1); ; sequence++ {
		m, err := p.await(ctx, sequence)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("read message %d", sequence)
		f := p.fate(name)
		f.lost, f.unanswered = false, false
		if randomFor(p.seed, p.name+name).IntN(10) > 0 {
			f.crash = never // otherwise hardly any process would get to the end of the log
		}
		if m.At.Before(p.born) {
			f.stall = min(f.stall, 2*time.Millisecond)
		}
		if f, err = p.begin(ctx, name, f); err != nil {
			return err
		}
		if f.crash == during {
			p.crash()
			return errCrashed
		}
		if text := p.visible(m); text != nil {
			m.Text = text
			if err := visit(m.Message); err != nil {
				return err
			}
		}
		if f.crash == after {
			p.crash()
			return errCrashed
		}
	}
}

func (l processLog) Get(ctx context.Context, sequence uint64) (journal.Message, error) {
	p := l.p
	name := fmt.Sprintf("get message %d", sequence)
	var m storedMessage
	found := false
	err := p.do(ctx, name, p.fate(name), publishPatience, func() { m, found = p.log.get(sequence) })
	switch {
	case err != nil:
		return journal.Message{}, err
	case !found:
		return journal.Message{}, errNoMessage
	}
	return m.Message, nil
}

func (l processLog) Last(ctx context.Context) (uint64, error) {
	var last uint64 // not a result, because a late answer sets it after the return
	err := l.p.do(ctx, "last message", l.p.fate("last message"), publishPatience, func() {
		for _, m := range l.p.log.messages {
			if l.p.visible(m) != nil {
				last = m.Sequence
			}
		}
	})
	if err != nil {
		return 0, err
	}
	return last, nil
}

// A finishedLog reads the log after the run.
type finishedLog struct{ w *world }

var _ journal.Log = finishedLog{}

func (l finishedLog) Publish(context.Context, []byte) (uint64, error) {
	return 0, errors.New("the run is over")
}

func (l finishedLog) Follow(ctx context.Context, visit func(journal.Message) error) error {
	for sequence := uint64(1); ; sequence++ {
		m, err := l.w.await(ctx, sequence)
		if err == nil && !m.gone {
			err = visit(m.Message)
		}
		if err != nil {
			return err
		}
	}
}

func (l finishedLog) Get(_ context.Context, sequence uint64) (journal.Message, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	m, ok := l.w.log.get(sequence)
	if !ok {
		return journal.Message{}, errNoMessage
	}
	return m.Message, nil
}

func (l finishedLog) Last(context.Context) (uint64, error) {
	l.w.mu.Lock()
	defer l.w.mu.Unlock()
	last := uint64(len(l.w.log.messages))
	for last > 0 && l.w.log.messages[last-1].gone {
		last--
	}
	return last, nil
}
