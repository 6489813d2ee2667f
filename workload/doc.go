// Package workload says what the clients of a test or a benchmark ask for, and
// draws it.
//
// Tests of correctness want few keys, so that operations meet; values that no
// other operation writes, so that a history tells who saw what; conditions that
// mostly hold. That is [Config], and a [Generator] for each client.
//
// Benchmarks want what programs do: a [Spec] says how keys are chosen, which
// operations there are, how large values are, what reads ask for, and what is
// written before anything else. It has a form in JSON, and [Presets] are
// well-known ones. A [Plan] is a Spec for so many clients in so many zones, and a
// [Stream] draws what one of them asks for.
//
// A Generator and a Stream belong to one client and draw from one source of
// chance, so the same seed asks for the same things whatever the cluster does,
// except for the versions of conditions, which follow from the replies, for
// means of keys that move, which follow the clock, and for the latest records,
// which follow from what all clients have written.
package workload
