package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strconv"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/trex/engine"
)

// account has its state in a file of its own, which is replaced as a whole: so
// what a command changes, its number and its result are there together or not at
// all. A database would do that with a transaction.
type account struct {
	path string
	page page
}

type page struct {
	Number  uint64            // of the last command
	Balance int64             // what the application is about
	Results map[uint64]string // of the latest commands
}

// remembered is how many results the account keeps.
const remembered = 1000

// openAccount reads the file, if there is one.
func openAccount(path string) (*account, error) {
	a := &account{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	return a, json.Unmarshal(data, &a.page)
}

// ApplyAt executes a deposit, or a withdrawal, in one transaction.
func (a *account) ApplyAt(number uint64, command []byte) ([]byte, error) {
	next := page{Number: number, Balance: a.page.Balance, Results: maps.Clone(a.page.Results)}
	if next.Results == nil {
		next.Results = map[uint64]string{}
	}
	amount, err := strconv.ParseInt(string(command), 10, 64)
	result := "refused"
	if err == nil && next.Balance+amount >= 0 {
		next.Balance += amount
		result = strconv.FormatInt(next.Balance, 10)
	}
	next.Results[number] = result
	delete(next.Results, number-remembered)
	return []byte(result), a.commit(next)
}

// commit makes p durable, and only then the state.
func (a *account) commit(p page) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.Create(a.path + ".new")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close(), os.Rename(a.path+".new", a.path), syncDir(a.path)); err != nil {
		return err
	}
	a.page = p
	return nil
}

// syncDir makes the renaming durable.
func syncDir(path string) error {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Applied says which commands need not come again.
func (a *account) Applied() (uint64, error) { return a.page.Number, nil }

// Recall returns the result of a command that is in the file.
func (a *account) Recall(number uint64) ([]byte, bool) {
	result, ok := a.page.Results[number]
	return []byte(result), ok
}

// Query tells the balance.
func (a *account) Query([]byte) []byte { return strconv.AppendInt(nil, a.page.Balance, 10) }

// Snapshot is for a member that lags behind; the engine's journal needs none.
func (a *account) Snapshot(w io.Writer) error {
	_, err := fmt.Fprint(w, a.page.Balance)
	return err
}

// RestoreAt takes the snapshot of another member.
func (a *account) RestoreAt(number uint64, r io.Reader) error {
	next := page{Number: number}
	if _, err := fmt.Fscan(r, &next.Balance); err != nil {
		return err
	}
	return a.commit(next)
}

// Apply and Restore are not called where ApplyAt and RestoreAt are there.
func (a *account) Apply([]byte) []byte       { return nil }
func (a *account) Restore(r io.Reader) error { return errors.ErrUnsupported }

// An account whose state has a store of its own. It survives its process, and no
// command is executed twice.
func ExampleDurable() {
	dir, err := os.MkdirTemp("", "account")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for range 2 {
		cluster, err := engine.OpenLocal(engine.LocalConfig{DataDir: dir}, func(id quorate.ID) engine.App {
			a, err := openAccount(filepath.Join(dir, id.String()+".json"))
			if err != nil {
				fmt.Println(err)
				return nil
			}
			return a
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, amount := range []string{"100", "-30", "-200"} {
			result, err := cluster.Engine(0).Execute(context.Background(), []byte(amount))
			fmt.Println(amount, string(result), err)
		}
		cluster.Close()
	}
	// Output:
	// 100 100 <nil>
	// -30 70 <nil>
	// -200 refused <nil>
	// 100 170 <nil>
	// -30 140 <nil>
	// -200 refused <nil>
}
