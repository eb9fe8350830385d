// Package opcontext holds the context key of credit.OperationFrom. It is a package
// of its own so that the calls of internal/transport can answer it themselves,
// without an allocation, while users cannot reach it.
package opcontext

// Key is the key of a context's operation. The value has a method
//
//	Operation() credit.Operation
type Key struct{}
