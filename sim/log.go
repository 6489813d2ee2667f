package sim

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/quorate/quorate/internal/cputime"
)

// Log is the file in which a long campaign takes down what it has done, so that
// it can go on after it was interrupted, in whatever way: a header with the
// settings that all its worlds share, then a line of JSON for every part that is
// done, of a second or so. A program that dies loses the part under way, whose
// seeds are run again; a line that was not written to its end does not count.
//
// Not safe for concurrent use; [Campaign.Each] makes one call at a time.
type Log struct {
	file    *os.File
	swarm   Swarm
	done    seedSet   // that earlier runs had
	earlier *Findings // of these

	part     *Findings // not yet written
	seeds    seedSet   // of the part
	began    time.Time // when the part did
	busy     time.Duration
	interval time.Duration // after which a part is written
}

// A part is written when it has lasted a second or has so many worlds, to bound
// what is lost and what a line holds.
const partWorlds = 1000

// logVersion is the version of the file's form.
const logVersion = 1

type logHeader struct {
	Campaign int      `json:"quorate_campaign"` // the version of the file
	Settings Settings `json:"settings"`
}

type logPart struct {
	Seeds      []span        `json:"seeds"`
	Stats      Stats         `json:"stats"`
	Violations int           `json:"violations,omitempty"`
	Unjudged   int           `json:"unjudged,omitempty"`
	Failed     []logFailure  `json:"failed,omitempty"` // the first of them
	Unknown    []logFailure  `json:"unknown,omitempty"`
	Elapsed    time.Duration `json:"elapsed"`
	CPU        time.Duration `json:"cpu,omitempty"`
}

type logFailure struct {
	Seed      uint64     `json:"seed"`
	Hash      uint64     `json:"hash"`
	Violation *Violation `json:"violation,omitempty"`
	Reason    string     `json:"reason,omitempty"`
}

// OpenLog opens the log of a campaign of the swarm, or begins one. It reports a
// file that cannot be opened or is no such log, and a log whose settings differ,
// with the differences; such files are left as they are.
func OpenLog(path string, swarm Swarm) (*Log, error) {
	settings, err := swarm.Settings()
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, fmt.Errorf("open the log of the campaign: %w", err)
	}
	l := &Log{file: file, swarm: swarm, earlier: NewFindings(), interval: time.Second}
	if err := l.read(logHeader{logVersion, settings}); err != nil {
		file.Close()
		return nil, fmt.Errorf("log %s: %w", path, err)
	}
	l.begin()
	return l, nil
}

// Done reports whether an earlier run of the campaign had the seed.
func (l *Log) Done(seed uint64) bool { return l.done.has(span{seed, seed}) }

// DoneWithin returns how many of the seeds earlier runs had.
func (l *Log) DoneWithin(from, to uint64) float64 { return l.done.within(span{from, to}) }

// Earlier returns what earlier runs of the campaign found.
func (l *Log) Earlier() *Findings { return l.earlier }

// Add takes down a world that is over.
func (l *Log) Add(w World) error {
	l.part.add(w)
	l.seeds.add(span{w.Seed, w.Seed})
	if l.part.Stats.Worlds < partWorlds && time.Since(l.began) < l.interval {
		return nil
	}
	return l.flush()
}

// Close writes what is not yet written.
func (l *Log) Close() error {
	err := l.flush()
	if closed := l.file.Close(); err == nil && closed != nil {
		err = fmt.Errorf("close the log of the campaign: %w", closed)
	}
	return err
}

func (l *Log) begin() {
	l.part, l.seeds, l.began = NewFindings(), seedSet{}, time.Now()
	l.busy, _ = cputime.Used()
}

// flush writes the part under way, and begins another.
func (l *Log) flush() error {
	p := l.part
	if p.Stats.Worlds == 0 {
		return nil
	}
	part := logPart{Seeds: l.seeds.spans, Stats: p.Stats, Violations: p.Violations, Unjudged: p.Unjudged, Elapsed: time.Since(l.began)}
	if used, ok := cputime.Used(); ok {
		part.CPU = used - l.busy
	}
	for _, w := range p.Failed {
		part.Failed = append(part.Failed, logFailure{Seed: w.Seed, Hash: w.Outcome.Hash, Violation: w.Outcome.Violation})
	}
	for _, w := range p.Unknown {
		part.Unknown = append(part.Unknown, logFailure{Seed: w.Seed, Hash: w.Outcome.Hash, Reason: w.Outcome.Unknown})
	}
	l.begin()
	return l.write(part)
}

// write appends a line, and waits until it is on disk.
func (l *Log) write(line any) error {
	data, err := appendJSON(nil, reflect.ValueOf(line))
	if err == nil {
		_, err = l.file.Write(append(data, '\n'))
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("write the log of the campaign: %w", err)
	}
	return nil
}

// read takes in what the file holds, and cuts off a line that was not written
// to its end.
func (l *Log) read(want logHeader) error {
	data, err := os.ReadFile(l.file.Name())
	if err != nil {
		return err
	}
	header, err := appendJSON(nil, reflect.ValueOf(want))
	if err != nil {
		return err
	}
	first, rest, whole := bytes.Cut(data, []byte("\n"))
	if !whole {
		if !bytes.HasPrefix(header, first) {
			return fmt.Errorf("this is no log of a campaign: it begins with %.40q", first)
		}
		if err := l.file.Truncate(0); err != nil { // empty, or torn
			return err
		}
		return l.write(want)
	}
	if err := want.accept(first); err != nil {
		return err
	}
	good := len(first) + 1
	for number := 2; len(rest) > 0; number++ {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		err := l.take(line)
		if !whole || err != nil && len(after) == 0 {
			return l.file.Truncate(int64(good)) // the last line is torn
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		good, rest = good+len(line)+1, after
	}
	return nil
}

// accept compares the header of a file with what it must be.
func (want logHeader) accept(line []byte) error {
	var have logHeader
	if err := parseJSON(line, &have); err != nil || have.Campaign == 0 {
		return fmt.Errorf("this is no log of a campaign: it begins with %.40q", line)
	}
	if have.Campaign != want.Campaign {
		return fmt.Errorf("its version is %d, this program knows version %d", have.Campaign, want.Campaign)
	}
	if d := want.Settings.difference(have.Settings); d != "" {
		return fmt.Errorf("it is of another campaign: %s", d)
	}
	return nil
}

// take adds a part of earlier runs. Where two programs have run the same seeds,
// the first counts; the other seeds of such a part are run again.
func (l *Log) take(line []byte) error {
	var p logPart
	if err := parseJSON(line, &p); err != nil {
		return err
	}
	for _, sp := range p.Seeds {
		if sp[0] > sp[1] {
			return fmt.Errorf("seeds %d to %d: want the smaller one first", sp[0], sp[1])
		}
		if l.done.has(sp) {
			return nil
		}
	}
	found := &Findings{Stats: p.Stats, Violations: p.Violations, Unjudged: p.Unjudged, Elapsed: p.Elapsed, CPU: p.CPU}
	for _, f := range p.Failed {
		if f.Violation == nil {
			return fmt.Errorf("seed %d failed without a violation", f.Seed)
		}
		w, err := l.world(f.Seed, &Outcome{Hash: f.Hash, Violation: f.Violation})
		if err != nil {
			return err
		}
		found.Failed = append(found.Failed, w)
	}
	for _, f := range p.Unknown {
		w, err := l.world(f.Seed, &Outcome{Hash: f.Hash, Unknown: f.Reason})
		if err != nil {
			return err
		}
		found.Unknown = append(found.Unknown, w)
	}
	l.earlier.Add(found)
	for _, sp := range p.Seeds {
		l.done.add(sp)
	}
	return nil
}

// world draws the world of a seed again.
func (l *Log) world(seed uint64, out *Outcome) (World, error) {
	spec, err := l.swarm.Spec(seed)
	return World{Seed: seed, Spec: spec, Outcome: out}, err
}
