// Package client talks to a replicated cluster: it numbers commands, finds the
// replica to ask, retries, and says of every command whether it was executed.
//
// [Session] is the protocol of a client: no goroutine, no clock, no socket.
// Events go in (a call starts, a reply arrives, a connection is lost, time
// passes), requests and ended calls come out. The same events and the same
// generator give the same requests, so a simulation drives it as it is.
// [Client] drives a Session over a live [Link] and is what programs use:
//
//	caller          Client                Session               Link
//	  | Put(ctx, …)   |                      |                    |
//	  |-------------->| Start(now, call)     |                    |
//	  |               |--------------------->| number, target     |
//	  |               |                 Send |------------------->| Request
//	  |               |       Reply / Lost / Tick <---------------|
//	  |               |<---------------------| NextEnded          |
//	  |<--------------| Result or *Error     | or another Send    |
//
// # What a caller may believe
//
// A call ends in one of three ways. It is Done: the command was executed
// exactly once, and the result is the result of that execution. It definitely
// failed ([ErrNotExecuted]): every attempt was answered with a refusal, or never
// left this process; the command is not executed and never will be. Or its
// outcome is unknown ([ErrUnknown]): some attempt went unanswered, and may have
// been executed or may still be. Once an attempt went unanswered, no later
// refusal makes the outcome known again; only Done does.
//
// By default a call goes on, under the same number, when it is not known what
// became of an attempt: the replica's outcome tables see to it that it is executed
// once. Callers that want to decide themselves ask for the raw outcome:
//
//	what an attempt met          was it executed?  the call            a raw call ends with
//	Done                         once              ends                its result
//	NotLeader, NotFollower       no                goes elsewhere      goes elsewhere
//	NoLongerLeader               unknown           goes elsewhere      ErrNoLongerLeader
//	no answer in its time        unknown           goes elsewhere      ErrTimeout
//	a connection that broke      unknown           goes elsewhere      ErrLost
//	a link that did not take it  no                goes elsewhere      goes elsewhere
//
// Either ends when its time is up or [Config].MaxAttempts were made. The nodes of
// a cluster that answers nothing get the same number of attempts each.
//
// A replica that can do nothing for a request gives it up by its deadline, and says
// what it waited for. It is given a little less time than the call has, so that its
// words are in the error of a call that timed out: [Config].Farewell.
//
// The rule is the same for reads, although a read that failed has no effect
// either way. A condition that does not hold (PutIf, DeleteIf) is a result,
// not an error: the command was executed, and Result.OK is false.
package client
