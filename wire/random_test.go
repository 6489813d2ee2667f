package wire

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// TestRandomTypes holds the shape against the library: whatever type Compile
// lets pass, what the library writes for it passes the scan, comes back the
// same, and is refused when it is cut.
func TestRandomTypes(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 0))
	for i := range 100 {
		rt := randomStruct(rng, 3)
		s, err := compileShape(rt)
		if err != nil {
			t.Fatalf("seed %d, type %d: %v: %v", seed, i, rt, err)
		}
		kind := &Type{t: rt, shape: s, short: rt.String()}
		for range 5 {
			v := reflect.New(rt).Elem()
			fill(rng, v)
			m := v.Interface()
			data, err := kind.Append(nil, m)
			if err != nil {
				t.Fatalf("seed %d, type %d: append %+v: %v", seed, i, m, err)
			}
			if len(data) < s.min {
				t.Fatalf("seed %d, type %v: %d bytes, said at least %d", seed, rt, len(data), s.min)
			}
			got, err := kind.Decode(data)
			if err != nil || !reflect.DeepEqual(got, m) {
				t.Fatalf("seed %d, type %v: %v\n got %#v\nwant %#v", seed, rt, err, got, m)
			}
			cut := rng.IntN(len(data))
			if _, err := kind.Decode(data[:cut]); err == nil {
				t.Fatalf("seed %d, type %v: % x cut at %d decodes", seed, rt, data, cut)
			}
		}
	}
}

func randomStruct(rng *rand.Rand, depth int) reflect.Type {
	var fields []reflect.StructField
	for i := range rng.IntN(20) { // more than the 15 of a short header
		fields = append(fields, reflect.StructField{Name: string(rune('A' + i)), Type: randomType(rng, depth)})
	}
	return reflect.StructOf(fields)
}

func randomType(rng *rand.Rand, depth int) reflect.Type {
	scalars := []reflect.Type{
		reflect.TypeFor[bool](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
		reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
		reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[string](), reflect.TypeFor[[]byte](),
		reflect.TypeFor[kind](), reflect.TypeFor[time.Duration](), reflect.TypeFor[hookCommand](), reflect.TypeFor[hookCommands](), reflect.TypeFor[inner](),
	}
	switch n := rng.IntN(12); {
	case n < 8 || depth == 0:
		return scalars[rng.IntN(len(scalars))]
	case n == 8:
		return reflect.ArrayOf(rng.IntN(18), randomType(rng, depth-1))
	case n == 9:
		return randomStruct(rng, depth-1)
	default:
		return reflect.SliceOf(randomType(rng, depth-1))
	}
}

// fill sets v to something random, with a taste for the ends of ranges.
func fill(rng *rand.Rand, v reflect.Value) {
	bits := rng.Uint64() >> rng.IntN(64)
	if rng.IntN(4) == 0 {
		bits = -bits
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(bits&1 == 1)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(bits)) // keeps the low bits
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(bits)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(rng.NormFloat64())
	case reflect.String:
		b := make([]byte, randomLen(rng, 300))
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		v.SetString(string(b))
	case reflect.Slice:
		if rng.IntN(4) == 0 && v.Type() != reflect.TypeFor[hookCommands]() { // whose nil is empty
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
		for range randomLen(rng, 20) {
			e := reflect.New(v.Type().Elem()).Elem()
			fill(rng, e)
			v.Set(reflect.Append(v, e))
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(rng, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, v.Field(i))
		}
	}
}

func randomLen(rng *rand.Rand, most int) int {
	if rng.IntN(2) == 0 {
		return rng.IntN(3)
	}
	return rng.IntN(most)
}
