// Package sim runs protocols in worlds of virtual time.
package sim
