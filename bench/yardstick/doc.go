// Package yardstick measures what a machine gives bare: a message there and back
// over TCP, a GET of net/http, a write that is synced, a message over channels. What
// is built on these can then be compared with them, as they were in the same minutes.
//
// All are closed loops: so many workers, each of which waits for one exchange to end
// before it begins the next. The servers of the first two are a process of their own,
// as those of a cluster are.
package yardstick
