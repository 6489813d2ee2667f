// Package certs makes and reads the certificates by which the members of a
// cluster and its clients know each other.
//
// A certificate says whose it is by a URI among its alternative names:
// quorate://1.2 is the member 1.2, quorate://client any client. Other names, such
// as host names, do not count between members; they are there for programs that
// look at nothing else. So an authority of one's own serves as well as the one
// made here, if it writes these URIs.
//
// The authority made here is for tests and for clusters that have no other: its
// key lies in a file next to those that it signed.
package certs
