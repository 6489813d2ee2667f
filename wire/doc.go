// Package wire turns messages and records into bytes and back.
//
// A message is a named struct of exported fields: booleans, integers, floats,
// strings, byte slices, slices, arrays and structs of these. [Compile] refuses
// anything else and names the field. On the wire a struct is a MessagePack array
// of its fields in the order of their declaration, written and read by
// hashicorp/go-msgpack. A [Codec] puts one byte in front that says which message
// it is.
//
// A type T whose pointer implements [encoding.BinaryAppender] and
// [encoding.BinaryUnmarshaler] writes its own bytes, alone or as a field of
// another message. [Reader] and the Append functions help to do that.
//
// Bytes from outside are never trusted. Before the library sees a message, its
// bytes are walked along the type's shape: every length is compared with the
// bytes that are left, every integer with the range of its field, every array
// with the number of fields. What does not fit is an [Error] that says which
// field, at which byte, and why; memory is reserved only for what is there.
package wire
