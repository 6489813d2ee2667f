package main

import "testing"

func TestImpossibleSimulations(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"sim frob", `unknown command "sim frob"; commands are run, replay, mutants`},
		{"sim reply", "(did you mean sim replay?)"},
		{"help sim rnu", "(did you mean sim run?)"},
		{"help sim run now", "want one command"},
		{"sim run now", `sim run: unexpected argument "now"`},
		{"sim --seeds 5:1", "want first:last such as 1:1000"},
		{"sim --seeds 1-5", "want first:last such as 1:1000"},
		{"sim --seeds 1:99999999999999999999", "want first:last such as 1:1000"},
		{"sim --seeds :", "want first:last such as 1:1000"},
		{"sim --seed 3", "unknown flag --seed (did you mean --seeds?)"},
		{"sim -p raft", `sim: unknown protocol "raft": want one of epaxos, paxos, primary`},
		{"sim run -p paxso", "paxos, primary, trex, wpaxos (did you mean paxos?)"},
		{"sim --mutant no-dedub", "(did you mean no-dedup?)"},
		{"sim --mutant no-dedub", "want one of small-phase1,"},
		{"sim -p primary --mutant no-dedup", "none can be planted in protocol primary"},
		{"sim --nemesis crsh", "(did you mean crash?): want one of all, none, partition"},
		{"sim --nemesis=", "want one of all, none, partition"},
		{"sim -n 0", "so many nodes, or zones x nodes"},
		{"sim -n 65", "1 to 64"},
		{"sim -n 9x9", "1 to 64"},
		{"sim -n 3 --quorum count:1,1", "{1.1}"},
		{"sim -n 3 --quorum half", "want one of majority"},
		{"sim --quorum count:4,2", "the seeds choose among [3 5 7] nodes"},
		{"sim -p primary -n 3 --quorum count:3,1", "primary has its own, majority"},
		{"sim --mutant small-phase1 -n 3 --quorum count:3,1", "paxos with bug small-phase1 has its own, majority"},
		{"sim -n 2x3 --wan mars", "want one of aws3, aws5, paxi, wpaxos, metro, model"},
		{"sim -n 3 --wan paxi", "want two or more"},
		{"sim --ops 0", "--ops 0: want 1 or more"},
		{"sim --ops 10000000", "want 1 to 1,000,000"},
		{"sim --time 0s", "--time 0s: want more than 0"},
		{"sim --time 10us", "want at least 1ms"},
		{"sim --time 100h", "want up to 24h0m0s"},
		{"sim --workers 0", "--workers 0"},
		{"sim --time-limit -1s", "--time-limit -1s"},
		{"sim replay", "want --seed, or --world, and not both"},
		{"sim replay --seed 1 --world x", "want --seed, or --world, and not both"},
		{"sim replay --seed -1", `invalid argument "-1"`},
		{"sim replay --seed 1 --trace t.pdf", "want a file that ends in"},
		{"sim replay --seed 1 --trace no/such/dir/t.txt", "no such file or directory"},
		{"sim replay --seed 1 --print --json", "want one of them"},
		{"sim replay --seed 1 --until soon", "want a time such as 1.5s"},
		{"sim replay --seed 1 --until -1s", "want a time such as 1.5s"},
		{"sim replay --world no/such/file", "no such file or directory"},
		{"sim replay --world {}", `unknown protocol ""`},
		{`sim replay --world {"sede":1}`, "unknown field sede (did you mean seed?)"},
		{`sim replay --world {"protocol":"paxos","zones":9,"nodes":9}`, "9 zones of 9 nodes: want 1 to 64 members in all; 0 clients"},
		{`sim replay --world {"protocol":"paxos"} -n 3`, "--nodes: the JSON of --world says all"},
		{`sim replay --world {"protocol":"paxos","bug":"x"}`, `unknown bug "x"`},
		{"sim elections -p primary", "primary elects nobody"},
		{"sim elections -p epaxos", "epaxos elects nobody: no member leads"},
		{"sim elections --elections 0", "--elections 0: want 1 or more"},
		{"sim elections --latency 0s", "--latency 0s"},
		{"sim elections --loss 2", "loss with probability 2"},
		{"sim elections -n 2x3", "want one zone"},
		{"sim elections --workers 0", "--workers 0"},
		{"sim mutants -p raft", `unknown protocol "raft"`},
		{"sim mutants -p primary", "no bugs can be planted in protocol primary"},
		{"sim mutants --mutant no-dedub", "(did you mean no-dedup?)"},
		{"sim mutants --mutant=", "--mutant is empty"},
		{"sim mutants --trials 0", "want 1 to"},
		{"sim mutants --max-seeds -1", "want 1 to"},
		{"sim mutants --seed 18446744073709551000", "there are not so many"},
		{"sim mutants --workers -1", "--workers -1"},
		{"sim mutants --ops 0", "--ops 0"},
	} {
		impossible(t, test.args, test.want)
	}
}

// Fast paths and worlds that are not made for each other.
func TestImpossibleQuorums(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"sim explore -p epaxos", "made for protocols with one log"},
		{"sim -p epaxos -n 5 --quorum epaxos:f=2,e=0", "at least one member"},
		{"sim -p paxos -n 5 --quorum epaxos", "for protocols with a fast path"},
	} {
		impossible(t, test.args, test.want)
	}
}
