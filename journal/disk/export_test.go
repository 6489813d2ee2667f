package disk

// OnAction has f called before everything that would change the disk.
func (f *Faults) OnAction(hook func()) {
	f.f.mu.Lock()
	defer f.f.mu.Unlock()
	f.f.before = hook
}
