package planted_test

import (
	"testing"

	"github.com/quorate/quorate/internal/planted"
)

func TestConvert(t *testing.T) {
	type kind uint8
	type inner struct {
		Kind kind
		N    int
	}
	type original struct {
		Inner inner
		Name  string
	}
	type kindOfCopy uint8
	type innerOfCopy struct {
		Bug  string
		Kind kindOfCopy
		N    int
	}
	type copied struct {
		Inner innerOfCopy
		Name  string
	}
	want := copied{innerOfCopy{"", 3, 4}, "name"}
	if got := planted.Convert[copied](original{inner{3, 4}, "name"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
