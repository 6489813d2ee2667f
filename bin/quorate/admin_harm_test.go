package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/quorate/quorate/journal/disk"
	"github.com/quorate/quorate/server"
	"github.com/quorate/quorate/server/admin"
)

// harmOf is what can be made wrong in a place besides its network: nothing in the last
// one.
func harmOf(p *place, i int) admin.Harm {
	if i == 2 {
		return admin.Harm{}
	}
	volatile := disk.NewVolatile(vfs.NewMem(), 1)
	return admin.Harm{
		Clock: server.NewClock(func() time.Duration { return 0 }), Disk: disk.NewFaults(volatile), Volatile: volatile,
		Power: p.Crash, End: func() {},
	}
}

// Clocks, disks and the power, in members that can be harmed and in one that cannot.
func TestAdminHarm(t *testing.T) {
	_, file := administered(t, "", false)
	var b strings.Builder
	for line := range strings.Lines(`admin clock --id 1.1 --bump -2s -t 5m
admin clock --id 1.1 --bump 100ms --period 50ms -t 5m
admin clock --id 1.1,1.3 --rate 1.01 -t 5m --name mine
admin disk --id 1.1 --fault slow --delay 300ms -t 5m
admin disk --id 1.1 --fault fail -t 5m
admin disk --id 1.1 --fault full -t 5m
admin disk --id 1.1 --fault lie -t 5m
admin disk --id 1.1 --fault kill --sync 3 -t 5m
admin disk --id 1.3 --fault fail -t 5m
admin heal --name mine
admin power --id 1.3 -t 5m
admin power --id 1.2 -t 5m
admin status
`) {
		got := invoke(t, append(strings.Fields(line), "--config", file)...)
		fmt.Fprintf(&b, "$ quorate %s%s%s", line, got.stdout, got.stderr)
		if got.code != 0 {
			fmt.Fprintf(&b, "exit code %d\n", got.code)
		}
	}
	golden(t, "admin_harm", steady(b.String()))
}
