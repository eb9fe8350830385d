// Package linear checks histories of concurrent updates for linearizability.
// docs/proof.md explains the results. Nothing imports it.
package linear
