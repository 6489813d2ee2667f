package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/client"
)

func getVerb() kvVerb {
	return kvVerb{
		name: "get", operands: "key", synopsis: "print a key's value", least: 1, most: 1,
		about: `Prints the value as it is, without a newline unless the output is a terminal. A
key that is absent prints nothing, and the exit code says so.

A read through the log, by index, by a lease or by hand-off returns the newest
value. A local one returns what the member asked has executed, which may be old, and
goes on when the others are away; so does one of a follower, and one in the timeline
of a prompt or a script, which includes what that has seen before.`,
		examples: []example{
			{"quorate kv get greeting --config cluster.json", "the newest value"},
			{"quorate kv get picture --config cluster.json > picture.png", "values are bytes"},
			{"quorate kv get greeting --read local --id 1.3 --json --config cluster.json", "what member 1.3 has, with its version"},
		},
		exits: kvExits("the value was printed"),
		setup: func(f *flags) func(context.Context, *kv, []string) error {
			f.group("read")
			var mode quorate.ReadMode
			f.read(&mode)
			return func(ctx context.Context, k *kv, args []string) error { return k.get(ctx, args[0], mode) }
		},
	}
}

func (k *kv) get(ctx context.Context, key string, mode quorate.ReadMode) error {
	res, took, err := k.do(ctx, client.Op{Kind: quorate.OpGet, Key: key, Read: mode})
	if err != nil {
		return err
	}
	switch {
	case k.json:
		err = k.printJSON(read(key, res, took))
	case k.told && !res.OK:
		err = k.say("%q is absent%s", key, k.remark(res, took))
	case k.told:
		err = k.say("%q = %s%s", key, quoted(res.Value), k.remark(res, took))
	case res.OK:
		err = k.raw(res.Value)
	}
	if err == nil && !res.OK && !k.told {
		return &exitError{code: exitBad}
	}
	return err
}

// raw prints a value as it is.
func (k *kv) raw(value []byte) error {
	if k.newline {
		value = append(value[:len(value):len(value)], '\n')
	}
	_, err := k.out.Write(value)
	return err
}

// condition is the flags of a write that depends on the key's version.
type condition struct {
	flags   *flags
	version uint64
	absent  bool
}

func newCondition(f *flags, what string) *condition {
	c := &condition{flags: f}
	f.group("condition")
	f.Uint64Var(&c.version, "if-version", 0, what+" only if the key is at this version: a `number`, 0 for an absent key")
	return c
}

// kind returns the conditional form of a write where a condition is given.
func (c *condition) kind(plain, conditional quorate.Op) (quorate.Op, error) {
	switch {
	case c.absent && c.flags.Changed("if-version"):
		return 0, c.flags.usagef("--if-absent and --if-version: want one of them")
	case c.absent || c.flags.Changed("if-version"):
		return conditional, nil
	}
	return plain, nil
}

func putVerb() kvVerb {
	return kvVerb{
		name: "put", operands: "key [value|-]", synopsis: "write a key's value", least: 1, most: 2,
		about: `Writes a value and prints the key's new version. The value is the second word; "-"
stands for the input, all of it, as --file does for a file. A value that begins
with a dash is written after two of them: put key -- -value.`,
		examples: []example{
			{"quorate kv put greeting hello --config cluster.json", "a word"},
			{"quorate kv put picture --file picture.png --config cluster.json", "a file"},
			{"quorate kv put greeting - --config cluster.json", "what comes in on the input"},
			{"quorate kv put greeting hello --if-version 3 --config cluster.json", "only if nobody wrote since version 3"},
		},
		exits: kvExits("the value was written"),
		setup: func(f *flags) func(context.Context, *kv, []string) error {
			f.group("value")
			file := f.String("file", "", "write what a `file` holds")
			c := newCondition(f, "write")
			f.BoolVar(&c.absent, "if-absent", false, "write only if the key is absent")
			return func(ctx context.Context, k *kv, args []string) error {
				kind, err := c.kind(quorate.OpPut, quorate.OpPutIf)
				if err != nil {
					return err
				}
				value, err := k.value(f, args[1:], *file)
				if err != nil {
					return err
				}
				return k.write(ctx, client.Op{Kind: kind, Key: args[0], Value: value, Version: c.version})
			}
		},
	}
}

// value returns the value to write, from where the command line says.
func (k *kv) value(f *flags, words []string, file string) ([]byte, error) {
	switch given := f.Changed("file"); {
	case given == (len(words) == 1):
		return nil, f.usagef("want a value, or - for the input, or --file, and only one of them")
	case given:
		in, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("read the value: %w", err)
		}
		defer in.Close()
		return k.readValue(in)
	case words[0] != "-":
		return []byte(words[0]), nil
	case k.told:
		return nil, f.usagef("the input has commands here; use --file")
	}
	return k.readValue(k.in)
}

// readValue reads all of a value, and not much more than the cluster would take.
func (k *kv) readValue(from io.Reader) ([]byte, error) {
	limit := k.cluster.File().Requests().MaxValue
	value, err := io.ReadAll(io.LimitReader(from, int64(limit)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the value: %w", err)
	case len(value) > limit:
		return nil, usagef("the value has more than %d bytes, the most that the cluster's file allows", limit)
	}
	return value, nil
}

func delVerb() kvVerb {
	return kvVerb{
		name: "del", operands: "key", synopsis: "delete a key", least: 1, most: 1,
		about: `Deletes a key and prints the version of its absence. To delete what is absent is
no error, unless a condition says so.`,
		examples: []example{
			{"quorate kv del greeting --config cluster.json", "delete it"},
			{"quorate kv del greeting --if-version 3 --config cluster.json", "only if nobody wrote since version 3"},
		},
		exits: kvExits("the key is absent now"),
		setup: func(f *flags) func(context.Context, *kv, []string) error {
			c := newCondition(f, "delete")
			return func(ctx context.Context, k *kv, args []string) error {
				kind, err := c.kind(quorate.OpDelete, quorate.OpDeleteIf)
				if err != nil {
					return err
				}
				return k.write(ctx, client.Op{Kind: kind, Key: args[0], Version: c.version})
			}
		},
	}
}

func (k *kv) write(ctx context.Context, op client.Op) error {
	res, took, err := k.do(ctx, op)
	if err != nil {
		return err
	}
	switch {
	case k.json:
		err = k.printJSON(written(op.Key, res, took))
	case !res.OK: // the error below says it
	case k.told:
		err = k.say("%q is at version %d%s", op.Key, res.Version, k.time(took))
	default:
		err = k.say("version %d", res.Version)
	}
	if err == nil && !res.OK {
		return &exitError{exitBad, fmt.Errorf("%v %q: the condition does not hold: %s", op.Kind, op.Key, at(res.Version))}
	}
	return err
}

// at says where a key is for which a condition did not hold.
func at(version uint64) string {
	if version == 0 {
		return "the key is absent"
	}
	return fmt.Sprintf("the key is at version %d", version)
}
