// Package study compares what is measured several times: it sums the runs of a
// report up, cell by cell and point by point, as medians that say how sure they are.
package study
