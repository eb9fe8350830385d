package simulation

import (
	"net/http"

	"github.com/creditkit/creditkit/credit"
	"github.com/creditkit/creditkit/examples/bulk/internal/journal"
	"github.com/creditkit/creditkit/examples/bulk/internal/queue"
)

// A plant is a fault in the wiring, which the simulation must find. The zero plant has none.
type plant struct {
	log       func(*process, journal.Log) journal.Log
	rows      func(queue.Source) queue.Source
	transport func(http.RoundTripper) http.RoundTripper
	updater   func(credit.Updater) credit.Updater
	// loses reports that the log loses what a process wrote shortly before its crash.
	loses bool
}

func (t plant) wrapLog(p *process, log journal.Log) journal.Log {
	if t.log != nil {
		return t.log(p, log)
	}
	return log
}

func (t plant) wrapRows(rows queue.Source) queue.Source {
	if t.rows != nil {
		return t.rows(rows)
	}
	return rows
}

func (t plant) wrapTransport(transport http.RoundTripper) http.RoundTripper {
	if t.transport != nil {
		return t.transport(transport)
	}
	return transport
}

func (t plant) wrapUpdater(updater credit.Updater) credit.Updater {
	if t.updater != nil {
		return t.updater(updater)
	}
	return updater
}
