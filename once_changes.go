package quorate

// changes are the keys whose state changed since it was saved last, by their
// numbers: a bit for each key, and a list in the order in which they changed first,
// so that a save neither sorts a million names nor looks for them.
type changes struct {
	bits []uint64
	list []uint32 // takeChanged trims it
}

// change notes that the state of a key changed, which was looked for last, as a rule.
func (o *Once) change(key string) {
	c, number := &o.changed, o.keys.Put(key)
	for number/64 >= len(c.bits) {
		c.bits = append(c.bits, 0)
	}
	if bit := uint64(1) << (number % 64); c.bits[number/64]&bit == 0 {
		c.bits[number/64] |= bit
		c.list = append(c.list, uint32(number))
	}
}

// takeChanged returns the keys that changed since it was called last.
func (o *Once) takeChanged() []uint32 {
	list := o.changed.list
	for _, number := range list {
		o.changed.bits[number/64] &^= 1 << (number % 64)
	}
	o.changed.list = nil
	return list
}

// name returns the name of a key that changed; false after a [Once.Reset] since.
func (o *Once) name(number uint32) (string, bool) {
	if int(number) >= o.keys.Len() {
		return "", false
	}
	return o.keys.Name(int(number)), true
}
