// Package child runs programs that do not outlive this one.
package child

import (
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Child is a process that was started.
type Child struct {
	cmd  *exec.Cmd
	done chan struct{}
}

// Start starts cmd in a process group of its own, so that a terminal's
// interrupt reaches this process only, which then decides. On Linux the child
// is killed when this process ends, by whatever cause. Attributes that cmd has are
// kept.
func Start(cmd *exec.Cmd) (*Child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	bind(cmd.SysProcAttr)
	return start(cmd)
}

// StartHeir is [Start] for a program that outlives this one, to clear away what it
// leaves behind. It is in a process group of its own, too, where there are such.
func StartHeir(cmd *exec.Cmd) (*Child, error) {
	cmd.SysProcAttr = detached()
	return start(cmd)
}

func start(cmd *exec.Cmd) (*Child, error) {
	c := &Child{cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// Linux kills the child when the thread that made it ends. So that
		// thread stays as long as the child.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // the state says it all
			close(c.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// PID returns the process' number.
func (c *Child) PID() int { return c.cmd.Process.Pid }

// Done is closed when the child has ended and all it wrote has been taken.
func (c *Child) Done() <-chan struct{} { return c.done }

// Running reports whether the child has not ended.
func (c *Child) Running() bool {
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal. A child that has ended does not mind.
func (c *Child) Signal(s os.Signal) {
	if c.Running() {
		_ = c.cmd.Process.Signal(s) // it has ended meanwhile
	}
}

// Kill ends the child at once, and waits until it has.
func (c *Child) Kill() {
	c.Signal(os.Kill)
	<-c.done
}

// KillGroup ends the child at once, and waits until it has, with whatever it started that
// is still in its process group, where there are such. Of a child that has ended already
// it must be called soon, while the group's number is not given to another one.
func (c *Child) KillGroup() {
	killGroup(c.PID())
	c.Kill()
}

// Stop asks the child to end, and kills it if it has not after a while. It
// reports whether that was not needed.
func (c *Child) Stop(patience time.Duration) bool {
	c.Signal(syscall.SIGTERM)
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-c.done:
		return true
	case <-t.C:
		c.Kill()
		return false
	}
}

// ExitCode returns, for a child that has ended, its exit code, or 128 and the
// number of the signal that ended it, as a shell counts.
func (c *Child) ExitCode() int {
	if w, ok := c.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && w.Signaled() {
		return 128 + int(w.Signal())
	}
	return c.cmd.ProcessState.ExitCode()
}
