package netns

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/quorate/quorate/internal/child"
)

// outside is the variable that tells a program in a network of its own which one it
// came from.
const outside = "QUORATE_OUTER_NETWORK"

// current names the network that this process is in.
func current() string {
	name, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return ""
	}
	return name
}

// Inside reports whether this process was started by [Reexec].
func Inside() bool {
	outer := os.Getenv(outside)
	return outer != "" && current() != "" && outer != current()
}

// find returns where nft is: it may be where the path of a user does not lead.
func find() (string, error) {
	for _, path := range []string{"nft", "/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft"} {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", errors.New("packets are filtered with nft, of the package nftables, which is not installed; install it, or take faults that members inject themselves")
}

// isolation returns the attributes of a process in a network of its own: as root with no
// more, as everybody else as root of a namespace of users.
func isolation() (attr func() *syscall.SysProcAttr, err error) {
	nft, err := find()
	if err != nil {
		return nil, err
	}
	plain := func() *syscall.SysProcAttr { return &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET} }
	mapped := func() *syscall.SysProcAttr {
		return &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}},
		}
	}
	var errs []error
	for _, attr := range []func() *syscall.SysProcAttr{plain, mapped} {
		cmd := exec.Command(nft, "list", "tables") // would it be allowed to?
		cmd.SysProcAttr = attr()
		out, err := cmd.CombinedOutput()
		if err == nil {
			return attr, nil
		}
		errs = append(errs, fmt.Errorf("%w %s", err, strings.TrimSpace(string(out))))
	}
	return nil, fmt.Errorf("make a network of our own: as root: %w; as root of a namespace of users: %w; run as root, or allow users to have namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces), or take faults that members inject themselves", errs[0], errs[1])
}

// Supported says why there can be no network of our own here, and what to do.
func Supported() error {
	_, err := isolation()
	return err
}

// Streams are those of a program.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Reexec runs a program in a network of its own and returns its exit code. When ctx ends
// it is interrupted, and killed if it has not ended a while later.
func Reexec(ctx context.Context, path string, args []string, s Streams, patience time.Duration) (int, error) {
	attr, err := isolation()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(path, args...)
	cmd.SysProcAttr = attr()
	cmd.Env = append(os.Environ(), outside+"="+current())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = s.In, s.Out, s.Err
	c, err := child.Start(cmd)
	if err != nil {
		return 0, fmt.Errorf("run %s in a network of its own: %w", path, err)
	}
	select {
	case <-c.Done():
		return c.ExitCode(), nil
	case <-ctx.Done():
	}
	c.Signal(os.Interrupt)
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-c.Done():
	case <-late.C:
		c.Kill()
	}
	return c.ExitCode(), nil
}

// Up brings the loopback interface up, which it is not in a new network.
func Up() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err == nil {
		err = unix.IoctlIfreq(fd, unix.SIOCGIFFLAGS, lo)
	}
	if err == nil {
		lo.SetUint16(lo.Uint16() | unix.IFF_UP)
		err = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo)
	}
	if err != nil {
		return fmt.Errorf("bring the loopback interface up: %w", err)
	}
	return nil
}
