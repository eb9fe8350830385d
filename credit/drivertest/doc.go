// Package drivertest is the conformance suite for implementations of credit.Driver.
// The five vendors of creditkit pass it, and so should a driver of your own:
//
//	func TestConformance(t *testing.T) {
//		drivertest.Run(t, func(t *testing.T) drivertest.Harness {
//			server := credittest.NewServer(t, newBackend(), credit.Ref{ID: "c-1"})
//			return drivertest.Harness{
//				Updater: credit.NewUpdater(newDriver(server.URL, server.Transport())),
//				Backend: server,
//				Ref:     server.Ref,
//				Patch:   credit.Patch{Note: credit.Set("a note of the suite")},
//				FieldPaths: map[credit.Field]drivertest.FieldPath{
//					credit.FieldNote: {Record: "note"},
//				},
//			}
//		})
//	}
//
// The cases are made from the Updater's credit.Support: for each field, what happens
// when it is set and when it is cleared, and whether that can be undone. Others are about
// arguments, options, guarded changes, faulty responses, lost and late writes, deadlines,
// other writers, and concurrent updates. After each fault credit.Resolve must find what
// the vendor has.
//
// Faults need a Backend that is a [credittest.Server]: one of the fakes of package
// credittest, or [credittest.NewServer] for a further vendor.
package drivertest
