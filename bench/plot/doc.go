// Package plot draws the figures of a report: what people would rather look at
// than read. Colours are those of Okabe and Ito, which most colour-blind people
// tell apart.
package plot
