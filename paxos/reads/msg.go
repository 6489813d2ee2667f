package reads

import "github.com/quorate/quorate"

// StampRequest asks the leader how much of the log an answer must include, for
// all reads that came to the sender before it sent Serial, and was not told yet.
type StampRequest struct {
	Serial uint64
}

// Stamp answers a StampRequest: OK if its sender led when the request came. A
// state that includes the slots below Slot is then recent enough.
type Stamp struct {
	Serial uint64
	OK     bool
	Slot   quorate.Slot
}
