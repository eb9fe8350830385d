package bench

import (
	"context"
	"net/http"
)

// The contenders. The floor comes first in every work.
const (
	Floor    = "floor"
	Native   = "creditkit"
	Facade   = "facade"
	Stock    = "oapi-codegen"
	Resty    = "resty"
	Official = "official"
	ViaJSON  = "via-encoding-json"
)

// A Work is one change of a credit, made by each contender in its own way.
type Work struct {
	Name       string
	About      string
	URL        string // the vendor's, for calls over the Stub
	Contenders []Contender
}

// A Contender makes the client that a program would keep, and the call that it
// would make again and again with it.
type Contender struct {
	Name string
	Make func(Target) (Call, error)
}

// A Call is all of one call: the values of its request are put together, it is
// sent, and the answer is read and looked at.
type Call func(context.Context) error

// A Target is where a contender sends to.
type Target struct {
	URL       string
	Transport http.RoundTripper // nil: what the contender uses when it is told nothing
}

// Works returns all works.
func Works() []Work {
	return []Work{
		metronomeEdit, metronomeRename, flexpriceUpdate, knoxReplace, knoxChange,
		nexudusChange, batchUpdate, knoxDecode, knoxEncode,
	}
}

// Find returns the contender of a work.
func Find(work, contender string) (Work, Contender, bool) {
	for _, w := range Works() {
		for _, c := range w.Contenders {
			if w.Name == work && c.Name == contender {
				return w, c, true
			}
		}
	}
	return Work{}, Contender{}, false
}
