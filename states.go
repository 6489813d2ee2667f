package quorate

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"github.com/quorate/quorate/wire"
)

// KeyState is the durable state of one key, with the outcomes of its commands:
// the record behind [States]. A key that was written a million times within the
// horizon has a million outcomes, and an application's object may be large: what
// is too long for a record is in parts, which have numbers from 1, and part 0 says
// which.
type KeyState struct {
	Key  string
	Part uint64
	Data []byte // all of it together is as [Once.Save] or [Once.Snapshot] wrote it
	More bool   // of part 0: Data names the parts, see head
	Upto Slot   // the state includes no slot from here on
}

// maxPart bounds the bytes of a state in one record.
const maxPart = 1 << 20

// RecordKey implements [Record]: one for each part of each key.
func (s KeyState) RecordKey() RecordKey { return RecordKey{Scope: s.Key, Number: s.Part} }

// AppendBinary implements [encoding.BinaryAppender]: there may be one for each write,
// and the general codec takes several times as long.
func (s *KeyState) AppendBinary(dst []byte) ([]byte, error) {
	dst = wire.AppendString(dst, s.Key)
	dst = binary.AppendUvarint(dst, s.Part)
	dst = wire.AppendBool(dst, s.More)
	dst = binary.AppendUvarint(dst, uint64(s.Upto))
	return wire.AppendBytes(dst, s.Data), nil
}

// UnmarshalBinary implements [encoding.BinaryUnmarshaler].
func (s *KeyState) UnmarshalBinary(data []byte) error {
	r := wire.NewReader(data)
	s.Key, s.Part, s.More, s.Upto = r.String(), r.Uvarint(), r.Bool(), Slot(r.Uvarint())
	s.Data = r.Bytes()
	return r.Close()
}

// StatesConfig tunes [States]. Its zero value means the defaults named at each
// field.
type StatesConfig struct {
	StepKeys   int              // keys saved in one step, at most; 64
	StepBytes  int              // bytes saved in one step, about; 256 KiB
	Pause      time.Duration    // between two steps; 1 ms
	ChunkBytes int              // bytes in a message of a transfer, about; 512 KiB
	Idle       time.Duration    // a transfer nobody asks on for so long is dropped; 2 s
	May        func(to ID) bool // whether this replica's states are fit for a member now; always
}

func (c StatesConfig) withDefaults() StatesConfig {
	c.StepKeys = cmp.Or(c.StepKeys, 64)
	c.StepBytes = cmp.Or(c.StepBytes, 256<<10)
	c.Pause = cmp.Or(c.Pause, time.Millisecond)
	c.ChunkBytes = cmp.Or(c.ChunkBytes, 512<<10)
	c.Idle = cmp.Or(c.Idle, 2*time.Second)
	return c
}

// States makes the executed state of a replica durable, so that its log can be
// trimmed, and moves it to replicas that lag behind a trimmed log. Both go on
// key by key while the replica works: each key's state is read when its turn
// comes and includes all that was executed until then. A restarted replica, or
// one that received a snapshot, so executes some commands on states that include
// them already. That is harmless: the outcomes are part of a key's state, and
// an executed write that comes again changes nothing. No state is ever frozen.
type States struct {
	env  Env
	node *Node
	app  *Once
	cfg  StatesConfig
	upto func() Slot
	seen Slot // no state that was recovered or received includes a slot from here on

	saving []uint32 // keys still to be saved, by their numbers
	saved  func()   // called after the last; nil if no save is under way
	bytes  int      // written by the save
	timer  *Timer
	room   []byte // for one state
	large  *parts // of the save: what is written part by part; nil if nothing is

	onDisk map[string]span // of each key whose parts may be on disk; keep trims it
	begun  *parts          // of a key that is being recovered

	sending   map[ID]*transfer // at most one for each member; Expire trims it
	receiving *reception
	progress  bool // chunks came since somebody looked
	installed func(upto Slot)
}

// NewStates registers the records and messages of States on n. upto returns how
// many slots the replica has executed. installed is called when a snapshot has
// been received: the state now includes at least the slots below its argument,
// and the replica goes on from there.
func NewStates(n *Node, app *Once, cfg StatesConfig, upto func() Slot, installed func(upto Slot)) *States {
	s := &States{env: n, node: n, app: app, cfg: cfg.withDefaults(), upto: upto, installed: installed,
		onDisk: map[string]span{}, sending: map[ID]*transfer{}}
	s.timer = n.NewTimer("save", s.step)
	Recover(n, s.restore)
	RegisterOpen(n, s.onRequest)
	RegisterOpen(n, s.onChunk)
	n.OnStart(s.recovered)
	return s
}

// Frontier returns the first slot that certainly nobody has seen in this replica's
// state. It lies above what the replica has executed while states from before a
// restart, or from another replica, include more.
func (s *States) Frontier() Slot { return max(s.upto(), s.seen) }

// Changed notes that c was executed.
func (s *States) Changed(c *Command) {
	if c.Op != OpGet && c.Op != OpNop {
		s.app.change(c.Key)
	}
}

// Save persists the state of every key that changed since the last save, a few
// at a time, in the order in which they changed first, and calls then in the step that persists the last one. What then
// forgets is so forgotten together with, or after, the states that replace it.
// One save is under way at a time; another is ignored.
func (s *States) Save(then func()) {
	if s.saved != nil {
		return
	}
	s.saving, s.saved, s.bytes = s.app.takeChanged(), then, 0
	s.timer.Reset(s.cfg.Pause)
}

// Saving reports whether a save is under way.
func (s *States) Saving() bool { return s.saved != nil }

// Cost returns how many bytes the last save wrote.
func (s *States) Cost() int { return s.bytes }

func (s *States) step() {
	if s.large != nil {
		if s.put(s.large) {
			s.node.whenDurable(s.step)
			return
		}
		s.large = nil
	}
	s.app.foreseeSave(s.saving[:min(len(s.saving), s.cfg.StepKeys)])
	for n, size := 0, 0; n < s.cfg.StepKeys && size < s.cfg.StepBytes && len(s.saving) > 0; n++ {
		key, known := s.app.name(s.saving[0])
		s.saving = s.saving[1:]
		if !known {
			continue
		}
		data := s.app.Save(s.room[:0], key)
		size += len(data)
		s.bytes += len(data)
		if len(data) > maxPart {
			s.large = s.begin(key, slices.Clone(data), s.Frontier())
			s.node.whenDurable(s.step)
			return
		}
		s.keep(key, data, s.Frontier())
		s.room = data
	}
	if len(s.saving) > 0 {
		s.timer.Reset(s.cfg.Pause)
		return
	}
	then := s.saved
	s.saving, s.saved = nil, nil
	then()
}
