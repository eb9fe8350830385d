// Package openapi holds the specs that the vendor packages are generated from, and
// checks the x-credit-write of their operations for the generator. Its tests compare
// specs and packages.
package openapi
