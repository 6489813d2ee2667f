package sim

// The probes: states that are rare, and that a simulation is for. Each is
// counted when it is reached, in [Stats] by these names. A campaign in which
// one never is proves little, see [Swarm.Expects].
const (
	// ProbeElected: a member won phase 1.
	ProbeElected = "elected"
	// ProbeSteppedDown: a leader gave way to another.
	ProbeSteppedDown = "stepped down"
	// ProbeRecovered: a new leader proposed again, under its own ballot, what was
	// proposed under an earlier one.
	ProbeRecovered = "entry recovered"
	// ProbeLearnt: a member stored an entry that it had not voted for, as chosen.
	ProbeLearnt = "entry learnt"
	// ProbeNoop: a no-op was executed, which filled a hole of the log.
	ProbeNoop = "no-op executed"
	// ProbeDuplicate: a write was executed in a second slot, and must not have
	// had a second effect.
	ProbeDuplicate = "duplicate executed"
	// ProbeInstalled: a member replaced its state by a snapshot of another's.
	ProbeInstalled = "snapshot installed"
	// ProbeIndexRead: a client got the reply of a read that is in no log.
	ProbeIndexRead = "index read"
	// ProbeLeaseRead: a leader answered a read and asked nobody, since it held a
	// lease.
	ProbeLeaseRead = "lease read"
	// ProbeHandoffRead: a client got the reply of a read that the leader stamped and
	// some member answered.
	ProbeHandoffRead = "hand-off read"
	// ProbeTimelineRead: a client got the reply of a read that waited for what it had
	// seen, if need be.
	ProbeTimelineRead = "timeline read"
	// ProbeFast: an owner decided on its fast path.
	ProbeFast = "fast path"
	// ProbeSlow: it decided, but not on its fast path.
	ProbeSlow = "slow path"
	// ProbeWider: a thrifty proposal was sent to all.
	ProbeWider = "thrifty fall-back"
	// ProbeRecovering: a member began to decide a slot in its owner's place.
	ProbeRecovering = "recovery begun"
	// ProbeValidation: it asked what speaks against the owner's proposal.
	ProbeValidation = "recovery validated"
	// ProbeWaiting: it had to wait until others were decided.
	ProbeWaiting = "recovery waited"
	// ProbeReplaced: it decided.
	ProbeReplaced = "decided for the owner"
	// ProbeDisplaced: commands were proposed anew, since in their slot something else
	// was chosen.
	ProbeDisplaced = "command displaced"
	// ProbeComponent: slots that wait for each other were executed together.
	ProbeComponent = "component executed"
	// ProbeStolen: an object has an owner in another zone now.
	ProbeStolen = "stolen"
	// ProbeHandedOver: whoever took it had been told to by its owner.
	ProbeHandedOver = "handed over"
	// ProbeStolenFromDead: its last owner was down.
	ProbeStolenFromDead = "stolen from the dead"
	// ProbeDuel: members of two zones tried to take an object at a time.
	ProbeDuel = "duel"
	// ProbeGivenUp: a client was refused, since an object could not be taken.
	ProbeGivenUp = "given up"
	// ProbeZoneLost: the last member of a zone went down.
	ProbeZoneLost = "zone lost"
	// ProbeZoneDead: a zone stayed down for good.
	ProbeZoneDead = "zone dead"
	// ProbeMessageLost: a message between members was lost.
	ProbeMessageLost = "message lost"
	// ProbeMessageDuplicated: a message between members arrived twice.
	ProbeMessageDuplicated = "message duplicated"
	// ProbeMessageCut: a partition swallowed a message.
	ProbeMessageCut = "message cut"
	// ProbeDiskFailed: a sync failed, and the member fell silent.
	ProbeDiskFailed = "disk failed"
	// ProbeDamage: a member found its journal damaged, and refused to start.
	ProbeDamage = "damage noticed"
	// ProbeLearner: a member came back without its disk.
	ProbeLearner = "learner started"
	// ProbeAdmitted: a member that had lost its disk became a voter again.
	ProbeAdmitted = "learner admitted"
	// ProbeNotAdmitted: it could not, since too few members had their disks.
	ProbeNotAdmitted = "learner not admitted"
	// ProbeForeign: a message was refused, because it came from a learner, or from
	// an incarnation that does not count any more.
	ProbeForeign = "foreign message refused"
)
