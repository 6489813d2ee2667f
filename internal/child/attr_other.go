//go:build !linux

package child

import "syscall"

func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func bind(*syscall.SysProcAttr) {}

// killGroup does nothing where there are no groups of processes.
func killGroup(int) {}
