// Package timeline draws a test's history for people: a page with a column for each
// process, and plots of latencies and rates with the times of faults. It draws
// whatever it is given, also histories that are not well formed.
package timeline
