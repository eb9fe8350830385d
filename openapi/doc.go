// Package openapi holds the specs that the vendor packages are generated
// from. It has no code but the tests that hold specs and packages together.
package openapi
