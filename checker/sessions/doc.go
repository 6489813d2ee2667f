// Package sessions decides whether a history keeps guarantees that are weaker than
// linearizability: those of sessions, as Terry et al. named them in 1994, and sequential
// consistency. A session is a process of the history. Real time between processes counts
// for nothing here.
//
// Of a history with versions ([checker.Operation]) the order of each key's writes is
// known, so each guarantee is judged by itself, and two operations prove that it is
// broken. Sequential consistency is judged of all keys together: processes go on one
// operation at a time, each as soon as its key has the version that it met; the history is
// sequentially consistent if all come to their end. What goes on never hinders another, so
// there is no search: the time is linear.
//
// Foreign histories of registers do not tell that order. If every value is written once, what
// a process read or wrote, one thing after the other, says what comes before what, and a
// cycle proves that no order will do. Reads alone must be monotonic; read your writes is
// judged supposing that a process's writes come in their order; and the guarantees of
// writes as reads show them, if these are monotonic. Of sequential consistency each key is
// judged by itself, which all keys together must pass, too, but may fail although
// each passes. There, values that are written more often lead to a search within bounds.
package sessions
