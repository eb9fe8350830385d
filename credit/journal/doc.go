// Package journal makes one change per key, across crashes and machines.
//
// A service that sells credits has an order's id, a queue that delivers at least once,
// and processes that end at any moment. [Run] makes the change of a [Job] and records
// it under the job's key in a [Store]: a start before the request, and an end after
// it. Another Run of the key returns what was recorded, and sends nothing.
//
//	store, err := journal.OpenDir("/var/lib/shop/credits")
//	entry, err := journal.Run(ctx, store, client.Updater(), journal.Job{
//		Key:    "order-1842",
//		Vendor: "metronome",
//		Ref:    credit.Ref{ID: creditID, Owner: customerID},
//		Patch:  credit.Patch{Name: credit.Set("Autumn")},
//		Actor:  "shop",
//		Reason: "order 1842",
//	})
//
// # What happens to a key
//
//   - Its change was applied, or refused by the vendor for a reason that lies in the
//     change (it is invalid, the credit does not exist or is in a state that forbids it):
//     the key has ended. Run returns the recorded [Entry] and sends nothing.
//   - Its change was not sent, or was refused for a reason that passes (a rate limit,
//     credentials that are wrong or not allowed to, a redirect): the next Run sends it.
//   - Another worker runs it, or runs another key of the same credit: Run returns a
//     [RunningError], or waits for [Runner.Wait].
//   - A start without an end, or an end with the outcome [credit.Unknown]: the key is
//     in doubt. See below.
//   - The same key with another credit or another change: a [JobError]. A key stands for
//     one change for all time.
//
// # Doubts
//
// A worker that ends between the request and its record leaves a key in doubt: the
// change may have been made. The next Run of the key resolves it, in this order:
//
//   - No other key was started on the credit since, and the change can be sent again
//     without harm: it is sent again. Harmless are changes that
//     [credit.Support.Repeatable] allows, and at vendors with idempotency keys the same
//     request under the same key while the vendor remembers it.
//   - The credit is read. If it shows the change, the key has ended with the outcome
//     Applied. A sum of [Job.Add] does not show that if another key was started on the
//     credit since, because that one can have added the same amount.
//   - Otherwise the key stays in doubt, and Run returns an error with the outcome
//     Unknown, until a person looks at the credit and calls [Settle]. [Doubts] lists
//     these keys.
//
// A change in doubt never becomes Rejected or NotSent because of a later answer: that
// answer is about the later request only.
//
// A doubt of one key does not stop the other keys of the credit. Settle doubts soon:
// each Run reads the events of all keys of its credit that have not ended. A Run of a
// doubt that can only be resolved by reading costs one read. It stores nothing, takes no
// lease, and keeps no other key waiting, unless the credit shows the change or the reason
// of the doubt is another one than before. A Run that sends the change again stores a start
// and an end, so do not run a key in a short loop.
//
// A change that adds to an amount ([Job.Add]) or that expects values ([Job.Expect])
// stores the values to set before anything is sent. A repeat sets the same values, and
// only if the credit is still as it was before. A sum is computed and stored after the
// start, while no other key of the credit is running; a worker that crashed before that has
// sent nothing, and leaves no doubt.
//
// # What the journal does not exclude
//
// A request can arrive at the vendor after its worker gave up. At metronome the
// idempotency key makes this harmless. At the other vendors such a late write can undo
// what was written in between; no client can exclude it. Programs that change the same
// credits without the journal are not seen by it.
//
// The clocks of the workers are compared: see [Runner.Lease].
//
// # Choosing a store
//
//   - [Dir] is a folder on a disk of one machine, and one process at a time has it open.
//     Every event is on disk (fsync) before anything is sent; events that are appended
//     at the same time share one fsync. All events are in memory, too, a few kilobytes
//     for each key, and are read when the folder is opened. Nothing removes old keys.
//   - [SQL] is a PostgreSQL or SQLite database, and any number of processes and machines
//     share it. It needs no memory for its keys. An order and its job can be committed
//     together ([SQL.WithTx]). OpenSQL refuses a database that confirms commits before
//     they are on disk.
//   - [Memory] forgets everything when the process ends. It is for tests.
//
// journaltest.Run tests a store of your own.
//
// A journal that loses events makes changes twice. So a backup that is put back is
// dangerous: changes after the backup look as if they were never made. The same is true
// for a database that fails over to a replica without the last commits; let PostgreSQL
// replicate synchronously. After a backup was put back, compare the credits with the
// orders since then, before the workers start, and do not run an order again whose
// change its credit shows.
//
// Copy a Dir while it is closed, or copy journal.log alone at any time: the copy ends
// with a whole event or with an unfinished one, which OpenDir removes. Delete a key only
// when its order can never be delivered again.
//
// Leases compare the clocks of the machines, whatever the store. Keep them synchronized,
// to within a quarter of [Runner.Lease].
package journal
