//go:build unix

package store

import (
	"os"
	"syscall"
)

// lockFile tries to lock a file for this handle alone; the kernel frees the lock of a process that dies.
// On a file system without locks nobody waits.
func lockFile(f *os.File) bool {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	return err != syscall.EWOULDBLOCK && err != syscall.EINTR
}

func unlockFile(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
