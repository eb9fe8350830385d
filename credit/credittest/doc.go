// Package credittest has fakes of the five vendors for the tests of programs that use
// creditkit, and an Updater in memory for tests without HTTP ([Fake]). It does not
// import the testing package, so that a program can embed a fake, for a demo or a
// dry run.
//
//	fake := credittest.NewMetronome(t)
//	client, err := metronome.New("token", credit.WithBaseURL(fake.URL))
//	fake.Queue(credittest.LostAfter()) // the change is made, the response is lost
//	_, err = client.Updater().Update(ctx, fake.Ref, patch)
//
// A fake behaves as the vendor does according to its pages, its published source and
// measurements: which members a write may leave out, what the response holds, what
// is ignored, how a request is refused. Undocumented behaviour is listed on each
// constructor.
//
// A [Fault] replaces the usual response to one request, see [Server.Queue]. A fake can
// also act late ([Late], [InFlight]), send a response that is not a readable success
// ([AnotherID], [CutAt], [Empty]), and speak HTTP/2 ([Server.HTTP2]), where it resets
// streams and closes connections ([StreamReset], [GoAway]).
//
// A fake can hold a million credits: a request costs the same with any number of them. One
// that runs for long needs a limit of the requests that it records, see
// [Server.KeepRequests].
//
// Each fake listens on the loopback interface. Its Transport reaches it without a
// network, for tests in a testing/synctest bubble.
//
// The conformance suite for drivers is in package drivertest.
package credittest
