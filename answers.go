package quorate

// Answers counts what became of requests: how many were answered with each
// status for each reason. Those that a replica forwarded are counted where they
// were admitted first, too, when the answer passes.
type Answers [Unknown + 1][len(reasonNames)]uint64

// Each calls f for every status and reason that has been counted.
func (a *Answers) Each(f func(status Status, reason Reason, n uint64)) {
	for status := range a {
		for reason, n := range a[status] {
			if n > 0 {
				f(Status(status), Reason(reason), n)
			}
		}
	}
}

// Total returns the number of answers with the given status.
func (a *Answers) Total(status Status) uint64 {
	var sum uint64
	for _, n := range a[status] {
		sum += n
	}
	return sum
}

// count leaves out what no version of this program says: it came from another node.
func (a *Answers) count(status Status, reason Reason) {
	if int(status) < len(a) && int(reason) < len(a[status]) {
		a[status][reason]++
	}
}
