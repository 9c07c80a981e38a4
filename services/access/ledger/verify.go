package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Report is what Verify found.
type Report struct {
	Rows     uint64 // that were read
	From, To uint64 // their numbers
	Since    time.Time
	Problems []Problem
	More     bool    // there are more problems than are listed
	Head     Receipt // to be kept elsewhere

	damaged bool // the head is
}

// Whole reports whether the log is what was written.
func (r *Report) Whole() bool { return len(r.Problems) == 0 }

// A Problem is a place where the log is not what was written.
type Problem struct {
	N    uint64 // number of the row
	What string
}

func (p Problem) String() string { return fmt.Sprintf("row %d: %s", p.N, p.What) }

// mostProblems bounds the list: after a gap every later row may be one.
const mostProblems = 50

func (r *Report) problem(n uint64, format string, args ...any) {
	if len(r.Problems) == mostProblems {
		r.More = true
		return
	}
	r.Problems = append(r.Problems, Problem{n, fmt.Sprintf(format, args...)})
}

// Verify reads the whole log and tells whether it is what was
// written, and still holds every receipt that was kept elsewhere. The log goes on
// meanwhile.
func (l *Ledger) Verify(ctx context.Context, kept ...Receipt) (*Report, error) {
	r := &Report{}
	var before Receipt
	err := l.quietly(func() (err error) {
		if before, err = l.base(); errors.Is(err, ErrDamaged) {
			r.problem(0, "what says which rows were pruned is not what was signed")
		} else if err != nil {
			return err
		}
		if r.Head, err = l.head(); errors.Is(err, ErrDamaged) {
			r.damaged = true
		} else if err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, l.verify(ctx, r, before, kept)
}

// Head is how far the log has come, to be kept elsewhere.
func (l *Ledger) Head() (head Receipt, err error) {
	err = l.quietly(func() error {
		head, err = l.head()
		return err
	})
	return head, err
}

// quietly runs while nobody writes.
func (l *Ledger) quietly(do func() error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.locked(do)
}

func (l *Ledger) verify(ctx context.Context, r *Report, before Receipt, kept []Receipt) error {
	pruned := before.N
	kept = slices.SortedFunc(slices.Values(kept), func(a, b Receipt) int { return int(a.N) - int(b.N) }) //nolint:gosec // Row numbers are small.
	for len(kept) > 0 && kept[0].N <= pruned {
		if kept[0].N == pruned && kept[0].Hash != before.Hash {
			r.problem(pruned, "it is not the row that a receipt was given for")
		}
		kept = kept[1:] // It was pruned since: the chain to it is no longer kept.
	}
	segments, err := l.segments()
	if err != nil {
		return err
	}
	for _, s := range segments {
		err := eachLine(s.path, func(line []byte) error {
			if r.Head.N > 0 && before.N >= r.Head.N && !bytes.HasSuffix(line, []byte("\n")) {
				return ctx.Err() // It is being written now.
			}
			row, ok := l.checkRow(r, before, pruned, line)
			if !ok {
				return ctx.Err()
			}
			if r.Rows == 0 {
				r.From, r.Since = row.N, row.At
			}
			r.Rows, r.To = r.Rows+1, row.N
			before = Receipt{N: row.N, At: row.At, Hash: row.Hash}
			if row.N == r.Head.N && row.Hash != r.Head.Hash {
				r.problem(row.N, "it is not the row that the head was signed for")
			}
			for len(kept) > 0 && kept[0].N <= row.N {
				if kept[0].N < row.N || kept[0].Hash != row.Hash {
					r.problem(kept[0].N, "it is not the row that a receipt was given for")
				}
				kept = kept[1:]
			}
			return ctx.Err()
		})
		if err != nil {
			return err
		}
	}
	for _, receipt := range kept {
		r.problem(receipt.N, "a receipt was given for it, and it is missing")
	}
	r.checkHead(before)
	return nil
}

// checkRow checks one row against the one before it.
func (l *Ledger) checkRow(r *Report, before Receipt, pruned uint64, line []byte) (Row, bool) {
	var row Row
	if err := json.Unmarshal(line, &row); err != nil {
		r.problem(before.N+1, "it cannot be read")
		return row, false
	}
	if row.N <= pruned && r.Rows == 0 {
		return row, false // A pruning that was cut short left it.
	}
	if same, err := json.Marshal(&row); err != nil || !bytes.Equal(bytes.TrimSuffix(line, []byte("\n")), same) {
		r.problem(row.N, "it was written in another way")
	}
	switch {
	case row.N <= before.N && r.Rows > 0:
		r.problem(row.N, "it comes after row %d: it was put in or moved", before.N)
		return row, false
	case row.N > before.N+1:
		r.problem(before.N+1, "rows %d to %d are missing", before.N+1, row.N-1)
	case row.Prev != before.Hash && (before.N > 0 || row.N == 1):
		r.problem(row.N, "it does not follow from row %d: one of them was changed", before.N)
	}
	if row.Hash != row.digest() {
		r.problem(row.N, "it was changed")
	} else if !l.signed("row", row.Hash, row.Sig) {
		r.problem(row.N, "it was not written by this program")
	}
	return row, true
}

// checkHead compares the last row that was read with the head.
func (r *Report) checkHead(last Receipt) {
	switch head := r.Head; {
	case r.damaged:
		r.problem(last.N, "the head is not what was signed")
	case head.N == 0:
		r.problem(last.N, "the head is missing")
	case head.N > last.N:
		r.problem(last.N+1, "the last rows, to %d, are missing", head.N)
	}
	if r.Rows == 0 && len(r.Problems) == 0 {
		r.problem(0, "there are no rows")
	}
}
