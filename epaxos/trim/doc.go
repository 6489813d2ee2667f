// Package trim decides when instances may be dropped.
//
// Whoever drops an instance can no longer say that something must come after it,
// or that a proposal was made without knowing of it. A member that was away may ask
// just that. So members prepare, each for itself:
//
//	member p   raises its floor to F(p): whatever it pre-accepts from now on depends
//	           on all instances below; Ends(p) is what it knows of at that moment
//
// and member q drops what is below X, once there is a set P of N-f members, q among
// them, so that each p in P says
//
//	F(p) >= X     Executed(p) >= X     Executed(p) >= Ends(p'), for all p' in P
//
// Why that is enough:
//
//   - What is pre-accepted at q after the drop depends on all that q dropped, since
//     F(q) >= X. So nothing that q forgot is missing in its answers.
//   - A proposal that depends on less than X, and is not decided as far as q knows,
//     was not decided on the fast path, or its decision stands. A fast quorum and P
//     have a member p in common. It added nothing to the proposal's dependencies, so
//     it pre-accepted it before it raised its floor; the proposal is below Ends(p),
//     and all of P has executed it. So when a recovery asks q what speaks against
//     such a proposal, q answers that something decided does (core.Table.Validate):
//     the recovery gives it up, if it can. A proposal that depends on all below X
//     has nothing against it among what was dropped.
//   - It cannot where the decision stands: all of P have it on their disks, and no
//     other gets N-f votes.
//   - For what it dropped q answers nothing at all. Who asks needs q's states, see
//     package epaxos/keep.
//
// P is all members as long as that works. With more instances than Config.Retain,
// whoever lags behind is left out: it is those that have executed least. For any two
// drops, one by the word of P and one by that of P', all of P had executed what the
// other dropped, or all of P' what this one did, since a member of both raised its
// floor for one of them first. So there is always somebody who can help both.
//
// A floor that is raised slows proposals down that were made without it: they lose
// the fast path. So it is announced one report earlier, and owners' proposals cover
// all floors that are announced: proposals may depend on what their owner has not
// heard of. A member raises its floor again only when it has dropped what is below,
// or will not soon: else all would chase each other's Ends.
package trim
