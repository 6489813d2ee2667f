// Package diagram draws the trace of a simulated world as a space-time diagram
// (Lamport, "Time, Clocks, and the Ordering of Events in a Distributed System",
// 1978): a line for each member and client, time to the right, an arrow for
// each message.
//
// The drawing is one HTML page that needs nothing but a browser: no server, no
// network, no other file. It opens where the trouble is, a little before the
// violation if there is one, and from there one walks: zoom, filters, a list of
// all events, and for each event what led to it.
//
// What a trace says comes from the world that was simulated, and so from
// whatever keys and values its clients chose. It reaches the page only as JSON
// in a block that browsers do not execute, and the document only as text; a
// content security policy allows the page's own script and style, by their
// hashes, and nothing else.
package diagram
