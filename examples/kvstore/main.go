// Kvstore is a replicated store of keys with versions: an example of package
// trex/engine. Without arguments it runs a cluster of three members in this
// process; kvstore help says how to run three processes.
//
// Versions restart when a key is removed. So a client that has read version 1,
// and whose PutIf comes when the key was removed and put anew meanwhile,
// overwrites a value that it has never seen: its condition holds by accident (the
// ABA problem). The built-in store of Quorate does not have this window, since its
// versions go on across a delete, at the price of remembering a deleted key's
// version for ever.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"github.com/quorate/quorate/examples/console"
	"github.com/quorate/quorate/trex/engine"
)

func main() { os.Exit(program().Main(os.Args[1:], os.Stdin, os.Stdout)) }

func program() console.Program {
	return console.Program{
		Name: "kvstore", About: "A replicated store of keys with versions.", Addresses: console.Loopback(4101), App: New, Run: run,
		Commands: []string{
			"get KEY                   value and version",
			"put KEY VALUE [VERSION]   write; with a version only if the key has it, 0 for absent",
			"remove KEY [VERSION]      remove; with a version only if the key has it",
		},
		Examples: []string{"put hello world", "get hello", "put hello again 1", "remove hello 1"},
	}
}

// run executes one command of a user.
func run(ctx context.Context, e *engine.Engine, words []string) (string, error) {
	store, n := Use(e), len(words)
	var version uint64
	if words[0] == "put" && n == 4 || words[0] == "remove" && n == 3 {
		var err error
		if version, err = strconv.ParseUint(words[n-1], 10, 64); err != nil {
			return "", fmt.Errorf("version %q: want a number", words[n-1])
		}
	}
	switch {
	case words[0] == "get" && n == 2:
		item, ok, err := store.Get(ctx, words[1])
		if err != nil || !ok {
			return words[1] + " is absent", err
		}
		return fmt.Sprintf("%s = %s, version %d", words[1], item.Value, item.Version), nil
	case words[0] == "put" && n == 3:
		return "ok", store.Put(ctx, words[1], words[2])
	case words[0] == "put" && n == 4:
		ok, err := store.PutIf(ctx, words[1], words[2], version)
		return fmt.Sprint(ok), err
	case words[0] == "remove" && n == 2:
		return "ok", store.Remove(ctx, words[1])
	case words[0] == "remove" && n == 3:
		ok, err := store.RemoveIf(ctx, words[1], version)
		return fmt.Sprint(ok), err
	}
	return "", console.ErrUsage
}
