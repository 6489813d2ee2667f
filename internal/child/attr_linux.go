package child

import "syscall"

func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// bind lets a process end with this one.
func bind(a *syscall.SysProcAttr) { a.Setpgid, a.Pdeathsig = true, syscall.SIGKILL }

// killGroup kills the processes of a group.
func killGroup(leader int) { _ = syscall.Kill(-leader, syscall.SIGKILL) } // there are none any more
