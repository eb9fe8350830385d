// Package simulation runs the workers of bulk in simulated time, with crashes, against
// servers in memory and the fakes of the vendors. docs/proof.md explains the results.
// Nothing imports it.
package simulation
