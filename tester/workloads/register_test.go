package workloads

import "testing"

func TestRegisterCheck(t *testing.T) {
	try(t, "register", Config{}, []wanted{
		{"a write is read", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1]", ""},
		{"nothing done", "0 invoke read [k nil]; 0 fail read [k nil]", "?no operation succeeded"},
		{"no keys", "0 invoke write 1; 0 ok write 1", "?on no key"},
		{"written twice", "0 invoke write [k 1]; 0 ok write [k 1]; 0 invoke write [k 1]; 0 ok write [k 1]", "?written twice"},
		{"while both are open", "0 invoke write [k 1]; 1 invoke read [k nil]; 2 invoke read [k nil]; 1 ok read [k 1]; 2 ok read [k nil]; 0 ok write [k 1]", ""},
		{"stale initial value", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke read [k nil]; 1 ok read [k nil]", "still met the initial value"},
		{"back to the initial value", "0 invoke write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1]; 2 invoke read [k nil]; 2 ok read [k nil]; 0 ok write [k 1]", "still met the initial value"},
		{"never written", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke read [k nil]; 1 ok read [k 2]", "which was never written"},
		{"of another key", "0 invoke write [j 1]; 0 ok write [j 1]; 1 invoke read [k nil]; 1 ok read [k 1]", "which was never written"},
		{"of a write that failed", "0 invoke write [k 1]; 0 fail write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1]", "certainly was not executed"},
		{"of a later write", "1 invoke read [k nil]; 1 ok read [k 1]; 0 invoke write [k 1]; 0 ok write [k 1]", "called only later"},
		{"stale", "0 invoke write [k 1]; 0 ok write [k 1]; 0 invoke write [k 2]; 0 ok write [k 2]; 1 invoke read [k nil]; 1 ok read [k 1]", "the other way round"},
		{"two readers disagree", `0 invoke write [k 1]; 1 invoke write [k 2]; 2 invoke read [k nil]; 2 ok read [k 1]; 2 invoke read [k nil]; 2 ok read [k 2]
			2 invoke read [k nil]; 2 ok read [k 1]; 0 ok write [k 1]; 1 ok write [k 2]`, "the other way round"},
		{"an open write may come late", "0 invoke write [k 1]; 0 info write [k 1]; 1 invoke write [k 2]; 1 ok write [k 2]; 1 invoke read [k nil]; 1 ok read [k 1]", ""},
		{"but only once", `0 invoke write [k 1]; 0 info write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1]; 1 invoke write [k 2]; 1 ok write [k 2]
			1 invoke read [k nil]; 1 ok read [k 1]`, "the other way round"},
		{"or never", "0 invoke write [k 1]; 0 info write [k 1]; 1 invoke read [k nil]; 1 ok read [k nil]", ""},
		{"without its end", "0 invoke write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1]", ""},
		{"one within the time of another", `0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke write [k 2]; 1 ok write [k 2]; 2 invoke read [k nil]; 2 ok read [k 1]`, "the other way round"},

		{"a cas", "0 invoke cas [k [nil 1]]; 0 ok cas [k [nil 1]]; 1 invoke cas [k [nil 2]]; 1 ok cas [k [1 2]]; 0 invoke read [k nil]; 0 ok read [k 2]", ""},
		{"two cas of one value", "0 invoke cas [k [nil 1]]; 0 ok cas [k [nil 1]]; 1 invoke cas [k [nil 2]]; 1 ok cas [k [nil 2]]", "two cas took effect"},
		{"a cas of no value", "0 invoke cas [k [nil 1]]; 0 ok cas [k [7 1]]", "never written"},
		{"a cas of a failed value", "0 invoke write [k 1]; 0 fail write [k 1]; 0 invoke cas [k [nil 2]]; 0 ok cas [k [1 2]]", "certainly was not executed"},
		{"a cas over a write between", `0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke cas [k [nil 3]]; 0 invoke write [k 2]; 0 ok write [k 2]
			0 invoke read [k nil]; 0 ok read [k 2]; 1 ok cas [k [1 3]]; 0 invoke read [k nil]; 0 ok read [k 3]`, "the other way round"},
		{"the value from before a cas", `0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke cas [k [nil 2]]; 1 ok cas [k [1 2]]; 0 invoke read [k nil]; 0 ok read [k 1]`, "cannot come after it"},
		{"an open cas that was seen", `0 invoke cas [k [nil 1]]; 0 ok cas [k [nil 1]]; 1 invoke cas [k [nil 2]]; 1 info cas [k [1 2]]; 2 invoke cas [k [nil 3]]; 2 ok cas [k [1 3]]
			0 invoke read [k nil]; 0 ok read [k 2]`, "two cas took effect"},
		{"an open cas that nobody saw", `0 invoke cas [k [nil 1]]; 0 ok cas [k [nil 1]]; 1 invoke cas [k [nil 2]]; 1 info cas [k [1 2]]; 2 invoke cas [k [nil 3]]; 2 ok cas [k [1 3]]`, ""},
		{"an open cas behind an open write", `0 invoke write [k 1]; 0 info write [k 1]; 1 invoke cas [k [nil 2]]; 1 info cas [k [1 2]]; 2 invoke read [k nil]; 2 ok read [k 2]
			2 invoke cas [k [nil 3]]; 2 ok cas [k [1 3]]`, "two cas took effect"},
		{"an open cas that does not tell what it met", `0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke cas [k [nil 2]]; 1 info cas [k [nil 2]]; 2 invoke read [k nil]; 2 ok read [k 2]`, ""},
		{"an open cas behind an open write, seen", `0 invoke write [k 1]; 0 info write [k 1]; 1 invoke cas [k [nil 2]]; 1 info cas [k [1 2]]; 2 invoke read [k nil]; 2 ok read [k 2]`, ""},
		{"a cas without its end", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke cas [k [nil 2]]; 2 invoke read [k nil]; 2 ok read [k 2]", ""},
		{"a cas of no pair", "0 invoke cas [k 1]; 0 ok cas [k 1]", "?no number or text"},
		{"a write of a list", "0 invoke write [k [1]]; 0 ok write [k [1]]", "?no number or text"},
		{"a read of a list", "0 invoke write [k 1]; 0 ok write [k 1]; 0 invoke read [k nil]; 0 ok read [k [1]]", "never written"},
		{"cas in a ring", "0 invoke cas [k [nil 1]]; 1 invoke cas [k [nil 2]]; 0 ok cas [k [2 1]]; 1 ok cas [k [1 2]]", "goes back to its own"},
		{"a cas that failed", "0 invoke cas [k [nil 1]]; 0 fail cas [k [nil 1]]; 0 invoke read [k nil]; 0 ok read [k 1]", "certainly was not executed"},
	})
}

func TestRegisterCheckWeakReads(t *testing.T) {
	weak := func(mode string) []wanted {
		return []wanted{
			{"old", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke read [k nil] mode=" + mode + "; 1 ok read [k nil]", ""},
			{"older than before", `0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write [k 2]; 0 ok write [k 2] version=2
				1 invoke read [k nil] mode=M; 1 ok read [k 2] version=2; 2 invoke read [k nil] mode=M; 2 ok read [k 1] version=1`, ""},
			{"never written", "0 invoke write [k 1]; 0 ok write [k 1]; 1 invoke read [k nil] mode=M; 1 ok read [k 2]", "never written"},
			{"of a failed write", "0 invoke write [k 1]; 0 fail write [k 1]; 1 invoke read [k nil] mode=M; 1 ok read [k 1]", "not executed"},
			{"of a later write", "1 invoke read [k nil] mode=M; 1 ok read [k 1]; 0 invoke write [k 1]; 0 ok write [k 1]", "only later"},
			{"not yet committed", `0 invoke write [k 1]; 1 invoke read [k nil] mode=M; 1 ok read [k 1]; 2 invoke read [k nil]; 2 ok read [k nil]; 0 ok write [k 1]`, "still met the initial value"},
		}
	}
	for _, mode := range []string{"local", "follower", "timeline"} {
		cases := weak(mode)
		for i := range cases {
			cases[i].history = replaceMode(cases[i].history, mode)
		}
		t.Run(mode, func(t *testing.T) { try(t, "register", Config{}, cases) })
	}
	back := `0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write [k 2]; 0 ok write [k 2] version=2
		1 invoke read [k nil] mode=M; 1 ok read [k 2] version=2; 1 invoke read [k nil] mode=M; 1 ok read [k 1] version=1`
	own := `0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke read [k nil] mode=M; 0 ok read [k nil] version=0`
	try(t, "register", Config{}, []wanted{
		{"local back", replaceMode(back, "local"), ""},
		{"timeline back", replaceMode(back, "timeline"), "had seen a later state"},
		{"local own write", replaceMode(own, "local"), ""},
		{"timeline own write", replaceMode(own, "timeline"), "had seen a later state"},
		{"index is linearizable", replaceMode(own, "index"), "still met the initial value"},
		{"lease is linearizable", replaceMode(own, "lease"), "still met the initial value"},
		{"handoff is linearizable", replaceMode(own, "handoff"), "still met the initial value"},
	})
}
