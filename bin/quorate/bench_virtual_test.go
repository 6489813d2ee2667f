package main

import (
	"strings"
	"testing"
)

// The same flags print the same figures, whatever the machine does meanwhile.
func TestBenchVirtual(t *testing.T) {
	args := []string{"bench", "--virtual", "--wan", "aws3", "-p", "paxos,epaxos", "-n", "3", "--leader-zone", "2", "--clients", "6", "--conflicts", "0", "--duration", "2s", "--kill", "3.1@1s"}
	got := invoke(t, args...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	for _, want := range []string{"3x1  virtual", "CA*", "epaxos      IR", "paxos, 3x1 nodes in virtual time over aws3, 6 clients", "0% on one key", "decisions 100% in one round trip", "history   linearizable"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, got.stdout)
		}
	}
	if again := invoke(t, args...); again.stdout != got.stdout {
		t.Errorf("another report:\n%s\n%s", got.stdout, again.stdout)
	}
}

func TestBenchVirtualRefuses(t *testing.T) {
	for args, want := range map[string]string{
		"--wan aws3 -n 1x3": "one zone over aws3",
		"--wan aws3 -n 3 -p epaxos,wpaxos --leader-zone 2": "none of them elects a leader",
		"--wan aws3 -n 1":                                     "one zone over aws3",
		"--wan":                                               "flag needs an argument",
		"--wan= -n 3":                                         "--wan is empty",
		"--wan mars -n 3":                                     "want one of aws3",
		"--wan aws3 -n 3 --leader-zone 4":                     "leader in zone 4",
		"--wan aws3 -n 3 --leader-zone 0":                     "--leader-zone 0: want 1 or more",
		"--wan aws3 -n 3 --jitter -1s":                        "jitter of -1s",
		"--leader-zone 1":                                     "--leader-zone without --wan or --virtual",
		"--jitter 1ms":                                        "--jitter without --wan or --virtual",
		"--wan aws3 -n 3 --loss 0.1":                          "--loss without --virtual",
		"--kill 1.1@1s":                                       "--kill without --virtual",
		"--virtual --transport tcp":                           "--transport with --virtual",
		"--virtual --data-dir x":                              "--data-dir with --virtual",
		"--virtual --wan mars -n 3":                           "want one of aws3",
		"--virtual --leader-zone 2":                           "leader in zone 2",
		"--virtual --kill 1.9@1s":                             "want one of [1.1 1.2 1.3], and a time",
		"--virtual --kill 1.1":                                "and a time: 1.1@5s",
		"--virtual --kill 1.1@soon":                           "invalid duration",
		"--virtual --service in":                              "each with a time",
		"--virtual --service in=1us,in=2us":                   "in is there twice",
		"--virtual --service speed=1us":                       "want some of in, out",
		"--virtual --service in=fast":                         "want a time such as",
		"--virtual --service in=-1us":                         "want a time such as",
		"--service in=1us":                                    "--service without --virtual",
		"--virtual --jitter -1s":                              "jitter of -1s",
		"--conflicts 2":                                       "--conflicts 2",
		"--conflicts 0.1 --keys 7":                            "--keys with --conflicts",
		"--config cluster.json --virtual":                     "--virtual with --config",
		"--config cluster.json --wan aws3":                    "--wan with --config",
		"--virtual -n 2x2 --wan aws3 -p nobo":                 "unknown protocol",
		"--locality 0.9":                                      "at least 2 zones",
		"-n 3x1 --locality 2":                                 "--locality 2",
		"-n 3x1 --moving 2":                                   "--moving without --locality",
		"--hot-keys 3":                                        "--hot-keys without --hot",
		"--hot-keys 0 --hot 0.1":                              "--hot-keys 0",
		"--hot 1.1":                                           "--hot 1.1",
		"--hot 0.5 --conflicts 0":                             "--hot with --conflicts",
		"-n 3x1 --locality 0.9 --conflicts 1":                 "--locality with --conflicts",
		"-p paxos,trex --policy null":                         "for paxos, trex",
		"-n 3x1 -p paxos,wpaxos --policy mad":                 "want null, immediate",
		"-n 3x1 -p wpaxos --policy null --policy consecutive": "want null, immediate",
		"--quorum wpaxos=zones:fz=0,fn=0":                     "wpaxos is none of",
		"--quorum paxos=":                                     "after the name",
		"--quorum paxos=majority --quorum paxos=even":         "one already for paxos",
		"--quorum majority --quorum even":                     "one already for all protocols",
	} {
		got := invoke(t, append([]string{"bench"}, strings.Fields(args)...)...)
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q, want %q", args, got.code, got.stdout, got.stderr, want)
		}
	}
}

// Flags that only some protocols take go to those.
func TestBenchFlagsOfSome(t *testing.T) {
	got := invoke(t, strings.Fields("bench --virtual --wan aws3 -n 3x1 -p paxos,wpaxos --policy null --policy average:0.2,0.1 --quorum wpaxos=zones:fz=1,fn=0 --quorum paxos=even --clients 6 --keys 30 --locality 0.9 --hot 0.1 --duration 1s")...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	for _, want := range []string{"30 keys, locality 0.9 (sigma 2.02), 10% on 10 of all", "wpaxos null      IR", "wpaxos average:0.2,0.1      IR", "over aws3, quorums zones:fz=1,fn=0, policy null, 6 clients", "over aws3, quorums even, 6 clients"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, got.stdout)
		}
	}
}

// Without --virtual a short run over sockets is as far apart, and has a line for
// each region.
func TestBenchWide(t *testing.T) {
	got := invoke(t, short("--wan", "metro", "-n", "3", "--transport", "tcp", "--jitter", "100us")...)
	if got.code != exitGood || got.stderr != "" {
		t.Fatalf("code %d, stderr %q", got.code, got.stderr)
	}
	for _, want := range []string{"3x1  tcp", "DC1*        2", "primary     DC3", "primary, 3x1 nodes on tcp over metro, 4 clients", "history   linearizable"} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("%q is missing:\n%s", want, got.stdout)
		}
	}
}
