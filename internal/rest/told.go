package rest

import "github.com/creditkit/creditkit/credit"

// Told puts a member of an answer into a Record: what an answer leaves out,
// holds as null or as an empty text is empty. It decodes as the zero value of
// T.
func Told[T comparable](v T) credit.Opt[T] {
	var none T
	if v == none {
		return credit.Clear[T]()
	}
	return credit.Set(v)
}
