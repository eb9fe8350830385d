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

// A Work is one change of a credit, which each contender makes in its own way.
type Work struct {
	Name       string
	About      string
	URL        string // the vendor's base URL, for calls over the Stub
	Contenders []Contender
}

// A Contender is one implementation of a work. Make creates its client once and
// returns the call to repeat with it.
type Contender struct {
	Name string
	Make func(Target) (Call, error)
}

// A Call builds the values of one request, sends it, reads the answer and checks
// it.
type Call func(context.Context) error

// A Target is the server that a contender calls.
type Target struct {
	URL       string
	Transport http.RoundTripper // nil: the contender's default
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
