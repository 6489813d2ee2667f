// Package core holds the rules of one object of WPaxos at one replica: acceptor,
// learner, thief and owner of the log of one key. It has no messages, timers or
// clock of its own. A log is that of paxos/core; what is added here is that it
// changes hands and rests.
//
// An object that rests is an [Idle] of three words: nothing of its log is left,
// its state is with the state machine. There may be a million of them. What goes
// on at an object wakes it, and so long it is an [Object].
//
// The protocol is that of Ailijiang, Charapko, Demirbas and Kosar, "WPaxos: Wide
// Area Network Flexible Consensus" (IEEE TPDS, 2020); its quorums are
// [quorate.ZoneQuorums].
package core
