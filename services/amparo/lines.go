package main

import "slices"

// lineIndex remembers from which line each sequence came, as runs of consecutive
// sequences and lines.
type lineIndex []lineRun

type lineRun struct {
	Seq   uint64 `json:"seq"`
	Line  int    `json:"line"`
	Count int    `json:"count"`
}

// end is the sequence behind the run.
func (r lineRun) end() uint64 { return r.Seq + uint64(r.Count) } //nolint:gosec // A count is not negative.

// add notes a line. Sequences come in ascending order.
func (x *lineIndex) add(seq uint64, line int) {
	if n := len(*x); n > 0 {
		if r := &(*x)[n-1]; seq == r.end() && line == r.Line+r.Count {
			r.Count++
			return
		}
	}
	*x = append(*x, lineRun{seq, line, 1})
}

// find returns the line of a sequence.
func (x lineIndex) find(seq uint64) (line int, ok bool) {
	i, exact := slices.BinarySearchFunc(x, seq, func(r lineRun, seq uint64) int {
		switch {
		case r.Seq < seq:
			return -1
		case r.Seq > seq:
			return 1
		}
		return 0
	})
	if !exact {
		i--
	}
	if i < 0 || seq >= x[i].end() {
		return 0, false
	}
	return x[i].Line + int(seq-x[i].Seq), true //nolint:gosec // Below the count.
}
