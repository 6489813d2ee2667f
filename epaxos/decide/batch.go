package decide

import "github.com/quorate/quorate"

// Batch is what goes into one instance.
type Batch struct {
	Commands []quorate.Command
	Requests []*quorate.Admitted // they came from, in the same order
}

// Apart takes a batch of commands off a queue and parts those that are contended
// from the others, which need not share their second round then, nor wait for what
// they wait for, if there is room for two instances. No batch is empty.
func Apart(q *quorate.Queue, two bool, contended func(*quorate.Command) bool) (batches []Batch) {
	commands, requests := q.Batch()
	var calm, hot Batch
	for at := range commands {
		to := &calm
		if two && contended(&commands[at]) {
			to = &hot
		}
		to.Commands, to.Requests = append(to.Commands, commands[at]), append(to.Requests, requests[at])
	}
	for _, b := range []Batch{calm, hot} {
		if len(b.Commands) > 0 {
			batches = append(batches, b)
		}
	}
	return batches
}
