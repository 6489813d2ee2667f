package bench

import (
	"os"
	"testing"

	"github.com/quorate/quorate"
)

// BenchmarkObserver tells what it costs to watch a member of a cluster in this
// process, for a slot that it learns and executes.
func BenchmarkObserver(b *testing.B) {
	commands := []quorate.Command{{Op: quorate.OpPut}}
	for name, log := range map[string]string{"one log": "", "a log for each key": "key123"} {
		b.Run(name, func(b *testing.B) {
			o := newObserver(1)
			o.measure(true)
			for i := 0; b.Loop(); i++ {
				var chosen, executed quorate.Event = quorate.Chosen{Log: log, Slot: quorate.Slot(i)}, quorate.Executed{Log: log, Slot: quorate.Slot(i), Commands: commands}
				o.members[0].observe(chosen)
				o.members[0].observe(executed)
			}
		})
	}
}

// BenchmarkKernel tells what it costs to ask the kernel about a process, twice a run.
func BenchmarkKernel(b *testing.B) {
	for b.Loop() {
		kernelOf(os.Getpid())
	}
}
