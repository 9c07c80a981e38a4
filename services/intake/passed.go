package intake

import (
	"bytes"
	"sync/atomic"

	"amparo/schemas/event"
)

// passedEvents is how many events a Passed holds at most: about thirty megabytes. A sink beside the intake is behind by
// far less, unless it is in trouble.
const passedEvents = 1 << 15

// Passed are single events as the door has read them a moment ago, by the sequence of their message. A sink in the same
// process, under the same catalogue, takes them from here in place of reading and checking the same bytes again. What is
// not here any more, or was never, it reads itself.
type Passed struct {
	slots [passedEvents]atomic.Pointer[passed]
}

type passed struct {
	seq    uint64
	line   event.Line
	digest event.Digest
}

// Passed begins to remember what passes the door. Call it before Run, and only where a sink takes the events from it.
func (in *Intake) Passed() *Passed {
	if in.passed == nil {
		in.passed = &Passed{}
	}
	return in.passed
}

func (p *Passed) add(seq uint64, line event.Line, digest event.Digest) {
	if p != nil {
		p.slots[seq%passedEvents].Store(&passed{seq, line, digest})
	}
}

// Take gives the event of a message away, if it is here and has the very bytes that came out of the stream.
func (p *Passed) Take(seq uint64, data []byte) (event.Line, event.Digest, bool) {
	slot := &p.slots[seq%passedEvents]
	e := slot.Load()
	if e == nil || e.seq != seq || !bytes.Equal(e.line.Bytes, data) {
		return event.Line{}, event.Digest{}, false
	}
	slot.CompareAndSwap(e, nil)
	return e.line, e.digest, true
}
