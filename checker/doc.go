// Package checker decides whether a history of client operations was
// linearizable: whether each operation can be given one instant between its
// call and its return, such that executing them one at a time, in the order of
// these instants, gives the results the clients saw.
//
//	rec, _ := checker.NewRecorder(checker.RecorderConfig{})
//	p := rec.Process(session)              // one sequential client
//	p.Invoke(quorate.OpPut, "k", value, 0) // before the request leaves
//	p.Return(checker.Outcome{…})           // after the reply is there
//	result, err := rec.Check(ctx, checker.Config{})
//
// Keys are independent objects, so each key's operations are checked apart
// from the others. For the versioned store of package quorate nearly every
// operation names the version it wrote or saw. That fixes the order of the
// operations up to a few choices, and a check in n log n time decides most
// keys (file versions.go gives the argument). What it cannot decide goes to
// Porcupine's search, as does everything without versions.
//
// An operation whose outcome is unknown may have taken effect at any instant
// after its call, or never. An operation that certainly failed took none. A
// read is checked for what its mode promises: those through the log, by index, by
// a lease and by hand-off are part of what must be linearizable. Of the others each
// value must be one that the key had at some time before the read returned; and a
// timeline read must not be older than what its process was told of the key before.
//
// A verdict has three values. A check that ran out of time or memory, and a
// history in which nothing succeeded, is Unknown: neither is a pass.
package checker
