// Package simulation runs the workers of bulk in simulated time, with crashes, against
// servers in memory and the fakes of the vendors. docs/proof.md explains the results.
// Nothing imports it.
//
//	go test . -v -args -seeds 10000 -crashes 2    # many random runs, every two crashes
//	go test . -v -run TestRandomCrashes -args -seed 7    # one run, with a trace
//
// An operation is a request to a server or vendor, or a message of the journal that a
// process reads. In each one the process can crash before the request is sent, after it
// was sent and before it arrives, and after it has taken effect.
package simulation
