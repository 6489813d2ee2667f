package protocols

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/internal/planted"
	"github.com/quorate/quorate/internal/spelling"
	"github.com/quorate/quorate/paxos"
)

// Setup is a protocol as a cluster file asks for it.
type Setup struct {
	Name string
	New  quorate.Constructor
	// Message is how large one of its messages can get, in bytes, about; Window
	// how much it may send one member before that member has answered.
	Message, Window int
	// Network is how its members talk, tcp or udp, where the file leaves it open.
	Network string
	// Amnesia says that the bug which was asked for is the operator's: members that lost
	// their disks are started as if they were new, and nobody can tell.
	Amnesia bool
}

// perCommand is what a command costs in a message beside its key and its
// value, in bytes, at most.
const perCommand = 64

// FromFile returns the protocol that a cluster file asks for, with the file's
// options, quorums and limits; name is the command line's word for it, which may
// be empty. It refuses options that the protocol does not know.
func FromFile(name string, file *quorate.Config) (Setup, error) {
	return FromFileWith(name, "", file)
}

// FromFileWith is [FromFile] with a bug planted in the protocol, one of [Bugs], to see
// whether tests of a cluster that runs find it. All members must have the same. It
// refuses bugs of journals and clocks; one of operators is for whoever starts the members,
// see [Setup].
func FromFileWith(name, bug string, file *quorate.Config) (Setup, error) {
	name, err := chosen(name, file)
	if err != nil {
		return Setup{}, err
	}
	p, err := find(name)
	if err != nil {
		return Setup{}, fmt.Errorf("%w%s", err, spelling.Hint(name, Names(), ""))
	}
	b, err := p.bug(bug)
	if err != nil {
		return Setup{}, err
	}
	if bug != "" && len(b.Patches) == 0 && !b.Amnesia {
		return Setup{}, fmt.Errorf("bug %s is not one of the protocol's messages and records, so no member can have it: %s", bug, b.Doc)
	}
	if b.Majorities && file.Quorums != "" {
		return Setup{}, fmt.Errorf("bug %s is planted in majorities: leave out the file's quorums %s", bug, file.Quorums)
	}
	s, err := p.file(file, b)
	if err == nil {
		_, err = fileTrip(file)
	}
	if err != nil {
		return Setup{}, fmt.Errorf("protocol %s as the cluster file has it: %w", name, err)
	}
	s.Name, s.Network, s.Amnesia = name, p.network, b.Amnesia
	return s, nil
}

// chosen returns the name of the protocol, which file and command line may both
// give.
func chosen(name string, file *quorate.Config) (string, error) {
	switch {
	case name == "" && file.Protocol == "":
		return "", fmt.Errorf("no protocol is named, neither on the command line nor in the cluster file: want one of %s", strings.Join(Names(), ", "))
	case name != "" && file.Protocol != "" && name != file.Protocol:
		return "", fmt.Errorf("protocol %q is asked for, the cluster file says %q: all members must run one", name, file.Protocol)
	}
	return cmp.Or(name, file.Protocol), nil
}

// fileQuorums returns the quorums that the file asks for, none for the
// protocol's own.
func fileQuorums(file *quorate.Config) (quorate.QuorumSystem, error) {
	if file.Quorums == "" {
		return quorate.QuorumSystem{}, nil
	}
	cluster, err := file.Cluster()
	if err != nil {
		return quorate.QuorumSystem{}, err
	}
	return quorate.ParseQuorums(cluster, file.Quorums)
}

func filePaxos(file *quorate.Config, bug planted.Bug) (Setup, error) {
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	cfg := paxos.Config{Quorums: quorums}
	if err := file.DecodeOptions(&cfg); err != nil {
		return Setup{}, err
	}
	if cfg.Requests, err = fileRequests(file, cfg.Requests); err != nil {
		return Setup{}, err
	}
	cfg.Thrifty = cfg.Thrifty || file.Thrifty
	trip, err := fileTrip(file)
	if err != nil {
		return Setup{}, err
	}
	fit(&cfg.ElectionTimeout, &cfg.Retransmit, trip)
	cfg.Heartbeat, cfg.ElectionTimeout = calm(cfg.Heartbeat, cfg.ElectionTimeout)
	if err := cfg.Validate(); err != nil {
		return Setup{}, err
	}
	// What follows depends on these, so the defaults are written down here.
	cfg.Window = cmp.Or(cfg.Window, 32)
	cfg.Batch = cmp.Or(cfg.Batch, 512)
	cfg.BatchBytes = cmp.Or(cfg.BatchBytes, 256<<10)
	cfg.ChunkBytes = cmp.Or(cfg.ChunkBytes, 512<<10)
	slot := slotBytes(file, cfg.BatchBytes, cfg.Batch)
	replica := paxosReplica(bug)
	return Setup{
		Message: slot + cfg.ChunkBytes,
		Window:  cfg.Window * slot,
		New: fileStanding(file, timers{cfg.Heartbeat, cfg.ElectionTimeout, 0}, cfg.Lease, func(t timers) quorate.Constructor {
			cfg := cfg
			cfg.Heartbeat, cfg.ElectionTimeout = t.heartbeat, t.election
			return func(n *quorate.Node, app *quorate.Once) (quorate.Replica, error) { return replica(n, app, cfg) }
		}),
	}, nil
}

// fileRequests adds the limits that are of every protocol to its own options.
func fileRequests(file *quorate.Config, options quorate.RequestsConfig) (quorate.RequestsConfig, error) {
	if options.MaxKey != 0 || options.MaxValue != 0 {
		return options, errors.New("the limits of keys and values are of every protocol: write max_key and max_value beside options, not in them")
	}
	limits := file.Requests()
	options.MaxKey, options.MaxValue = limits.MaxKey, limits.MaxValue
	return options, nil
}

// slotBytes returns how large a slot can get, about.
func slotBytes(file *quorate.Config, batchBytes, batch int) int {
	limits := file.Requests()
	return batchBytes + limits.MaxKey + limits.MaxValue + batch*perCommand
}

// calm chooses the timers that the file does not set, for members that are
// processes: half as often as nodes of one process hear of their leader, since
// waking up costs an idle process far more than what it then does.
func calm(heartbeat, election time.Duration) (time.Duration, time.Duration) {
	const usual = 100 * time.Millisecond
	if heartbeat == 0 {
		heartbeat = usual
		if election > 0 {
			heartbeat = min(usual, election/3)
		}
	}
	return heartbeat, cmp.Or(election, 3*max(heartbeat, usual))
}

func filePrimary(file *quorate.Config, _ planted.Bug) (Setup, error) {
	quorums, err := fileQuorums(file)
	if err != nil {
		return Setup{}, err
	}
	build, err := newPrimary(Options{Quorums: quorums, Thrifty: file.Thrifty})
	if err != nil {
		return Setup{}, err
	}
	if len(file.Options) > 2 { // more than {}
		return Setup{}, fmt.Errorf("it takes none, the file has options %.80s", file.Options)
	}
	if limits := file.Requests(); limits.MaxKey != 1<<10 || limits.MaxValue != 1<<20 {
		return Setup{}, errors.New("its limits are fixed, 1 KiB a key and 1 MiB a value: max_key, max_value and a history of more than 7 versions are not for it")
	}
	return Setup{New: build, Message: 2 << 20, Window: 32 << 20}, nil
}
