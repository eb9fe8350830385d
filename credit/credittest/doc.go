// Package credittest has fakes of the five vendors for the tests of programs
// that use creditkit, an Updater in memory for tests without HTTP ([Fake]), and the
// suite that every credit.Driver passes. It needs the standard library only.
//
//	fake := credittest.NewMetronome(t)
//	client, err := metronome.New("token", credit.WithBaseURL(fake.URL))
//	fake.Queue(credittest.LostAfter()) // the change is made, the answer is lost
//	_, err = client.Updater().Update(ctx, fake.Ref, patch)
//
// A fake behaves as the vendor does in what its pages, its published source and
// measurements tell: what is left out, what comes back, what is ignored, how it
// says no. Where nobody knows, the fake's comment says what it does instead.
//
// A fake can also act late ([Late], [InFlight]), answer with what is not a
// readable yes ([AnotherID], [CutAt], [Empty]), and speak HTTP/2 ([Server.HTTP2]),
// where it resets streams and closes connections ([StreamReset], [GoAway]).
//
// Each fake listens on the loopback interface. Its Transport reaches it without
// a network, so that a test in a testing/synctest bubble can hold the clock.
package credittest
