// Package disk keeps a node's durable records on disk, in a Pebble store. It is
// the [quorate.Journal] of nodes whose promises outlive power failures:
//
//	j, err := disk.Open(disk.Config{Dir: "data/1.1", Header: disk.Header{Node: id, Protocol: "paxos"}})
//	defer j.Close()
//
// One batch of the node is one batch of the store and one sync. A directory
// belongs to one node of one cluster: a header says which, and Open refuses
// another ([ErrMismatch]), a second process ([ErrLocked]), and anything damaged
// or missing ([ErrDamaged]).
//
// # What lies in the directory
//
//	header   text: whose journal this is; written last, so a directory without
//	         one was never a journal, or has lost it
//	lock     held while the journal is open
//	synced   the number of the last batch that is known to be synced
//	store/   the Pebble store: write-ahead logs, tables, manifest
//
// # How damage is told from a crash
//
// A crash may leave the end of the newest log torn: a batch whose sync had not
// returned may be there, or not, or in part. Nothing else may be missing. The
// store alone cannot tell a torn end from a flipped bit or a log cut short near
// its end, so three things are added:
//
//   - Every batch carries its number. What the store recovered must be the
//     batches 1 to some n without a gap.
//   - The file synced says that batch m was synced; a smaller n is damage. It is
//     written after each sync, so after a crash of the process it is exact. It
//     is itself synced now and then only, so after a power failure it may name a
//     batch up to about a thousand before the last.
//   - A batch is written only after the one before it was synced. So whatever
//     cannot be read in a log, with a batch of that log readable after it, is
//     damage, whether the file synced knows of it or not.
//
// What is left: after a power failure, the last batch alone if it was hit by
// damage, and a log cut short by less than what the file synced does not yet
// know. Neither can be told from a torn end by any means on one disk without a
// second sync for each batch. The other members have the records in question,
// but a promise forgotten in this way is forgotten; disks that lose synced data
// at a power failure are not for voters.
//
// # When the disk fails
//
// The first failure of a write or a sync, of a batch or in the background,
// freezes the journal: nothing that happens later reaches the disk, every
// Commit returns the reason, and what was acknowledged is still there when the
// journal is opened again. [Faults] makes disks fail, for tests; on a [Volatile] one the end of
// the process is that of the power.
package disk
