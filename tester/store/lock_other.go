//go:build !unix

package store

import "os"

// lock does nothing where nothing would forget it.
func lock(*os.File) error { return nil }

// locked says that nobody knows.
func locked(*os.File) bool { return false }

// abandoned says that nobody knows.
func abandoned(*os.File) bool { return false }
