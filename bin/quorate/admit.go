package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

func admitCommand() command {
	return command{
		name:     "admit",
		synopsis: "let a member vote again that lost its disk",
		about: `A member whose disk was lost does not know what it promised, so it only learns.
This has it ask every other member what it may have promised and accepted, and
vote again when it knows. From then on the others refuse whoever has the old disk.

Every other member must run and answer; those that still have their disks must
meet every quorum. It is safe to ask again: there is one admission, which goes on
until it is over.`,
		examples: []example{
			{"quorate admit --id 1.3 --config cluster.json", "1.3 has a new disk"},
			{"quorate admit --id 1.3 --time-limit 10m --config cluster.json", "with a long log to learn"},
		},
		exits: []exitMeaning{
			{exitGood, "the member votes"},
			{exitBad, "it does not, or not yet: a member is missing or refused, or the time was too short"},
			{exitUnknown, "the member did not answer"},
			{exitInterrupted, "interrupted; the admission goes on"},
			{exitUsage, "a flag or the cluster file makes no sense"},
			{exitTool, "the tool failed"},
		},
		setup: func(f *flags) action { return newAdmission(f).run },
	}
}

// admission is the command's flags.
type admission struct {
	operators
	id    quorate.ID
	limit time.Duration
}

func newAdmission(f *flags) *admission {
	a := &admission{operators: operators{flags: f}, limit: time.Minute}
	f.group("admission")
	f.Var((*memberID)(&a.id), "id", "the member that lost its disk, `zone.node`")
	f.DurationVar(&a.limit, "time-limit", a.limit, "stop waiting after this `time`; the admission goes on")
	a.declare()
	return a
}

func (a *admission) run(ctx context.Context, s *streams, _ []string) error {
	if a.limit <= 0 || a.limit > time.Hour {
		return a.flags.usagef("--time-limit %v: want more than 0, and at most 1h", a.limit)
	}
	members, err := a.reach()
	if err != nil {
		return err
	}
	defer closeAll(members)
	learner, err := a.learner(members)
	if err != nil {
		return err
	}
	before, err := learner.client.Status(ctx)
	if err == nil {
		err = learner.check(before)
	}
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case errors.Is(err, admin.ErrUnreachable):
		return &exitError{exitUnknown, fmt.Errorf("admit %s: %w", learner.name(), err)}
	case err != nil:
		return &exitError{exitBad, fmt.Errorf("admit %s: %w", learner.name(), err)}
	case before.State != admin.StateRunning:
		return &exitError{exitBad, fmt.Errorf("admit %v: it is %s: %s", before.ID, before.State, before.Why)}
	case !before.Learner:
		return a.done(s, before, "votes already")
	}
	after, err := a.admit(ctx, s, learner, members)
	if err != nil {
		return a.explain(ctx, before.ID, members, err)
	}
	return a.done(s, after, "votes again")
}

// learner returns the member of --id, or the one of --admin.
func (a *admission) learner(members []operated) (operated, error) {
	switch {
	case len(a.urls) > 1:
		return operated{}, a.flags.usagef("--admin is given %d times: want the member to admit", len(a.urls))
	case len(a.urls) == 1 && a.id != 0:
		return operated{}, a.flags.usagef("--id with --admin: the address says which member it is")
	case len(a.urls) == 1:
		return members[0], nil
	case a.id == 0:
		return operated{}, a.flags.usagef("--id is missing: which member lost its disk? There are %s", names(members))
	}
	return a.member(members, a.id)
}

// admit asks for the admission, and shows how far the member has come meanwhile.
func (a *admission) admit(ctx context.Context, s *streams, learner operated, members []operated) (admin.Status, error) {
	type result struct {
		status admin.Status
		err    error
	}
	done := make(chan result, 1)
	go func() {
		status, err := learner.client.Admit(ctx, a.limit)
		done <- result{status, err}
	}()
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case r := <-done:
			return r.status, r.err
		case <-tick.C:
			if s.live {
				s.progress(progressOf(survey(ctx, members)))
			}
		}
	}
}

// progressOf says how far the learner has come.
func progressOf(answers []admin.Status, errs []error) string {
	var learnt, all quorate.Slot
	var id quorate.ID
	waits, missing := "", 0
	for i, a := range answers {
		switch {
		case errs[i] != nil || a.State != admin.StateRunning:
			missing++
		case a.Learner:
			id, learnt, waits = a.ID, a.Executed, a.Admitting
		}
		all = max(all, a.Committed, a.Executed)
	}
	line := fmt.Sprintf("%v has executed %v of %v slots", id, learnt, all)
	if waits != "" {
		line += ", and " + waits
	}
	if missing > 0 {
		line += fmt.Sprintf("; %d members do not run or do not answer", missing)
	}
	return line
}

func (a *admission) done(s *streams, status admin.Status, what string) error {
	if a.json {
		return writeIndented(s.out, status)
	}
	_, err := fmt.Fprintf(s.out, "%v %s\n", status.ID, what)
	return err
}

// explain adds to a failure what the members' status says about it.
func (a *admission) explain(ctx context.Context, id quorate.ID, members []operated, err error) error {
	if ctx.Err() != nil {
		return &exitError{exitInterrupted, fmt.Errorf("interrupted: the admission of %v goes on", id)}
	}
	err = fmt.Errorf("admit %v: %w", id, err)
	if a.cluster != nil {
		answers, errs := survey(ctx, members)
		var absent []quorate.ID
		for i, m := range members {
			if errs[i] != nil || answers[i].State != admin.StateRunning {
				absent = append(absent, m.id)
			}
		}
		if len(absent) > 0 {
			err = fmt.Errorf("%w; every other member must answer, and these do not run or cannot be reached: %s", err, idsOf(absent))
		}
	}
	if errors.Is(err, admin.ErrUnreachable) {
		return &exitError{exitUnknown, err}
	}
	return &exitError{exitBad, err}
}
