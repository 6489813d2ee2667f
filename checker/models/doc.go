// Package models decides whether histories in Jepsen's form, of anybody's system, are
// linearizable, by models of what their operations mean.
//
// Independent objects are checked apart, a few at a time, by Porcupine's search. Each
// search is bounded in time and memory: what it cannot decide is Unknown, and no pass.
// Operations that completed as Fail leave the history, and those that completed as Info,
// or not at all, stay open: they may take effect at any time after their invocation, or
// never. Where a history has versions, as those of this project's own store, package
// checker decides by them, in time that hardly depends on how much overlaps.
package models
