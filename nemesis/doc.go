// Package nemesis is the vocabulary of faults: what may happen to a cluster, in
// the words that simulations and tests of real processes share. It does nothing
// to anybody: a [Fault] is plain data that a simulator or a tester carries out.
//
// A fault has a [Kind], members that it strikes, and a time; or a [Trigger],
// which strikes when something happens: a leader is elected, a disk begins to
// sync, a message leaves. Random times seldom meet the moments at which
// protocols are vulnerable; triggers do.
//
// A partition is a grudge: for each member, those it does not hear. So links
// can be cut one way, and members can disagree about who is there. [Cut] draws
// the shapes that break protocols, after Jepsen and TigerBeetle: bridges, rings
// of majorities, whole zones.
package nemesis
