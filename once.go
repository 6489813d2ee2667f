package quorate

// Once makes a state machine execute every command at most once.
type Once struct {
	sm StateMachine
}
