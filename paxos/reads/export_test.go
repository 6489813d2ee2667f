package reads

// Waiting returns how much is in the queues.
func Waiting(r *Reads) int { return len(r.held) + len(r.asking) + len(r.checks) }
