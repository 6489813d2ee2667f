package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/quorate/quorate"
	"github.com/quorate/quorate/server/admin"
)

// operators is how the commands of operators find the members.
type operators struct {
	flags     *flags
	config    string
	urls      []string
	tokenFile string
	timeout   time.Duration
	json      bool

	cluster *quorate.Cluster // known with --config
}

// declare declares the flags.
func (o *operators) declare() {
	o.config, o.timeout = "cluster.json", 5*time.Second
	o.flags.group("members")
	o.flags.config(&o.config)
	o.flags.StringSliceVar(&o.urls, "admin", nil, "admin `address` of one member instead, such as http://127.0.0.1:9090")
	o.flags.tokenFile(&o.tokenFile)
	o.flags.timeout(&o.timeout)
	o.flags.group("report")
	o.flags.json(&o.json)
}

// operated is a member, as operators see it.
type operated struct {
	id      quorate.ID // 0 if only the admin address is known
	address string     // where its peers reach it, by the cluster file
	client  *admin.Client
}

// check refuses what answers at a member's admin address and is another one, or
// one of another cluster.
func (m operated) check(s admin.Status) error {
	switch at := s.Addresses["address"]; {
	case m.id == 0:
		return nil
	case s.ID != m.id:
		return fmt.Errorf("member %v answers at %s, where the cluster file has %v", s.ID, m.client.URL(), m.id)
	case at != "" && at != m.address:
		return fmt.Errorf("a member of another cluster answers at %s: its peers reach it at %s, and the cluster file has %s; "+
			"--admin %s asks it anyway", m.client.URL(), at, m.address, m.client.URL())
	}
	return nil
}

func (m operated) name() string {
	if m.id == 0 {
		return m.client.URL()
	}
	return m.id.String()
}

// reach returns the members of the cluster file, or those of --admin.
func (o *operators) reach() ([]operated, error) {
	if o.timeout <= 0 {
		return nil, o.flags.usagef("--timeout %v: want more than 0", o.timeout)
	}
	token, err := readToken("--token-file", o.tokenFile)
	if err != nil {
		return nil, err
	}
	connect := func(id quorate.ID, address, url string) (operated, error) {
		c, err := admin.NewClient(admin.ClientConfig{URL: url, Token: token, Timeout: o.timeout})
		if err != nil {
			return operated{}, o.flags.usagef("%w", err)
		}
		return operated{id, address, c}, nil
	}
	var members []operated
	if len(o.urls) > 0 {
		if o.flags.Changed("config") {
			return nil, o.flags.usagef("--config and --admin: give one of them")
		}
		for _, url := range o.urls {
			m, err := connect(0, "", url)
			if err != nil {
				return nil, err
			}
			members = append(members, m)
		}
		return members, nil
	}
	file, err := readCluster(o.config)
	if err != nil {
		return nil, err
	}
	if o.cluster, err = file.Cluster(); err != nil {
		return nil, err
	}
	if len(file.AdminAddresses) == 0 {
		return nil, o.flags.usagef("cluster file %s: admin_address is missing, so no member listens for operators", o.config)
	}
	for _, id := range slices.Sorted(maps.Keys(file.AdminAddresses)) {
		m, err := connect(id, file.Addresses[id], file.AdminAddresses[id])
		if err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	return members, nil
}

// member returns the member with an ID.
func (o *operators) member(members []operated, id quorate.ID) (operated, error) {
	for _, m := range members {
		if m.id == id {
			return m, nil
		}
	}
	if o.cluster.Has(id) {
		return operated{}, o.flags.usagef("--id %v: the cluster file gives it no admin_address", id)
	}
	return operated{}, o.flags.usagef("--id %v: not a member of %v", id, o.cluster)
}

func names(members []operated) string {
	var list []string
	for _, m := range members {
		list = append(list, m.name())
	}
	return strings.Join(list, ", ")
}

func closeAll(members []operated) {
	for _, m := range members {
		m.client.Close()
	}
}

// verdict is the exit code of a command that asked members. What each said is
// printed already.
func verdict(ctx context.Context, errs []error) error {
	failed, silent := 0, 0
	for _, err := range errs {
		if err != nil {
			failed++
		}
		if errors.Is(err, admin.ErrUnreachable) {
			silent++
		}
	}
	switch {
	case ctx.Err() != nil:
		return &exitError{exitInterrupted, errors.New("interrupted")}
	case silent == len(errs):
		return &exitError{exitUnknown, errors.New("no member answered")}
	case failed > 0:
		return &exitError{exitBad, fmt.Errorf("%d of %d members refused or did not answer", failed, len(errs))}
	}
	return nil
}

// perMember is what a command found out about each member, for --json.
type perMember[T any] struct {
	Members []T `json:"members"`
}

// writeIndented writes v as JSON for people and programs.
func writeIndented(w io.Writer, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", text)
	return err
}

// idList is the value of a flag that names members.
type idList []quorate.ID

func (l *idList) Type() string { return "ids" }

func (l *idList) String() string {
	var words []string
	for _, id := range *l {
		words = append(words, id.String())
	}
	return strings.Join(words, ",")
}

func (l *idList) Set(text string) error {
	var ids []quorate.ID
	for _, word := range strings.Split(text, ",") {
		id, err := quorate.ParseID(word)
		if err != nil {
			return err
		}
		if slices.Contains(ids, id) {
			return fmt.Errorf("%v is named twice", id)
		}
		ids = append(ids, id)
	}
	*l = ids
	return nil
}

// faultTime is the value of a flag that takes a time, or seconds as Paxi does.
type faultTime time.Duration

func (d *faultTime) Type() string { return "duration" }

func (d *faultTime) String() string {
	if *d == 0 {
		return ""
	}
	return time.Duration(*d).String()
}

func (d *faultTime) Set(text string) error {
	parsed, err := admin.ParseTime(text)
	*d = faultTime(parsed)
	return err
}
