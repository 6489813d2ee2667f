package sim

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/journal"
	"github.com/quorate/quorate/nemesis"
)

var errDamaged = errors.New("damaged record: its checksum does not match")

// disk is the model of a member's disk. It outlives the member. What it holds is
// a journal as package journal has it, in memory; it adds time, what a crash
// leaves of the batch under way, and decay.
//
// A batch is one write with a checksum, so a crash leaves all of it or, in
// effect, none: a torn one is found out. A fooled disk has no checksums.
type disk struct {
	model  Disk
	rng    *rand.Rand
	mem    *journal.Memory
	handle *journal.Handle
	fooled bool
	extra  time.Duration // a fault's
	full   bool          // the next sync fails
	rotten *rottenRecord
}

// rottenRecord is a record whose bytes changed since they were written.
type rottenRecord struct {
	typ  string
	key  quorate.RecordKey
	sum  uint32 // of what was written
	data []byte // what is read
}

func newDisk(model Disk, rng *rand.Rand, fooled bool) *disk {
	d := &disk{model: model, rng: rng, fooled: fooled}
	d.format()
	return d
}

// format empties the disk.
func (d *disk) format() {
	d.mem = journal.NewMemory()
	d.handle, d.rotten = d.mem.Open(), nil
}

// latency draws how long the next sync takes.
func (d *disk) latency() time.Duration {
	t := d.model.Sync + upTo(d.rng, d.model.Jitter) + d.extra
	if d.model.Stall > 0 && d.rng.Float64() < d.model.Stall {
		t += 20*d.model.Jitter + upTo(d.rng, 200*time.Millisecond)
	}
	return t
}

// commit writes a batch, after its sync took its time.
func (d *disk) commit(ops []quorate.RecordOp) error {
	if d.full {
		d.full = false
		d.handle.FailNext(errors.New("no space left on the simulated disk"))
	}
	return d.write(ops)
}

func (d *disk) write(ops []quorate.RecordOp) error {
	if err := d.handle.Commit(ops); err != nil {
		return err
	}
	for i := range ops {
		if bad := d.rotten; bad != nil && bad.typ == ops[i].Type && bad.key == ops[i].Key {
			d.rotten = nil // it is written anew
		}
	}
	return nil
}

// crash decides what is left of the batch that was being synced, and returns it.
func (d *disk) crash(ops []quorate.RecordOp, remains nemesis.Remains) []quorate.RecordOp {
	switch remains {
	case nemesis.All:
	case nemesis.Torn:
		frame := appendFrame(nil, ops)
		clear(frame[d.rng.IntN(len(frame)+1):]) // files grow ahead of what is written
		ops = parseFrame(frame, d.fooled)
	default:
		ops = nil
	}
	if len(ops) > 0 {
		if err := d.write(ops); err != nil {
			return nil // it had failed before
		}
	}
	return ops
}

// rot changes a bit of one record, if there is any.
func (d *disk) rot() bool {
	var victims []quorate.RecordOp
	for op, err := range d.handle.Records() {
		if err == nil && len(op.Data) > 0 {
			victims = append(victims, op)
		}
	}
	if len(victims) == 0 {
		return false
	}
	v := victims[d.rng.IntN(len(victims))]
	sum := crc32.Checksum(v.Data, castagnoli())
	v.Data[d.rng.IntN(len(v.Data))] ^= 1 << d.rng.IntN(8)
	d.rotten = &rottenRecord{v.Type, v.Key, sum, v.Data}
	return true
}

// records yields what a restarted member reads.
func (d *disk) records() iter.Seq2[quorate.RecordOp, error] {
	d.handle = d.mem.Open()
	return func(yield func(quorate.RecordOp, error) bool) {
		for op, err := range d.handle.Records() {
			if bad := d.rotten; bad != nil && bad.typ == op.Type && bad.key == op.Key {
				op.Data = bad.data
				if !d.fooled && crc32.Checksum(op.Data, castagnoli()) != bad.sum {
					err = fmt.Errorf("record %s %q/%d: %w", op.Type, op.Key.Scope, op.Key.Number, errDamaged)
				}
			}
			if !yield(op, err) {
				return
			}
		}
	}
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// appendFrame writes a batch as it lies on disk: length, checksum, operations.
func appendFrame(dst []byte, ops []quorate.RecordOp) []byte {
	start := len(dst)
	dst = append(dst, make([]byte, 8)...)
	for i := range ops {
		op := &ops[i]
		dst = appendField(dst, []byte(op.Type))
		dst = appendField(dst, []byte(op.Key.Scope))
		dst = binary.LittleEndian.AppendUint64(dst, op.Key.Number)
		dst = binary.LittleEndian.AppendUint64(dst, op.To)
		forget := byte(0)
		if op.Forget {
			forget = 1
		}
		dst = append(dst, forget)
		dst = appendField(dst, op.Data)
	}
	body := dst[start+8:]
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(body)))
	binary.LittleEndian.PutUint32(dst[start+4:], crc32.Checksum(body, castagnoli()))
	return dst
}

func appendField(dst, data []byte) []byte {
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(data)))
	return append(dst, data...)
}

// parseFrame reads a batch back. A frame that is not whole has no operations,
// unless the reader is fooled: then those count whose names are there.
func parseFrame(frame []byte, fooled bool) []quorate.RecordOp {
	body := frame[8:]
	whole := len(body) == int(binary.LittleEndian.Uint32(frame)) &&
		crc32.Checksum(body, castagnoli()) == binary.LittleEndian.Uint32(frame[4:])
	if !whole && !fooled {
		return nil
	}
	var ops []quorate.RecordOp
	for {
		var op quorate.RecordOp
		var typ, scope []byte
		typ, body = field(body)
		scope, body = field(body)
		if len(typ) == 0 || len(body) < 17 {
			return ops
		}
		op.Type, op.Key.Scope = string(typ), string(scope)
		op.Key.Number, op.To = binary.LittleEndian.Uint64(body), binary.LittleEndian.Uint64(body[8:])
		op.Forget = body[16] == 1
		op.Data, body = field(body[17:])
		ops = append(ops, op)
	}
}

// field takes a field off data, or what is left of it.
func field(data []byte) (value, rest []byte) {
	if len(data) < 4 {
		return nil, nil
	}
	n := min(int(binary.LittleEndian.Uint32(data)), len(data)-4)
	return data[4 : 4+n], data[4+n:]
}

// upTo draws a duration in [0, d).
func upTo(rng *rand.Rand, d time.Duration) time.Duration {
	if d <= 0 {
		return 0
	}
	return time.Duration(rng.Int64N(int64(d)))
}
