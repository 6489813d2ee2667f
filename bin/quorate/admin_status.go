package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

func adminStatusCommand() command {
	return command{
		name:     "admin status",
		synopsis: "print how the members are",
		about: `Asks every member for its role, its leader and how far it has come, and lists the
faults in force. Below the table stands why a member did not tell. With wpaxos there
follow the objects: how many each member knows, owns and works at, why it became
the owner of how many, and which are stolen most, with who asks for them.`,
		examples: []example{
			{"quorate admin status --config cluster.json", "a line for each member"},
			{"quorate admin status --admin http://127.0.0.1:9090 --json", "all about one of them"},
		},
		exits: []exitMeaning{
			{exitGood, "all members answered, and their nodes run"},
			{exitBad, "a member did not answer, or its node does not run"},
			{exitUnknown, "no member answered"},
			{exitInterrupted, "interrupted"},
			{exitUsage, "a flag or the cluster file makes no sense"},
			{exitTool, "the tool failed"},
		},
		setup: func(f *flags) action {
			o := &operators{flags: f}
			o.declare()
			return o.status
		},
	}
}

// memberStatus is what is known of one member, for --json.
type memberStatus struct {
	ID     string        `json:"id,omitempty"`
	Admin  string        `json:"admin"`
	Status *admin.Status `json:"status,omitempty"`
	Error  string        `json:"error,omitempty"`
}

func (o *operators) status(ctx context.Context, s *streams, _ []string) error {
	members, err := o.reach()
	if err != nil {
		return err
	}
	defer closeAll(members)
	answers, errs := survey(ctx, members)
	if o.json {
		list := make([]memberStatus, len(members))
		for i, m := range members {
			list[i] = memberStatus{Admin: m.client.URL(), Status: &answers[i]}
			if m.id != 0 {
				list[i].ID = m.id.String()
			}
			if errs[i] != nil {
				list[i].Status, list[i].Error = nil, errs[i].Error()
			}
		}
		err = writeIndented(s.out, perMember[memberStatus]{list})
	} else {
		err = writeStatus(s.out, members, answers, errs)
	}
	if err != nil {
		return err
	}
	if err := verdict(ctx, errs); err != nil {
		return err
	}
	for i, a := range answers {
		if a.State != admin.StateRunning {
			return &exitError{exitBad, fmt.Errorf("%s is %s: %s", members[i].name(), a.State, a.Why)}
		}
	}
	return nil
}

// survey asks all members for their status, at the same time. Answers and errors
// are by position.
func survey(ctx context.Context, members []operated) ([]admin.Status, []error) {
	answers, errs := make([]admin.Status, len(members)), make([]error, len(members))
	var wg sync.WaitGroup
	for i, m := range members {
		wg.Go(func() {
			if answers[i], errs[i] = m.client.Status(ctx); errs[i] == nil {
				errs[i] = m.check(answers[i])
			}
		})
	}
	wg.Wait()
	return answers, errs
}

// writeStatus writes a line for each member, and below them why some say nothing.
func writeStatus(w io.Writer, members []operated, answers []admin.Status, errs []error) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "member\tstate\trole\tleader\tballot\tcommitted\texecuted\tpending\tup\tfaults")
	for i, m := range members {
		if errs[i] != nil {
			fmt.Fprintf(t, "%s\tunknown\t-\t-\t-\t-\t-\t-\t-\t-\n", m.name())
			continue
		}
		a := answers[i]
		if a.State != admin.StateRunning {
			fmt.Fprintf(t, "%v\t%s\t-\t-\t-\t-\t-\t-\t%s\t%s\n", a.ID, a.State, uptime(a), faults(a))
			continue
		}
		fmt.Fprintf(t, "%v\t%s\t%s\t%s\t%s\t%v\t%v\t%d\t%s\t%s\n", a.ID, a.State, a.Role, dash(a.Leader), dash(a.Ballot),
			a.Committed, a.Executed, a.Pending, uptime(a), faults(a))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i, m := range members {
		if errs[i] == nil {
			continue
		}
		if _, err := fmt.Fprintf(w, "%s: %s\n", m.name(), silence(m, errs[i])); err != nil {
			return err
		}
	}
	return writeObjects(w, members, answers, errs)
}

// silence says why nothing is known of a member. The address is in the error of
// one that does not answer, and in the name of one that is known by nothing else.
func silence(m operated, err error) string {
	if errors.Is(err, admin.ErrUnreachable) || m.id == 0 {
		return err.Error()
	}
	return m.client.URL() + ": " + err.Error()
}

func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func uptime(a admin.Status) string {
	return time.Duration(a.Uptime * float64(time.Second)).Round(time.Second).String()
}

func faults(a admin.Status) string { return dash(strings.Join(describeFaults(a.Faults), ", ")) }

// describeFaults renders faults for people, such as "drop to 1.2 for 4s".
func describeFaults(list []admin.Fault) []string {
	var lines []string
	for _, f := range list {
		line := f.Kind
		if share := max(f.Loss, f.Duplicate, f.Reorder); share > 0 { // of which a fault has one
			line += fmt.Sprintf(" %v", share)
		}
		if f.What != "" {
			line += " " + f.What
		}
		if f.Delay > 0 {
			line += fmt.Sprintf(" %v", inSeconds(f.Delay))
		}
		if f.Jitter > 0 {
			line += fmt.Sprintf("+%v", inSeconds(f.Jitter))
		}
		if len(f.To) > 0 {
			line += " to " + (*idList)(&f.To).String()
		}
		if f.Name != "" {
			line += " as " + f.Name
		}
		lines = append(lines, fmt.Sprintf("%s for %v", line, inSeconds(f.Remaining).Round(100*time.Millisecond)))
	}
	return lines
}

func inSeconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// idsOf is for messages about several members.
func idsOf(ids []quorate.ID) string { return (*idList)(&ids).String() }
