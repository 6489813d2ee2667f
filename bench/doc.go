// Package bench puts load on a replicated store and reports what it did:
// throughput, latencies, errors, and whether the history was linearizable.
//
//	report, err := bench.Run(ctx, bench.Config{Protocol: "paxos", Start: start}, nil)
//	bench.WriteTable(os.Stdout, report)
//
// A run has five phases: the cluster starts; clients warm it up; for the
// measured time they go on, and only what returns in that time counts; they
// finish what is under way; the recorded history is checked.
//
//	start | warm-up | measured time        | drain | check
//	      |---- clients in closed loops ---------->|
//	      |---- history, for the check ----------->|
//
// Each client is a closed loop: one call at a time, the next when the last has
// returned. So a stalled cluster is asked less often, and what it did to those
// who would have come in the meantime does not show in the latencies. It shows
// in the throughput over time, which a report holds for that reason.
//
// Only calls that were executed count as operations and have a latency. Those
// that certainly failed are errors, those of which nobody knows are unknown:
// both are reported beside them, never within.
//
// The seed fixes what each client asks for, in which order. How far it gets is
// the cluster's doing.
package bench
