package simulation

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
	"github.com/creditkit/creditkit/examples/bulk/internal/work"
	"github.com/creditkit/creditkit/examples/internal/vendor"
)

// A process is one that works on the job, as bulk's work command does. After a crash its
// goroutines get errors from all operations, and nothing of them reaches a server.
type process struct {
	*world
	name string
	born time.Time
	dead chan struct{} // closed by a crash
	ctx  context.Context
	stop context.CancelFunc

	once   sync.Once
	counts map[string]int // operations by name; the world's lock protects it
	thaws  time.Time      // until then the process is frozen; the world's lock protects it
}

var (
	errCrashed  = errors.New("the process has crashed")
	errNoAnswer = errors.New("no answer")
	errOutage   = errors.New("the connection is broken")
)

func (w *world) newProcess(name string) *process {
	ctx, stop := context.WithCancel(context.Background())
	return &process{
		world: w, name: name, born: time.Now(), dead: make(chan struct{}), ctx: ctx, stop: stop,
		counts: make(map[string]int),
	}
}

func (p *process) isDead() bool {
	select {
	case <-p.dead:
		return true
	default:
		return false
	}
}

// crash ends the process. The lock is not held.
func (p *process) crash() {
	p.once.Do(func() {
		p.mu.Lock()
		p.crashed++
		p.note("%s crashes", p.name)
		p.publisherCrashed()
		p.mu.Unlock()
		close(p.dead)
		p.stop()
	})
}

// fate draws the fate of the next operation of this name.
func (p *process) fate(name string) fate {
	p.mu.Lock()
	p.counts[name]++
	key := fmt.Sprintf("%s %s %d", p.name, name, p.counts[name])
	p.mu.Unlock()
	return p.conditions.fate(randomFor(p.seed, key))
}

// begin returns when a request is to be sent. Its error says that it must not be sent.
func (p *process) begin(ctx context.Context, name string, f fate) (fate, error) {
	if err := p.sleep(ctx, f.stall); err != nil {
		return f, err
	}
	if f.freeze > 0 {
		p.mu.Lock()
		p.note("%s freezes for %v before %s", p.name, f.freeze.Round(time.Second), name)
		p.thaws = time.Now().Add(f.freeze)
		p.mu.Unlock()
	}
	for rest := p.frozen(); rest > 0; rest = p.frozen() {
		if err := p.sleep(ctx, rest+f.stall); err != nil {
			return f, err
		}
	}
	f = p.number(p, name, f)
	if f.crash == before {
		p.crash()
		return f, errCrashed
	}
	return f, nil
}

// frozen returns for how long the process is frozen: it sends nothing, no heartbeats either.
func (p *process) frozen() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Until(p.thaws)
}

// do makes an operation: it sends a request to a server, which has the effect there, and
// waits for the answer. The effect runs under the world's lock. It can run after do has
// returned an error.
func (p *process) do(ctx context.Context, name string, f fate, patience time.Duration, effect func()) error {
	f, err := p.begin(ctx, name, f)
	if err != nil {
		return err
	}
	answered := p.send(f, effect)
	if f.crash == during {
		p.crash()
		return errCrashed
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-answered:
	case <-p.dead:
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return errNoAnswer
	}
	switch {
	case p.isDead():
		return errCrashed
	case !f.answered():
		return errOutage
	}
	return nil
}

// send sends a request, which arrives whatever becomes of the process.
func (p *process) send(f fate, effect func()) (answered <-chan struct{}) {
	done := make(chan struct{})
	p.servers.Go(func() {
		time.Sleep(f.transit)
		if !f.lost {
			p.mu.Lock()
			effect()
			p.mu.Unlock()
		}
		if f.crash == after {
			p.crash()
		}
		time.Sleep(f.back)
		close(done)
	})
	return done
}

// sleep waits. Its error says that ctx has ended or that the process has crashed.
func (p *process) sleep(ctx context.Context, d time.Duration) error {
	if p.isDead() {
		return errCrashed
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-p.dead:
		return errCrashed
	}
}

// work works on the job as bulk's pool does, until all rows have ended.
func (p *process) work() error {
	j := journal.Open(processLog{p}, p.job.Rows, false)
	j.SetGather(time.Nanosecond) // goroutines that write at the same moment share a message
	following, stop := context.WithCancel(context.Background())
	var follower sync.WaitGroup
	follower.Go(func() { _ = j.Follow(following) }) // the methods of the journal return its error
	defer follower.Wait()
	defer stop()
	if err := j.CatchUp(p.ctx); err != nil {
		return err
	}
	var vendors []*work.Vendor
	for _, name := range p.vendors {
		v, err := p.newVendor(name, j)
		if err != nil {
			return err
		}
		vendors = append(vendors, v)
	}
	group, ctx := errgroup.WithContext(p.ctx)
	ctx, end := context.WithCancel(ctx)
	defer end()
	for _, v := range vendors {
		group.Go(func() error { return v.Run(ctx) })
	}
	group.Go(func() error {
		defer end()
		err := j.Wait(ctx, func(counts map[string]journal.Counts) bool {
			for _, v := range vendors {
				if v.Stopped() == nil && counts[v.Name].Ended() < p.job.VendorRows[v.Name] {
					return false
				}
			}
			return true
		})
		if ctx.Err() != nil {
			return nil
		}
		return err
	})
	return group.Wait()
}

// ended reports whether the process has found that all rows have ended.
func (w *world) ended() bool {
	counts, err := w.countRows()
	if err != nil {
		return false
	}
	for name, want := range w.job.VendorRows {
		if counts[name].Ended() < want {
			return false
		}
	}
	return true
}

func (p *process) newVendor(name string, j *journal.Journal) (*work.Vendor, error) {
	limits := limit.Documented(name)
	timeout := 30 * time.Second
	if p.inFlight > 1 {
		// Otherwise several goroutines continue at the same moment, such as the end of a pause
		// or of a call, in an order that is not part of the seed.
		timeout = 5 * time.Minute
		limits.Writes = append(limits.Writes, limit.Window{Calls: 1, Per: 15 * time.Millisecond})
		limits.Calls = append(limits.Calls, limit.Window{Calls: 1, Per: 20 * time.Millisecond})
	}
	v := &work.Vendor{
		Name: name, Journal: j, Rows: p.plant.wrapRows(processRows{p, p.queues[name]}),
		Writes:   limit.NewBucket(processLimits{p}, name+".writes", limits.Writes),
		Calls:    limit.NewBucket(processLimits{p}, name+".calls", limits.Calls),
		InFlight: p.inFlight, Job: p.job, Patience: 10 * time.Minute, Grace: 20 * time.Second,
	}
	var err error
	v.Updater, err = vendor.Updater(context.Background(), name, vendor.FakeEnv(name),
		credit.WithBaseURL(p.fakes[name].URL), credit.WithTransport(p.plant.wrapTransport(processTransport{p, p.fakes[name]})),
		credit.WithRetry(credit.RetryPolicy{MaxAttempts: 1}), credit.WithLimiter(v.Calls), credit.WithAttemptTimeout(timeout))
	if err != nil {
		return nil, err
	}
	v.Updater = p.plant.wrapUpdater(v.Updater)
	return v, nil
}

// keepRunning runs a process, and the next one after each that ends before the job.
func (w *world) keepRunning(slot string, processes *sync.WaitGroup) {
	for n := 1; ; n++ {
		p := w.newProcess(fmt.Sprintf("%s%d", slot, n))
		r := randomFor(w.seed, p.name)
		exited := make(chan error, 1)
		processes.Go(func() { exited <- p.work() })
		var interrupt <-chan time.Time // as Ctrl-C does
		if r.Float64() < w.conditions.crash {
			interrupt = time.After(between(r, time.Second, time.Minute))
		}
		var err error
		for running := true; running; {
			select {
			case err = <-exited:
				running = false
			case <-p.dead:
				running = false
			case <-interrupt:
				interrupt = nil
				w.mu.Lock()
				w.note("%s is interrupted", p.name)
				w.mu.Unlock()
				p.stop()
			case <-w.ends:
				p.crash()
				return
			}
		}
		if !p.isDead() {
			w.mu.Lock()
			w.exits++
			w.note("%s exits: %v", p.name, err)
			w.mu.Unlock()
			if w.ended() {
				return
			}
		}
		select {
		case <-time.After(between(r, 100*time.Millisecond, []time.Duration{time.Second, 20 * time.Second, 3 * time.Minute}[r.IntN(3)])):
		case <-w.ends:
			return
		}
	}
}
