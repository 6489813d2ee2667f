package daemon

import "testing"

// Rule: however few files may be open at once, all connections together leave some to
// the journal and the peers, and each kind has some.
func TestRoomForConnections(t *testing.T) {
	for _, files := range []uint64{0, 64, 100, 256, 1024, 4096, 5695} {
		r, scarce := roomFor(files)
		if !scarce || min(r.clients, r.operators, r.binary, r.strangers) < 4 {
			t.Errorf("%d files: %+v, %v", files, r, scarce)
		}
		if sum := r.clients + r.operators + r.binary + r.strangers; files > 100 && sum+reserved > int(files) {
			t.Errorf("%d files, %d connections", files, sum)
		}
		if r.clients > 4096 || r.binary > 1024 {
			t.Errorf("%d files: %+v", files, r)
		}
	}
	for _, files := range []uint64{5696, 1 << 20, 1 << 63} {
		if r, scarce := roomFor(files); scarce || r != (room{4096, 256, 1024, 256}) {
			t.Errorf("%d files: %+v, %v", files, r, scarce)
		}
	}
}
