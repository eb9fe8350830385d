package simulation

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/creditkit/creditkit/examples/bulk/internal/limit"
)

// A limitStore is a key-value store. The world's lock protects it.
type limitStore map[string]limitEntry

type limitEntry struct {
	jetstream.KeyValueEntry // nil: a bucket uses nothing but what follows
	value                   []byte
	revision                uint64
}

func (e limitEntry) Value() []byte    { return e.value }
func (e limitEntry) Revision() uint64 { return e.revision }

// processLimits is the connection of a process to the store.
type processLimits struct{ p *process }

var _ limit.Store = processLimits{}

const storePatience = 5 * time.Second

func (l processLimits) Get(ctx context.Context, key string) (jetstream.KeyValueEntry, error) {
	var entry limitEntry
	err := l.p.do(ctx, "get "+key, l.p.fate("get "+key), storePatience, func() { entry = l.p.limits[key] })
	switch {
	case err != nil:
		return nil, err
	case entry.revision == 0:
		return nil, jetstream.ErrKeyNotFound
	}
	return entry, nil
}

func (l processLimits) Update(ctx context.Context, key string, value []byte, revision uint64) (uint64, error) {
	updated := false
	err := l.p.do(ctx, "update "+key, l.p.fate("update "+key), storePatience, func() {
		if updated = l.p.limits[key].revision == revision; updated {
			l.p.limits[key] = limitEntry{value: value, revision: revision + 1}
		}
	})
	switch {
	case err != nil:
		return 0, err
	case !updated:
		return 0, jetstream.ErrKeyRevisionMismatch
	}
	return revision + 1, nil
}
