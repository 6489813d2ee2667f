package workload

import (
	"fmt"
	"strings"

	"github.com/quorate/quorate"
)

// Spec is what the clients of a benchmark ask for. Its zero value is half reads and
// half writes of 100 bytes, on 1000 keys that are all used alike.
type Spec struct {
	Name  string `json:"name,omitempty"`
	About string `json:"about,omitempty"` // a line for people
	// Keys is how many keys there are. Zero is 1000; for Conflict one of all and
	// one of each client.
	Keys         int          `json:"keys,omitempty"`
	Distribution Distribution `json:"distribution"`
	Operations   Operations   `json:"operations"`
	Values       Values       `json:"values"`
	Reads        Reads        `json:"reads"`
	// Load is what is written before the warm-up. Empty is what suits the
	// distribution: LoadHome for Zones, LoadAll for Latest, LoadNone for others.
	Load Load `json:"load,omitempty"`
}

// Distribution is how the keys of operations are chosen. Which settings a kind
// takes, [Kinds] tells; others must be zero.
type Distribution struct {
	Kind Kind `json:"kind"` // empty is Uniform
	// Conflicts is the share of the operations on the one key that all clients use.
	Conflicts float64 `json:"conflicts,omitempty"`
	// Mu is the mean of Normal, Sigma its deviation, in keys. A zero Sigma is 6 % of
	// the keys. Means are those of the clients of each zone, instead of Mu for all.
	Mu    float64   `json:"mu,omitempty"`
	Sigma float64   `json:"sigma,omitempty"`
	Means []float64 `json:"means,omitempty"`
	// Speed is how many keys a second the means of Normal and Zones move.
	Speed float64 `json:"speed,omitempty"`
	// Theta is YCSB's exponent of Zipfian, between 0 and 1. Zero is 0.99. Plain
	// makes key 0 the most popular one, key 1 the next, and so on; else popularity
	// is scattered over the keys, as YCSB does.
	Theta float64 `json:"theta,omitempty"`
	Plain bool    `json:"plain,omitempty"`
	// S and V are Paxi's, of Zipfian: key k has a share in proportion to (V+k) to
	// the power of -S. They take the place of Theta. A zero V is 1.
	S float64 `json:"s,omitempty"`
	V float64 `json:"v,omitempty"`
	// Lambda is the rate of Exponential: of two keys one apart, the share of the
	// second is exp(-Lambda) of that of the first. Zero is 10 over the keys.
	Lambda float64 `json:"lambda,omitempty"`
	// Locality is that of Zones, see [Locality].
	Locality float64 `json:"locality,omitempty"`
	// Hot is the share of the operations on the first HotKeys keys; the rest are as
	// the kind has it, on the other keys. Zero HotKeys are 10.
	Hot     float64 `json:"hot,omitempty"`
	HotKeys int     `json:"hot_keys,omitempty"`
}

// Operations are the kinds of operations and how often each comes: weights, of which
// only the proportions count. All zero is as many gets as puts.
type Operations struct {
	Get    float64 `json:"get,omitempty"`
	Put    float64 `json:"put,omitempty"`
	Delete float64 `json:"delete,omitempty"`
	// PutIf writes if the key has the version that the client has seen last, in a
	// reply to whatever it asked.
	PutIf float64 `json:"putif,omitempty"`
	// Modify reads, and when the answer is there, writes the same key: if it still
	// has the version that was read, so that no update is lost, or, if Blindly, in
	// any case, as YCSB does. Both halves count as operations, with a latency each.
	Modify  float64 `json:"modify,omitempty"`
	Blindly bool    `json:"blindly,omitempty"`
}

// Values are how many bytes a value has.
type Values struct {
	Kind SizeKind `json:"kind"`           // empty is Constant
	Size int      `json:"size,omitempty"` // of Constant; zero is 100, unless Empty
	// Empty makes them none: a zero Size cannot say so.
	Empty bool `json:"empty,omitempty"`
	// Min and Max are the bounds of all kinds but Constant and List. A zero Max is
	// 1000.
	Min int `json:"min,omitempty"`
	Max int `json:"max,omitempty"`
	// Theta is the exponent of ZipfianSize, over sizes from Min on, which is the
	// most frequent. Zero is 0.99.
	Theta float64 `json:"theta,omitempty"`
	// Median is that of Lognormal, in bytes, and Sigma the deviation of the
	// logarithm. Zero is the geometric mean of Min and Max, and 1.
	Median float64 `json:"median,omitempty"`
	Sigma  float64 `json:"sigma,omitempty"`
	// Sizes are those of List, each with a weight.
	Sizes []Size `json:"sizes,omitempty"`
}

// Size is one of a list.
type Size struct {
	Bytes  int     `json:"bytes"`
	Weight float64 `json:"weight"`
}

// Reads are the guarantees that gets ask for, and how often each is asked for:
// weights. All zero is Log only.
type Reads struct {
	Log      float64 `json:"log,omitempty"`
	Index    float64 `json:"index,omitempty"`
	Local    float64 `json:"local,omitempty"`
	Follower float64 `json:"follower,omitempty"`
	Timeline float64 `json:"timeline,omitempty"`
	Lease    float64 `json:"lease,omitempty"`
	Handoff  float64 `json:"handoff,omitempty"`
}

// Load is what clients write before the warm-up.
type Load string

// The loads.
const (
	LoadNone Load = "none"
	LoadAll  Load = "all"       // every key once, the clients by turns
	LoadHome Load = "zone-home" // as LoadAll, but a client writes keys at home in its zone, those nearest to the mean first, MaxHome at most
)

// MaxHome is how many keys of its zone a client writes at most for LoadHome.
const MaxHome = 64

// Limits of a Spec.
const (
	MaxKeys  = 1 << 24
	MaxValue = 1 << 20
)

const (
	defaultKeys = 1000
	defaultSize = 100
	defaultHot  = 10
	theta       = 0.99 // YCSB's
)

// modes returns the weights of the read modes, in their order.
func (r *Reads) modes() []modeShare {
	return []modeShare{
		{quorate.ReadLog, r.Log}, {quorate.ReadIndex, r.Index}, {quorate.ReadLocal, r.Local}, {quorate.ReadFollower, r.Follower},
		{quorate.ReadTimeline, r.Timeline}, {quorate.ReadLease, r.Lease}, {quorate.ReadHandoff, r.Handoff},
	}
}

// Modes returns the modes that reads ask for.
func (r Reads) Modes() []quorate.ReadMode {
	var modes []quorate.ReadMode
	for _, m := range r.modes() {
		if m.share > 0 {
			modes = append(modes, m.mode)
		}
	}
	if modes == nil {
		modes = append(modes, quorate.ReadLog)
	}
	return modes
}

// Only returns reads that all ask for one mode.
func Only(mode quorate.ReadMode) Reads {
	switch mode {
	case quorate.ReadIndex:
		return Reads{Index: 1}
	case quorate.ReadLocal:
		return Reads{Local: 1}
	case quorate.ReadFollower:
		return Reads{Follower: 1}
	case quorate.ReadTimeline:
		return Reads{Timeline: 1}
	case quorate.ReadLease:
		return Reads{Lease: 1}
	case quorate.ReadHandoff:
		return Reads{Handoff: 1}
	}
	return Reads{Log: 1}
}

// String is the mode, or all of them with their shares.
func (r Reads) String() string {
	all := r.modes()
	sum := 0.0
	for _, m := range all {
		sum += m.share
	}
	var words []string
	for _, m := range all {
		switch {
		case m.share == 0:
		case m.share == sum:
			return m.mode.String()
		default:
			words = append(words, fmt.Sprintf("%.4g%% %v", 100*m.share/sum, m.mode))
		}
	}
	if words == nil {
		return quorate.ReadLog.String()
	}
	return strings.Join(words, ", ")
}

// weights are those of the operations, in the order in which they are drawn: writes
// first.
func (o *Operations) weights() []named {
	return []named{{"put", o.Put}, {"delete", o.Delete}, {"putif", o.PutIf}, {"modify", o.Modify}, {"get", o.Get}}
}

// named is a setting with its name.
type named struct {
	name  string
	value float64
}

func sum(all []named) float64 {
	s := 0.0
	for _, n := range all {
		s += n.value
	}
	return s
}

// Writes is the share of the operations that write; a Modify is a read and a write.
func (o Operations) Writes() float64 {
	o = o.withDefaults()
	writes := o.Put + o.Delete + o.PutIf + o.Modify
	return writes / (writes + o.Get + o.Modify)
}

func (o Operations) withDefaults() Operations {
	if sum(o.weights()) == 0 {
		o.Get, o.Put = 0.5, 0.5
	}
	return o
}

// String lists the operations with their shares.
func (o Operations) String() string {
	o = o.withDefaults()
	all := o.weights()
	var words []string
	for _, n := range all {
		if n.value > 0 {
			words = append(words, fmt.Sprintf("%.4g%% %s", 100*n.value/sum(all), n.name))
		}
	}
	return strings.Join(words, ", ")
}

// String is the kind with its settings, for people.
func (d Distribution) String() string {
	var settings []string
	for _, n := range d.given() {
		switch {
		case n.value == 0:
		case n.name == "means":
			settings = append(settings, fmt.Sprintf("means %v", d.Means))
		case n.name == "plain":
			settings = append(settings, n.name)
		default:
			settings = append(settings, fmt.Sprintf("%s %.4g", strings.ReplaceAll(n.name, "_", " "), n.value))
		}
	}
	if settings == nil {
		return string(d.Kind)
	}
	return fmt.Sprintf("%s (%s)", d.Kind, strings.Join(settings, ", "))
}

// WithDefaults returns the Spec with every zero that stands for a default replaced by
// it, for so many clients.
func (s Spec) WithDefaults(clients int) Spec {
	d := &s.Distribution
	if d.Kind == "" {
		d.Kind = Uniform
	}
	if s.Keys == 0 {
		s.Keys = defaultKeys
		if d.Kind == Conflict {
			s.Keys = clients + 1
		}
	}
	d.setDefaults(s.Keys)
	s.Operations = s.Operations.withDefaults()
	s.Values = s.Values.withDefaults()
	if s.Reads == (Reads{}) {
		s.Reads.Log = 1
	}
	if s.Load == "" {
		switch d.Kind {
		case Zones:
			s.Load = LoadHome
		case Latest:
			s.Load = LoadAll
		default:
			s.Load = LoadNone
		}
	}
	return s
}

func (d *Distribution) setDefaults(keys int) {
	if d.Hot != 0 && d.HotKeys == 0 {
		d.HotKeys = defaultHot
	}
	switch d.Kind {
	case Normal:
		if d.Sigma == 0 {
			d.Sigma = 0.06 * float64(keys)
		}
	case Zipfian, Latest:
		switch {
		case d.S != 0 && d.V == 0:
			d.V = 1
		case d.S == 0 && d.Theta == 0:
			d.Theta = theta
		}
	case Exponential:
		if d.Lambda == 0 {
			d.Lambda = 10 / float64(keys)
		}
	}
}
