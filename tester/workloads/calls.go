package workloads

import (
	"context"
	"errors"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/checker/history"
	"github.com/quorate/quorate/client"
)

// The names of what events have beside Jepsen's fields.
const (
	extraMode    = history.Keyword("mode")    // of the invocation of a read: what it asks for
	extraVersion = history.Keyword("version") // of a completion: the key's version afterwards
)

func get(ctx context.Context, c Client, key string, mode quorate.ReadMode) (client.Result, error) {
	return c.Do(ctx, client.Op{Kind: quorate.OpGet, Key: key, Read: mode})
}

func put(ctx context.Context, c Client, key string, value []byte) (client.Result, error) {
	return c.Do(ctx, client.Op{Kind: quorate.OpPut, Key: key, Value: value})
}

// putIf writes if the key is as the result of a read says.
func putIf(ctx context.Context, c Client, key string, value []byte, read client.Result) (client.Result, error) {
	return c.Do(ctx, client.Op{Kind: quorate.OpPutIf, Key: key, Value: value, Version: condition(read)})
}

// condition is what a conditional write asks for that is to follow a read: an absent
// key has condition 0, also if it has a version because it was deleted.
func condition(read client.Result) uint64 {
	if !read.OK {
		return 0
	}
	return read.Version
}

// strong is the mode for reads that must not be old: mode, if that is such a one.
func strong(mode quorate.ReadMode) quorate.ReadMode {
	if mode.Linearizable() {
		return mode
	}
	return quorate.ReadLog
}

// readOf returns the invocation of a read.
func readOf(mode quorate.ReadMode, value any) history.Op {
	op := history.Op{Type: history.Invoke, F: "read", Value: value}
	if mode != quorate.ReadLog {
		op.Extra = history.Map{{Key: extraMode, Value: history.Keyword(mode.String())}}
	}
	return op
}

// modeOf returns what an invocation of a read asks for.
func modeOf(op *history.Op) quorate.ReadMode {
	word, _ := extra(op, extraMode).(history.Keyword)
	mode, err := quorate.ParseReadMode(string(word))
	if err != nil {
		return quorate.ReadLog
	}
	return mode
}

func extra(op *history.Op, key history.Keyword) any {
	for _, e := range op.Extra {
		if e.Key == key {
			return e.Value
		}
	}
	return nil
}

func versionExtra(version uint64) history.Entry {
	return history.Entry{Key: extraVersion, Value: int64(version)}
}

// ended completes an invocation.
func ended(op history.Op, t history.Type, value any, extra ...history.Entry) history.Op {
	op.Type, op.Value, op.Error, op.Extra = t, value, nil, extra
	return op
}

// failed completes an invocation that certainly took no effect.
func failed(op history.Op, why any) history.Op {
	op.Type, op.Error, op.Extra = history.Fail, why, nil
	if err, ok := why.(error); ok {
		op.Error = err.Error()
	}
	return op
}

// broken completes an invocation whose write ended in an error: it certainly took no
// effect if the store says so, and otherwise nobody knows.
func broken(op history.Op, err error) history.Op {
	op = failed(op, err)
	if !errors.Is(err, client.ErrNotExecuted) {
		op.Type = history.Info
	}
	return op
}

// keyed splits the value of an operation on one of several independent keys.
func keyed(value any) (key string, v any, ok bool) {
	pair, ok := value.([]any)
	if !ok || len(pair) != 2 {
		return "", nil, false
	}
	key, ok = pair[0].(string)
	return key, pair[1], ok
}

// number reads what a key has as a number: nil if the key is absent, the text if it is
// no number, which nobody wrote then.
func number(r client.Result) any {
	if !r.OK {
		return nil
	}
	n, err := strconv.ParseInt(string(r.Value), 10, 64)
	if err != nil {
		return string(r.Value)
	}
	return n
}

func digits(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// unasked completes an invocation that is none of the workload's.
func unasked(op history.Op) history.Op {
	return failed(op, "the workload has no such operation")
}
