package planted

import "reflect"

// Convert returns what a protocol calls from, a struct, as its copy calls it: field
// by field, by their names, where the copy has types of its own within.
func Convert[Copy any](from any) Copy {
	var to Copy
	convert(reflect.ValueOf(&to).Elem(), reflect.ValueOf(from))
	return to
}

func convert(to, from reflect.Value) {
	if from.Type().ConvertibleTo(to.Type()) {
		to.Set(from.Convert(to.Type()))
		return
	}
	for i := range from.NumField() {
		convert(to.FieldByName(from.Type().Field(i).Name), from.Field(i))
	}
}
