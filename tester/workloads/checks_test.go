package workloads

import (
	"context"
	"strings"
	"testing"
)

func TestAppendCheck(t *testing.T) {
	try(t, "append", Config{}, []wanted{
		{"read back", "0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke append [k 2]; 0 ok append [k 2]; 1 invoke read [k nil]; 1 ok read [k [1 2]]", ""},
		{"nothing yet", "1 invoke read [k nil]; 1 ok read [k []]; 1 invoke read [k nil]; 1 ok read [k nil]", ""},
		{"an append in no read", "0 invoke read [k nil]; 0 ok read [k []]; 0 invoke append [k 1]; 0 ok append [k 1]", ""},
		{"an unknown append that nobody saw", "0 invoke append [k 1]; 0 info append [k 1]; 1 invoke read [k nil]; 1 ok read [k []]", ""},
		{"an unknown append that comes late", `0 invoke append [k 1]; 0 info append [k 1]; 1 invoke append [k 2]; 1 ok append [k 2]
			1 invoke read [k nil]; 1 ok read [k [2 1]]`, ""},
		{"no list", "1 invoke read [k nil]; 1 ok read [k 1]", "no list"},
		{"appended twice", "0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke append [k 1]; 0 ok append [k 1]", "?added twice"},
		{"a list appended", "0 invoke append [k [1]]; 0 ok append [k [1]]", "?no number or text"},
		{"never appended", "1 invoke read [k nil]; 1 ok read [k [3]]", "never added"},
		{"a list in a list", "1 invoke read [k nil]; 1 ok read [k [[]]]", "differ at place 1"},
		{"failed", "0 invoke append [k 1]; 0 fail append [k 1]; 1 invoke read [k nil]; 1 ok read [k [1]]", "certainly was not executed"},
		{"too early", "1 invoke read [k nil]; 1 ok read [k [1]]; 0 invoke append [k 1]; 0 ok append [k 1]", "called only later"},
		{"there twice", "0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil]; 1 ok read [k [1 1]]", "at places 1 and 2"},
		{"reads differ", `0 invoke append [k 1]; 1 invoke append [k 2]; 2 invoke read [k nil]; 2 ok read [k [1]]; 3 invoke read [k nil]; 3 ok read [k [2 1]]
			0 ok append [k 1]; 1 ok append [k 2]`, "differ at place 1: 1 and 2"},
		{"lost", "0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil]; 1 ok read [k []]", "does not show it"},
		{"lost in the middle", `0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke append [k 2]; 0 ok append [k 2]; 1 invoke read [k nil]; 1 ok read [k [2]]`, "does not show it"},
		{"stale", `0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil]; 1 ok read [k [1]]
			0 invoke append [k 2]; 1 invoke read [k nil]; 1 ok read [k [1 2]]; 2 invoke read [k nil]; 2 ok read [k [1]]; 0 ok append [k 2]`, "shows less"},
		{"in the wrong order", `0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke append [k 2]; 0 ok append [k 2]; 1 invoke read [k nil]; 1 ok read [k [2 1]]`, "comes before it in the list"},
		{"behind one that was called later", `1 invoke append [k 1]; 1 info append [k 1]; 2 invoke read [k nil]; 2 ok read [k []]; 2 invoke append [k 2]; 2 ok append [k 2]
			2 invoke read [k nil]; 2 ok read [k [1 2]]`, ""},

		{"weak and old", "0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k []]", ""},
		{"weak and different", `0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke append [k 2]; 0 ok append [k 2]; 1 invoke read [k nil] mode=local; 1 ok read [k [2]]
			1 invoke read [k nil]; 1 ok read [k [1 2]]`, "differ at place 1"},
		{"weak and too early", "1 invoke read [k nil] mode=local; 1 ok read [k [1]]; 0 invoke append [k 1]; 0 ok append [k 1]", "called only later"},
		{"weak before a strong one that lacks it", `0 invoke append [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k [1]]
			1 invoke read [k nil]; 1 ok read [k []]; 0 ok append [k 1]`, "shows less"},
		{"local goes back", `0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k [1]]; 1 invoke read [k nil] mode=local; 1 ok read [k []]`, ""},
		{"timeline goes back", `0 invoke append [k 1]; 0 ok append [k 1]; 1 invoke read [k nil] mode=timeline; 1 ok read [k [1]]; 1 invoke read [k nil] mode=timeline; 1 ok read [k []]`, "had seen a later state"},
		{"timeline without its own", `0 invoke append [k 1]; 0 ok append [k 1]; 0 invoke read [k nil] mode=timeline; 0 ok read [k []]`, "had seen a later state"},
	})
}

func TestSetCheck(t *testing.T) {
	try(t, "set", Config{}, []wanted{
		{"read back", "0 invoke add [k 1]; 0 ok add [k 1]; 0 invoke add [k 2]; 0 ok add [k 2]; 1 invoke read [k nil]; 1 ok read [k [2 1]]", ""},
		{"never read", "0 invoke add [k 1]; 0 ok add [k 1]", ""},
		{"unknown and not there", "0 invoke add [k 1]; 0 info add [k 1]; 1 invoke read [k nil]; 1 ok read [k []]", ""},
		{"lost", "0 invoke add [k 1]; 0 ok add [k 1]; 1 invoke read [k nil]; 1 ok read [k []]", "1 is lost"},
		{"lost after it was seen", "0 invoke add [k 1]; 0 info add [k 1]; 1 invoke read [k nil]; 1 ok read [k [1]]; 1 invoke read [k nil]; 1 ok read [k []]", "1 is lost"},
		{"lost after a weak read saw it", "0 invoke add [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k [1]]; 1 invoke read [k nil]; 1 ok read [k []]; 0 ok add [k 1]", "1 is lost"},
		{"stale", "0 invoke add [k 1]; 0 ok add [k 1]; 1 invoke read [k nil]; 1 ok read [k []]; 1 invoke read [k nil]; 1 ok read [k [1]]", "missing for a while"},
		{"twice", "0 invoke add [k 1]; 0 ok add [k 1]; 1 invoke read [k nil]; 1 ok read [k [1 1]]", "shows an element twice"},
		{"invented", "1 invoke read [k nil]; 1 ok read [k [1]]", "never added"},
		{"failed", "0 invoke add [k 1]; 0 fail add [k 1]; 1 invoke read [k nil]; 1 ok read [k [1]]", "certainly was not executed"},
		{"not nested", `0 invoke add [k 1]; 1 invoke add [k 2]; 2 invoke read [k nil]; 3 invoke read [k nil]; 2 ok read [k [1]]; 3 ok read [k [2]]
			0 ok add [k 1]; 1 ok add [k 2]`, "each show something"},
		{"weak and old", "0 invoke add [k 1]; 0 ok add [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k []]", ""},
		{"timeline without its own", "0 invoke add [k 1]; 0 ok add [k 1]; 0 invoke read [k nil] mode=timeline; 0 ok read [k []]", "had seen it"},
		{"timeline goes back", "0 invoke add [k 1]; 0 ok add [k 1]; 1 invoke read [k nil] mode=local; 1 ok read [k [1]]; 1 invoke read [k nil] mode=timeline; 1 ok read [k []]", "had seen it"},
	})
}

func TestCounterCheck(t *testing.T) {
	try(t, "counter", Config{}, []wanted{
		{"counted", "0 invoke add 2; 0 ok add 2 total=2; 1 invoke add 3; 1 ok add 3 total=5; 1 invoke read; 1 ok read 5", ""},
		{"without totals", "0 invoke add 2; 0 ok add 2; 1 invoke read; 1 ok read 2", ""},
		{"unknown, there", "0 invoke add 2; 0 info add 2; 1 invoke read; 1 ok read 2", ""},
		{"unknown, not there", "0 invoke add 2; 0 info add 2; 1 invoke read; 1 ok read 0", ""},
		{"too little", "0 invoke add 2; 0 ok add 2; 1 invoke read; 1 ok read 0", "not between 2"},
		{"too much", "0 invoke add 2; 0 ok add 2; 1 invoke read; 1 ok read 3", "not between 2"},
		{"what failed", "0 invoke add 2; 0 fail add 2; 1 invoke read; 1 ok read 2", "not between 0"},
		{"not yet called", "1 invoke read; 1 ok read 2; 0 invoke add 2; 0 ok add 2", "not between 0"},
		{"back", "0 invoke add 2; 1 invoke read; 1 ok read 2; 1 invoke read; 1 ok read 0; 0 ok add 2", "had ended at 2 before"},
		{"a lost update", "0 invoke add 2; 1 invoke add 2; 0 ok add 2 total=2; 1 ok add 2 total=2", "went from 0 to 2, but"},
		{"between", "0 invoke add 2; 1 invoke add 1; 1 info add 1; 2 invoke read; 2 ok read 1; 0 ok add 2 total=2", "went from 0 to 2, but"},
		{"in the wrong order", "2 invoke add 2; 0 invoke add 2; 0 ok add 2 total=4; 1 invoke add 2; 1 ok add 2 total=2; 2 info add 2", "had ended at 4 before"},
		{"a version that nobody can have given", "0 invoke add 2; 0 ok add 2 version=2; 1 invoke add 2; 1 info add 2 condition=1", "can have given version 1"},
		{"a version of an addition that failed", "1 invoke add 2; 1 fail add 2; 0 invoke add 2; 0 ok add 2 version=2", "can have given version 1"},
		{"a version that somebody may have given", "0 invoke add 2; 0 ok add 2 version=2; 1 invoke add 2; 1 info add 2", ""},
		{"an unknown total that never was", "0 invoke add 2; 0 info add 2 condition=0 total=2; 1 invoke add 3; 1 ok add 3 version=1 total=3", ""},
		{"seen before it was called", "2 invoke add 2; 2 info add 2; 1 invoke read; 1 ok read 2; 0 invoke add 2; 0 ok add 2 total=2", "had ended at 2 before"},
		{"no number", "0 invoke add 2; 0 ok add 2; 1 invoke read; 1 ok read x", "is no number"},
		{"falls", "0 invoke add -2; 0 ok add -2", "?wants positive numbers"},
		{"weak and old", "0 invoke add 2; 0 ok add 2; 1 invoke read mode=local; 1 ok read 0", ""},
		{"weak and too much", "0 invoke add 2; 0 ok add 2; 1 invoke read mode=local; 1 ok read 3", "not between 0"},
		{"timeline back", "0 invoke add 2; 0 ok add 2; 1 invoke read mode=timeline; 1 ok read 2; 1 invoke read mode=timeline; 1 ok read 0", "had seen a later state"},
		{"timeline without its own", "0 invoke add 2; 0 ok add 2 total=2; 0 invoke read mode=timeline; 0 ok read 0", "had seen a later state"},
	})
}

func TestBankCheck(t *testing.T) {
	all := "{0 10 1 10 2 10 3 10 4 10 5 10 6 10 7 10}"
	moved := "{0 7 1 13 2 10 3 10 4 10 5 10 6 10 7 10}"
	transfer := "{from 0 to 1 amount 3}"
	cases := []wanted{
		{"transferred", "0 invoke read; 0 ok read ALL version=1; 0 invoke transfer T; 0 ok transfer T version=2; 0 invoke read; 0 ok read MOVED version=2", ""},
		{"without versions", "0 invoke read; 0 ok read ALL; 0 invoke transfer T; 0 ok transfer T; 0 invoke read; 0 ok read MOVED", ""},
		{"more money", "0 invoke read; 0 ok read {0 13 1 10 2 10 3 10 4 10 5 10 6 10 7 10}", "total of 83"},
		{"negative", "0 invoke read; 0 ok read {0 -1 1 21 2 10 3 10 4 10 5 10 6 10 7 10}", "-1 on account 0"},
		{"an account less", "0 invoke read; 0 ok read {0 20 2 10 3 10 4 10 5 10 6 10 7 10}", "does not show the 8 accounts"},
		{"an account more", "0 invoke read; 0 ok read {0 10 1 10 2 10 3 10 4 10 5 10 6 10 7 5 8 5}", "does not show the 8 accounts"},
		{"a read that failed", "0 invoke read; 0 fail read; 0 invoke read; 0 ok read ALL", ""},
		{"no bank", "0 invoke read; 0 ok read nil", "does not show"},
		{"a lost transfer", "0 invoke read; 0 ok read ALL version=1; 0 invoke transfer T; 0 ok transfer T version=2; 0 invoke read; 0 ok read ALL version=2", "is not what the transfers"},
		{"two at one version", "0 invoke transfer T; 1 invoke transfer T; 0 ok transfer T version=2; 1 ok transfer T version=2", "both gave version 2"},
		{"an unknown one between", `0 invoke read; 0 ok read ALL version=1; 1 invoke transfer T; 0 invoke transfer T; 0 ok transfer T version=3
			0 invoke read; 0 ok read {0 4 1 16 2 10 3 10 4 10 5 10 6 10 7 10} version=3`, ""},
		{"a version that nobody can have given", "0 invoke transfer T; 0 ok transfer T version=2; 0 invoke transfer T; 0 ok transfer T version=4; 1 invoke transfer T; 1 info transfer T condition=3", "can have given version 3"},
		{"a version that somebody may have given", "0 invoke transfer T; 0 ok transfer T version=2; 0 invoke transfer T; 0 ok transfer T version=4; 1 invoke transfer T; 1 info transfer T condition=2", ""},
		{"a version far beyond", "0 invoke transfer T; 0 ok transfer T version=1000000000000", "more than all writes"},
		{"two reads of one version", "0 invoke read; 0 ok read ALL version=1; 0 invoke read; 0 ok read MOVED version=1", "is not what the transfers"},
		{"stale", "0 invoke transfer T; 0 ok transfer T version=2; 0 invoke read; 0 ok read ALL version=1", "at version 2 and had ended before"},
		{"weak and old", "0 invoke transfer T; 0 ok transfer T version=2; 0 invoke read mode=local; 0 ok read ALL version=1", ""},
		{"weak, before the bank", "0 invoke read mode=local; 0 ok read nil version=0", ""},
		{"weak and too early", "1 invoke read mode=local; 1 ok read MOVED version=2; 0 invoke transfer T; 0 ok transfer T version=2", "at version 2 and had ended before"},
		{"timeline without its own", "0 invoke transfer T; 0 ok transfer T version=2; 0 invoke read mode=timeline; 0 ok read ALL version=1", "had seen a later state"},
	}
	for i, c := range cases {
		cases[i].history = fill(c.history, map[string]string{"ALL": all, "MOVED": moved, " T": " " + transfer})
	}
	try(t, "bank", Config{}, cases)
	try(t, "bank", Config{Negative: true}, []wanted{{"allowed", "0 invoke read; 0 ok read {0 -1 1 21 2 10 3 10 4 10 5 10 6 10 7 10}", ""}})
}

func TestUniqueIDsCheck(t *testing.T) {
	try(t, "unique-ids", Config{}, []wanted{
		{"different", "0 invoke generate; 0 ok generate 1; 1 invoke generate; 1 ok generate 2", ""},
		{"the same", "0 invoke generate; 0 ok generate 1; 1 invoke generate; 1 ok generate 2; 1 invoke generate; 1 ok generate 1", "1 was drawn twice"},
		{"unknown", "0 invoke generate; 0 info generate 1; 1 invoke generate; 1 ok generate 1", ""},
		{"none", "0 invoke generate; 0 fail generate", "?no operation succeeded"},
		{"no number", "0 invoke generate; 0 ok generate [1]", "no number"},
	})
}

func TestVersionChecks(t *testing.T) {
	try(t, "kv", Config{}, []wanted{
		{"all", `0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write-if [k 2]; 0 ok write-if [k 2] version=2 condition=1 done=true
			0 invoke delete-if [k nil]; 0 ok delete-if [k nil] version=3 condition=2 done=true; 0 invoke read [k nil]; 0 ok read [k nil] version=3
			0 invoke delete [k nil]; 0 ok delete [k nil] version=4; 0 invoke write-if [k 3] condition=7; 0 ok write-if [k 3] version=0 condition=7 done=false`, ""},
		{"stale", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke read [k nil]; 0 ok read [k nil] version=0", "met an earlier state"},
		{"refused though it held", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write-if [k 2]; 0 ok write-if [k 2] version=1 condition=1 done=false", "refused although"},
		{"done though it did not hold", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write-if [k 2]; 0 ok write-if [k 2] version=2 condition=7 done=true", "on condition of version 7"},
		{"an unknown one that cannot have been", "0 invoke write-if [k 1]; 0 info write-if [k 1] condition=7; 1 invoke read [k nil]; 1 ok read [k 1] version=1", "no write can have given"},
		{"an unknown one that does not tell", "0 invoke write-if [k 1]; 0 info write-if [k 1]; 1 invoke read [k nil]; 1 ok read [k 1] version=1", ""},
		{"an unknown delete that does not tell", "0 invoke delete-if [k nil]; 1 invoke read [k nil]; 1 ok read [k nil] version=1", ""},
		{"what failed", "0 invoke write [k 1]; 0 fail write [k 1]; 1 invoke read [k nil]; 1 ok read [k 1] version=1", "version 1"},
		{"no versions", "0 invoke write [k 1]; 0 ok write [k 1]", "?does not tell its version"},
		{"no keys", "0 invoke write 1; 0 ok write 1 version=1", "?on no key"},
		{"old and weak", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke read [k nil] mode=local; 0 ok read [k nil] version=0", ""},
		{"timeline back", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke read [k nil] mode=timeline; 0 ok read [k nil] version=0", "timeline read"},
	})
	try(t, "cas-register", Config{}, []wanted{
		{"a cas", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke cas [k [1 2]]; 0 ok cas [k [1 2]] version=2 condition=1; 0 invoke read [k nil]; 0 ok read [k 2] version=2", ""},
		{"of another value", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke cas [k [3 2]]; 0 ok cas [k [3 2]] version=2 condition=1", "returned 3, which is not what was written"},
		{"of an earlier version", "0 invoke write [k 1]; 0 ok write [k 1] version=1; 0 invoke write [k 1]; 0 ok write [k 1] version=2; 0 invoke cas [k [1 2]]; 0 ok cas [k [1 2]] version=3 condition=1", "on condition of version 1"},
	})
}

// What time did not suffice for is not valid.
func TestChecksEndWithTheirTime(t *testing.T) {
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for _, kind := range Kinds() {
		w, err := New(kind.Name, Config{})
		if err != nil {
			t.Fatal(err)
		}
		history := "0 invoke read [k nil]; 0 ok read [k nil]"
		switch kind.Name {
		case "unique-ids":
			history = "0 invoke generate; 0 ok generate 1"
		case "counter":
			history = "0 invoke read; 0 ok read 0"
		case "bank":
			history = "0 invoke transfer {from 0 to 1 amount 1}; 0 ok transfer {from 0 to 1 amount 1}"
		}
		for _, ctx := range []context.Context{t.Context(), over} {
			got := told(w.Check(ctx, script(t, history)))
			if ended := ctx == over; ended != strings.HasPrefix(got, "?") {
				t.Errorf("%s says %q, its time was over: %v", kind.Name, got, ended)
			}
		}
	}
}
