// Package proof tests the claims of docs/proof.md: that every change is made
// once or reported, also after every sequence of faults, that nothing leaks, that
// everything has a limit, also the load of an outage, and that no output contains a
// secret.
package proof
