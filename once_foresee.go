package quorate

// foresight is room for what [Once.Foresee] looks at.
type foresight struct {
	names   []string
	windows []*window
	touched uint32
}

// Foresee says that commands will be applied soon, in this order. It changes nothing
// but the time that takes: where there are many keys, what is known of one is in no
// cache, and the processor waits for memory several times in a row, for one command
// after the other. Here it waits for all of them at once.
func (o *Once) Foresee(commands []Command) {
	if len(commands) < 2 {
		return
	}
	f := &o.foresight
	clear(f.names) // let go of those before
	f.names, f.windows = f.names[:0], f.windows[:0]
	for i := range commands {
		f.names = append(f.names, commands[i].Key)
	}
	for i, number := range o.keys.Foresee(f.names) {
		if number >= 0 && commands[i].Op.IsWrite() {
			if w := o.keys.At(number).window; w != nil {
				f.windows = append(f.windows, w)
			}
		}
	}
	f.touch()
}

// foreseeSave is [Once.Foresee] for keys whose states will be saved, by their numbers.
func (o *Once) foreseeSave(numbers []uint32) {
	f := &o.foresight
	f.windows = f.windows[:0]
	for _, number := range numbers {
		if int(number) < o.keys.Len() {
			if w := o.keys.At(int(number)).window; w != nil {
				f.windows = append(f.windows, w)
			}
		}
	}
	for _, number := range numbers {
		if int(number) < o.keys.Len() {
			if value := o.keys.At(int(number)).value; len(value) > 0 {
				f.touched += uint32(value[0]) + uint32(value[len(value)-1])
			}
		}
	}
	for _, w := range f.windows {
		if f.touched += uint32(len(w.index)); len(w.ring) > 1 {
			f.touched += w.slot(w.head).older
		}
	}
	clear(f.windows)
}

// touch reads a little of each part of the windows, and of their neighbours in the list
// of keys in use. No read waits for the one before it.
func (f *foresight) touch() {
	for _, w := range f.windows {
		f.touched += w.head + uint32(len(w.index))
	}
	for _, w := range f.windows {
		if len(w.ring) > 1 {
			f.touched += w.slot(w.head).older
		}
		if w.prev != nil && w.next != nil {
			f.touched += w.prev.n + w.next.n
		}
	}
	clear(f.windows)
}
