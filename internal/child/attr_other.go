//go:build !linux

package child

import "syscall"

func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
