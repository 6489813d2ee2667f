package text_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/text"
)

type inner struct {
	Slot quorate.Slot
	Name string
}

// place is a struct that prints as a name.
type place struct{ Row, Number int }

func (p place) String() string { return fmt.Sprintf("%d/%d", p.Row, p.Number) }

type placed struct {
	Place place
	Other place `text:"omitzero"`
}

type outer struct {
	Ballot  quorate.Ballot
	Yes, No bool
	Slot    quorate.Slot
	Count   int
	Wait    time.Duration
	Data    []byte
	Sum     [4]byte
	List    []inner
	Many    []uint64
	Inner   inner
	Upto    quorate.Slot `text:"omitzero"`
}

func TestOf(t *testing.T) {
	tests := []struct {
		value any
		want  string
	}{
		{outer{}, "outer{Slot:0}"},
		{outer{Ballot: quorate.NewBallot(7, 1<<16|2), Yes: true, Slot: 3, Count: -1, Wait: 50 * time.Millisecond},
			"outer{Ballot:7@1.2 Yes Slot:3 Count:-1 Wait:50ms}"},
		{outer{Data: []byte("text"), List: []inner{{1, "a b"}, {}}}, `outer{Slot:0 Data:text List:[{Slot:1 Name:"a b"} {Slot:0}]}`},
		{outer{Data: []byte{0, 255}, Sum: [4]byte{1}}, "outer{Slot:0 Data:2 bytes Sum:4 bytes}"},
		{outer{Data: []byte(strings.Repeat("x", 41))}, "outer{Slot:0 Data:" + strings.Repeat("x", 40) + "…(41 bytes)}"},
		{outer{Many: []uint64{1, 2, 3, 4, 5, 6, 7, 8}}, "outer{Slot:0 Many:[1 2 3 4 5 6 7 8]}"},
		{outer{Many: []uint64{1, 2, 3, 4, 5, 6, 7, 8, 9}}, "outer{Slot:0 Many:[1 2 3 4 and 5 more]}"},
		{outer{Inner: inner{Name: "n"}}, "outer{Slot:0 Inner:{Slot:0 Name:n}}"},
		{outer{Upto: 3}, "outer{Slot:0 Upto:3}"},
		{[]quorate.Command{{Client: 12, Seq: 1, Op: quorate.OpPut, Key: "k", Value: []byte("v")}}, "[put k=v (c:1)]"},
		{placed{}, "placed{Place:0/0}"},
		{placed{Other: place{1, 0}}, "placed{Place:0/0 Other:1/0}"},
		{nil, "nil"},
	}
	for _, test := range tests {
		if got := text.Of(test.value); got != test.want {
			t.Errorf("Of gives %q, want %q", got, test.want)
		}
	}
}
