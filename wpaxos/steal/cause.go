package steal

import "github.com/quorate/quorate"

// Cause returns why self takes an object of which nobody told it to: takes says that
// its owner is well and the policy is to take it.
func Cause(promised quorate.Ballot, self quorate.ID, takes bool) quorate.Cause {
	switch {
	case promised == 0:
		return quorate.CauseNew
	case promised.Owner() == self:
		return quorate.CauseOwn
	case takes:
		return quorate.CauseAsked
	}
	return quorate.CauseSilent
}
