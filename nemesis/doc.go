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
//
// A [Draw] makes a schedule of faults from a seed: some groups of faults, some
// kinds of each, few faults or many, some by chance and some aimed. A schedule
// is data, and its faults do not depend on each other, so one that broke a
// protocol can be stored, and made smaller by leaving faults out.
//
// [WAN] has the latencies between regions in which papers about replication
// measure.
package nemesis
