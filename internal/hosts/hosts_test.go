package hosts_test

import (
	"testing"

	"github.com/quorate/quorate/internal/hosts"
)

func TestLoopback(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "LocalHost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true, "::ffff:127.0.0.1": true,
		"": false, "0.0.0.0": false, "::": false, "10.0.0.7": false, "localhost.example": false, "127.0.0.1.example": false, "127.1": false,
	} {
		if got := hosts.Loopback(host); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}

func TestKnown(t *testing.T) {
	names := []string{"quorate-0.Quorate"}
	if !hosts.Known("0.0.0.0:8080", []string{"0.0.0.0"}) || hosts.Known(":8080", []string{""}) {
		t.Error("what listens at 0.0.0.0 is known as that, and nothing as nothing")
	}
	for host, want := range map[string]bool{
		"": true, "localhost": true, "LOCALHOST.": true, "localhost:8080": true, "127.0.0.1": true, "127.0.0.1:8080": true, "[::1]:8080": true, "[::1]": true,
		"::1": true, "10.0.0.7": true, "quorate-0.quorate": true, "QUORATE-0.quorate.:8080": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "127.1": false, "0x7f000001": false, ".": false,
		"0.0.0.0": false, "0.0.0.0:8080": false, "[::]:8080": false, "::": false, "[::ffff:0.0.0.0]": false, ":8080": false,
		"localhost:8080:8080": false, "quorate-0": false, "quorate-0.quorate.evil.example": false,
	} {
		if got := hosts.Known(host, names); got != want {
			t.Errorf("%q: %v", host, got)
		}
	}
}
