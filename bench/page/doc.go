// Package page writes a report as one HTML page that needs nothing else: no
// network, no script, no file beside it. It is for people, on a screen of any size,
// in the light and in the dark; figures have their numbers below them as tables.
//
// All that a report says is text to it, whoever wrote the report.
package page
