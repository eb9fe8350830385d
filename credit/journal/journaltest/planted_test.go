package journaltest

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/credit/journal"
)

// A plantedStore is a Memory with mistakes. Each function that is set replaces a method.
type plantedStore struct {
	*journal.Memory
	append func(ctx context.Context, e journal.Event) (journal.Prior, error)
	events func(ctx context.Context, key string) ([]journal.Event, error)
	starts func(ctx context.Context, credit string) (journal.Starts, error)
	keys   func(ctx context.Context, open bool) iter.Seq2[string, error]
}

func (s *plantedStore) Append(ctx context.Context, e journal.Event) (journal.Prior, error) {
	if s.append != nil {
		return s.append(ctx, e)
	}
	return s.Memory.Append(ctx, e)
}

func (s *plantedStore) Events(ctx context.Context, key string) ([]journal.Event, error) {
	if s.events != nil {
		return s.events(ctx, key)
	}
	return s.Memory.Events(ctx, key)
}

func (s *plantedStore) Starts(ctx context.Context, credit string) (journal.Starts, error) {
	if s.starts != nil {
		return s.starts(ctx, credit)
	}
	return s.Memory.Starts(ctx, credit)
}

func (s *plantedStore) Keys(ctx context.Context, open bool) iter.Seq2[string, error] {
	if s.keys != nil {
		return s.keys(ctx, open)
	}
	return s.Memory.Keys(ctx, open)
}

// A mistake is a broken store, and the rules that find it.
type mistake struct {
	name  string
	rules []string // parts of their names
	plant func(s *plantedStore)
	// reopen replaces the store when it is opened again; nil keeps it.
	reopen func(s *plantedStore) *plantedStore
}

func changePrior(s *plantedStore, change func(e journal.Event, p *journal.Prior)) {
	s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
		prior, err := s.Memory.Append(ctx, e)
		change(e, &prior)
		return prior, err
	}
}

func changeEvents(s *plantedStore, change func(events []journal.Event) []journal.Event) {
	s.events = func(ctx context.Context, key string) ([]journal.Event, error) {
		events, err := s.Memory.Events(ctx, key)
		return change(events), err
	}
}

func changeStarts(s *plantedStore, change func(starts *journal.Starts)) {
	s.starts = func(ctx context.Context, credit string) (journal.Starts, error) {
		starts, err := s.Memory.Starts(ctx, credit)
		change(&starts)
		return starts, err
	}
	changePrior(s, func(e journal.Event, p *journal.Prior) {
		if e.Job != nil {
			change(&p.Starts)
		}
	})
}

// changeNames changes all keys and credits, as a store with a sloppy comparison does.
func changeNames(s *plantedStore, change func(string) string) {
	s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
		e.Key = change(e.Key)
		if e.Job != nil {
			job := *e.Job
			job.Key, job.Ref.ID = change(job.Key), change(job.Ref.ID)
			e.Job = &job
		}
		return s.Memory.Append(ctx, e)
	}
}

var mistakes = []mistake{
	{"an error for an unknown key", []string{"is empty"}, func(s *plantedStore) {
		s.events = func(ctx context.Context, key string) ([]journal.Event, error) {
			events, err := s.Memory.Events(ctx, key)
			if len(events) == 0 {
				err = errors.Join(err, errors.New("unknown key"))
			}
			return events, err
		}
	}, nil},
	{"Prior holds the new event", []string{"Append returns"}, func(s *plantedStore) {
		changePrior(s, func(e journal.Event, p *journal.Prior) { p.Events = append(p.Events, e) })
	}, nil},
	{"Prior is in reverse order", []string{"Append returns"}, func(s *plantedStore) {
		changePrior(s, func(_ journal.Event, p *journal.Prior) { slices.Reverse(p.Events) })
	}, nil},
	{"times are rounded", []string{"as they were appended"}, func(s *plantedStore) {
		changeEvents(s, func(events []journal.Event) []journal.Event {
			for i := range events {
				events[i].At = events[i].At.Truncate(time.Microsecond)
			}
			return events
		})
	}, nil},
	{"a member is lost", []string{"as they were appended"}, func(s *plantedStore) {
		changePrior(s, func(_ journal.Event, p *journal.Prior) {
			for i := range p.Events {
				p.Events[i].Before = nil
			}
		})
	}, nil},
	{"everything is stored", []string{"without its parts"}, func(s *plantedStore) {
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			prior, err := s.Memory.Append(ctx, e)
			if ctx.Err() == nil {
				err = nil
			}
			return prior, err
		}
	}, nil},
	{"the caller's job is kept", []string{"later changes"}, func(s *plantedStore) {
		jobs := map[string]*journal.Job{} // by claim
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			jobs[e.Claim] = e.Job
			return s.Memory.Append(ctx, e)
		}
		changeEvents(s, func(events []journal.Event) []journal.Event {
			for i := range events {
				events[i].Job = jobs[events[i].Claim]
			}
			return events
		})
	}, nil},
	{"the slice of the store is returned", []string{"later changes"}, func(s *plantedStore) {
		var shared []journal.Event
		changeEvents(s, func(events []journal.Event) []journal.Event {
			if len(events) != len(shared) {
				shared = events
			}
			return shared
		})
	}, nil},
	{"a restart counts as the last start", []string{"Starts.Last"}, func(s *plantedStore) {
		last := map[string]string{}
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			prior, err := s.Memory.Append(ctx, e)
			if e.Job != nil {
				prior.Starts.Last = last[e.Credit()]
			}
			if e.Kind == journal.Started {
				last[e.Credit()] = e.Key
			}
			return prior, err
		}
	}, nil},
	{"a start after NotSent does not count", []string{"Starts.Last"}, func(s *plantedStore) {
		first := map[string]string{} // the last key that was started for the first time
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			prior, err := s.Memory.Append(ctx, e)
			if e.Kind == journal.Started && !slices.ContainsFunc(prior.Events, func(e journal.Event) bool { return e.Kind == journal.Started }) {
				first[e.Credit()] = e.Key
			}
			return prior, err
		}
		s.starts = func(ctx context.Context, name string) (journal.Starts, error) {
			starts, err := s.Memory.Starts(ctx, name)
			starts.Last = first[name]
			return starts, err
		}
	}, nil},
	{"the starts of an event without a job", []string{"Starts.Last"}, func(s *plantedStore) {
		changePrior(s, func(e journal.Event, p *journal.Prior) {
			if e.Job == nil {
				p.Starts.Last = "a"
			}
		})
	}, nil},
	{"Starts are of all credits", []string{"Starts.Last", "Starts.Open", "byte by byte"}, func(s *plantedStore) {
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			if e.Job != nil {
				job := *e.Job
				job.Ref.ID = "c1"
				e.Job = &job
			}
			return s.Memory.Append(ctx, e)
		}
		s.starts = func(ctx context.Context, _ string) (journal.Starts, error) {
			return s.Memory.Starts(ctx, creditOf("c1"))
		}
	}, nil},
	{"ended keys stay open", []string{"Starts.Open"}, func(s *plantedStore) {
		var started []string
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			prior, err := s.Memory.Append(ctx, e)
			if e.Kind == journal.Started && !slices.Contains(started, e.Key) {
				started = append(started, e.Key)
			}
			return prior, err
		}
		s.starts = func(ctx context.Context, name string) (journal.Starts, error) {
			starts, err := s.Memory.Starts(ctx, name)
			starts.Open = slices.Clone(started)
			return starts, err
		}
	}, nil},
	{"keys in doubt are not open", []string{"Starts.Open", "keeps everything"}, func(s *plantedStore) {
		changeStarts(s, func(starts *journal.Starts) {
			starts.Open = slices.DeleteFunc(starts.Open, func(key string) bool {
				events, _ := s.Memory.Events(context.Background(), key)
				return slices.ContainsFunc(events, func(e journal.Event) bool { return e.Kind == journal.Ended })
			})
		})
	}, nil},
	{"keys are sorted", []string{"order of their first events"}, func(s *plantedStore) {
		s.keys = func(ctx context.Context, open bool) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				var keys []string
				for key, err := range s.Memory.Keys(ctx, open) {
					if err != nil {
						yield("", err)
						return
					}
					keys = append(keys, key)
				}
				slices.Sort(keys)
				for _, key := range keys {
					if !yield(key, nil) {
						return
					}
				}
			}
		}
	}, nil},
	{"Keys does not know open", []string{"order of their first events", "keeps everything"}, func(s *plantedStore) {
		s.keys = func(ctx context.Context, _ bool) iter.Seq2[string, error] { return s.Memory.Keys(ctx, false) }
	}, nil},
	{"Keys ends after the first page", []string{"order of their first events"}, func(s *plantedStore) {
		s.keys = func(ctx context.Context, open bool) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				n := 0
				for key, err := range s.Memory.Keys(ctx, open) {
					if n++; n > 500 || !yield(key, err) {
						return
					}
				}
			}
		}
	}, nil},
	{"case is ignored", []string{"byte by byte"}, func(s *plantedStore) { changeNames(s, strings.ToLower) }, nil},
	{"spaces are trimmed", []string{"byte by byte"}, func(s *plantedStore) { changeNames(s, strings.TrimSpace) }, nil},
	{"names are cut", []string{"byte by byte"}, func(s *plantedStore) {
		changeNames(s, func(name string) string { return name[:min(len(name), 199)] })
	}, nil},
	{"large events are refused", []string{"large events"}, func(s *plantedStore) {
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			if len(e.Error) > 64<<10 {
				return journal.Prior{}, errors.New("too large")
			}
			return s.Memory.Append(ctx, e)
		}
	}, nil},
	{"the context is ignored", []string{"context"}, func(s *plantedStore) {
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			return s.Memory.Append(context.WithoutCancel(ctx), e)
		}
	}, nil},
	{"Append is two steps", []string{"of one key", "of one credit"}, func(s *plantedStore) {
		// Every Append looks before the first one stores.
		var looked sync.WaitGroup
		looked.Add(workers)
		var mu sync.Mutex
		looks := 0
		s.append = func(ctx context.Context, e journal.Event) (journal.Prior, error) {
			events, err := s.Memory.Events(ctx, e.Key)
			starts, err2 := s.Memory.Starts(ctx, e.Credit())
			mu.Lock()
			if looks++; looks <= workers {
				looked.Done()
			}
			mu.Unlock()
			looked.Wait()
			_, err3 := s.Memory.Append(ctx, e)
			if e.Job == nil {
				starts = journal.Starts{}
			}
			return journal.Prior{Events: events, Starts: starts}, errors.Join(err, err2, err3)
		}
	}, nil},
	{"nothing is kept", []string{"keeps everything", "large events"}, func(*plantedStore) {}, func(*plantedStore) *plantedStore {
		return &plantedStore{Memory: journal.NewMemory()}
	}},
	{"the last event is not kept", []string{"keeps everything", "large events"}, func(*plantedStore) {}, func(s *plantedStore) *plantedStore {
		again := &plantedStore{Memory: journal.NewMemory()}
		for key := range s.Memory.Keys(context.Background(), false) {
			events, _ := s.Memory.Events(context.Background(), key)
			for _, e := range events[:len(events)-1] {
				_, _ = again.Memory.Append(context.Background(), e)
			}
		}
		return again
	}},
}

// The rules find each mistake, and each rule finds one.
func TestRulesFindMistakes(t *testing.T) {
	found := map[string]bool{}
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			for _, rule := range rules {
				concurrent := strings.HasPrefix(rule.name, "Appends of")
				if (m.name == "Append is two steps") != concurrent {
					continue // it waits for others; the other stores are not for concurrent use
				}
				expected := slices.ContainsFunc(m.rules, func(part string) bool { return strings.Contains(rule.name, part) })
				err := rule.check(t.Context(), m.journal())
				if expected && err == nil {
					t.Errorf("the rule %q does not find the mistake", rule.name)
				}
				found[rule.name] = found[rule.name] || err != nil
			}
		})
	}
	for _, rule := range rules {
		if !found[rule.name] {
			t.Errorf("the rule %q finds none of the mistakes", rule.name)
		}
	}
}

func (m mistake) journal() *journalUnderTest {
	var s *plantedStore
	return &journalUnderTest{open: func() (journal.Store, error) {
		if s == nil {
			s = &plantedStore{Memory: journal.NewMemory()}
			m.plant(s)
		} else if m.reopen != nil {
			s = m.reopen(s)
		}
		return s, nil
	}}
}

// A store without mistakes keeps every rule.
func TestRulesAcceptMemory(t *testing.T) {
	for _, rule := range rules {
		m := mistake{plant: func(*plantedStore) {}}
		if err := rule.check(t.Context(), m.journal()); err != nil {
			t.Errorf("%s: %v", rule.name, err)
		}
	}
}

// A member that everyMember does not set would not be compared.
func TestEveryMemberIsSet(t *testing.T) {
	events, err := everyMember("k1")
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{events[0], *events[0].Job, events[0].Job.Add, events[0].Target, *events[0].Before, *events[0].Result, *events[0].Result.Request} {
		v := reflect.ValueOf(value)
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() && v.Field(i).IsZero() {
				t.Errorf("%T: %s is not set", value, v.Type().Field(i).Name)
			}
		}
	}
	if events[0].Outcome == credit.Applied {
		t.Error("the key ends with its first event")
	}
}
