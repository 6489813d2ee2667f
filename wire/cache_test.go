package wire_test

import (
	"reflect"
	"testing"

	"github.com/quorate/quorate/wire"
)

func TestCacheCompilesOnce(t *testing.T) {
	type fine struct{ A int }
	type bad struct{ M map[string]int }
	var c wire.Cache
	first, err := c.Compile(reflect.TypeFor[fine]())
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := c.Compile(reflect.TypeFor[fine]()); again != first {
		t.Error("a type was compiled twice")
	}
	var none *wire.Cache
	if other, err := none.Compile(reflect.TypeFor[fine]()); err != nil || other == first {
		t.Errorf("a nil cache: %v", err)
	}
	for range 2 {
		if _, err := c.Compile(reflect.TypeFor[bad]()); err == nil {
			t.Error("a map can go on the wire")
		}
	}
}
