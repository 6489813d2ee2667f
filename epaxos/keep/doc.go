// Package keep sees to what a replica keeps: it reports how far the replica is, drops
// what may be dropped (see package trim) once the states of the keys are saved, and
// brings a member that was away back. What it missed and another has executed it asks
// that one for, a portion at a time:
//
//	member that was away           another one
//	  |<---- Progress executed -------|   some of it is not committed here, and not on
//	  |-- Missing ------------------->|   its way: the other said so a while ago
//	  |<----------- Commit ..., Told -|
//	  |-- Missing ------------------->|   the next portion, at once
//
// What others have dropped they cannot tell. Then it takes their states instead.
//
//	member that was away      another one
//	  |<------ Progress base ------|   some of what is below base is missing here
//	  |-- Wanted own base -------->|   has it executed all that was dropped here?
//	  |<----------- Offer base ----|
//	  |-- StateRequest ----------->|   see quorate.States
//	  |<-------------- StateChunk -|   ...
//	  | installed: all below base counts as executed
//
// A state that is received includes all that was dropped at its sender, since Offer
// says so, and all that was dropped here, since Wanted asked for it. It need not
// include what was executed here and is not dropped: that is executed again on top
// of it, also if the transfer fails half way. Meanwhile nothing is executed, or it
// would be on states that lack something. To execute an instance on a state that
// includes it is harmless: the outcomes of writes are part of the state. A read that
// so sees more than its place in the order says is still linearizable. What it sees
// was executed at the sender, so it had begun before the read returned, and it comes
// before whatever is proposed afterwards; what came before the read was executed here
// before it.
//
// A sender sends only while it has, in memory, what it told of in its Offer: not
// after a restart, and not while it receives states itself. Then it executes much
// again, and its states lack what comes last.
package keep
