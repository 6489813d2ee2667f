package server

// Clients returns the number of clients that the cluster would close.
func (l *Local) Clients() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.clients)
}
