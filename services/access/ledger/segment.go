package ledger

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"amparo/services/access"
)

// A segment is the rows of one month, in a file of that name.
type segment struct {
	month string
	path  string
}

// segments lists the files of the log, the oldest first.
func (l *Ledger) segments() ([]segment, error) {
	entries, err := os.ReadDir(l.cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("list the access log: %w", err)
	}
	var out []segment
	for _, e := range entries {
		if month, ok := strings.CutSuffix(e.Name(), ".ndjson"); ok {
			out = append(out, segment{month, filepath.Join(l.cfg.Dir, e.Name())})
		}
	}
	slices.SortFunc(out, func(a, b segment) int { return strings.Compare(a.month, b.month) })
	return out, nil
}

// openSegment opens the file for a row of an instant. A clock that was set back
// does not reopen a month that has ended.
func (l *Ledger) openSegment(at time.Time) error {
	month := at.Format("2006-01")
	segments, err := l.segments()
	if err != nil {
		return err
	}
	if n := len(segments); n > 0 && segments[n-1].month > month {
		month = segments[n-1].month
	}
	path := filepath.Join(l.cfg.Dir, month+".ndjson")
	if l.file != nil {
		if l.file.Name() == path {
			return nil
		}
		if err := l.file.Close(); err != nil {
			return fmt.Errorf("close a month of the access log: %w", err)
		}
	}
	if l.file, err = os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600); err != nil {
		return fmt.Errorf("open a month of the access log: %w", err)
	}
	folder, err := os.Open(l.cfg.Dir)
	if err != nil {
		return fmt.Errorf("flush the folder of the access log: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// longestLine bounds what is read of one row.
const longestLine = 1 << 20

// eachLine reads a file line by line, each with its end.
func eachLine(path string, do func([]byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the access log: %w", err)
	}
	defer f.Close() //nolint:errcheck // It was only read.
	r := bufio.NewReaderSize(f, longestLine)
	for {
		line, err := r.ReadSlice('\n')
		if len(line) > 0 {
			if err := do(line); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read %s: %w", filepath.Base(path), err)
		}
	}
}

// A Filter picks rows. What is empty picks all.
type Filter struct {
	Who      string
	Did      access.Deed
	Object   string
	From, To time.Time // half-open
	Before   uint64    // rows with a smaller number
}

func (f *Filter) wants(r *Row) bool {
	switch {
	case f.Who != "" && r.Who != f.Who, f.Did != "" && r.Did != f.Did, f.Object != "" && r.Object != f.Object:
		return false
	case !f.From.IsZero() && r.At.Before(f.From), !f.To.IsZero() && !r.At.Before(f.To):
		return false
	}
	return f.Before == 0 || r.N < f.Before
}

var errStop = errors.New("enough")

// Rows yields the rows that a filter picks, the oldest first.
func (l *Ledger) Rows(ctx context.Context, f Filter) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		segments, err := l.segments()
		if err != nil {
			yield(Row{}, err)
			return
		}
		for _, s := range segments {
			err := eachLine(s.path, func(line []byte) error {
				var row Row
				if err := json.Unmarshal(line, &row); err != nil {
					return nil //nolint:nilerr // A torn or damaged row is for Verify.
				}
				if f.wants(&row) && !yield(row, nil) {
					return errStop
				}
				return ctx.Err()
			})
			if errors.Is(err, errStop) {
				return
			}
			if err != nil {
				yield(Row{}, err)
				return
			}
		}
	}
}

// Latest returns the last rows that a filter picks, the newest first.
func (l *Ledger) Latest(ctx context.Context, f Filter, limit int) ([]Row, error) {
	segments, err := l.segments()
	if err != nil {
		return nil, err
	}
	var out []Row
	for _, s := range slices.Backward(segments) {
		var kept []Row // the last of this month, the oldest first
		err := eachLine(s.path, func(line []byte) error {
			var row Row
			if json.Unmarshal(line, &row) == nil && f.wants(&row) {
				if kept = append(kept, row); len(kept) > 2*limit {
					kept = append(kept[:0], kept[len(kept)-limit:]...)
				}
			}
			return ctx.Err()
		})
		if err != nil {
			return nil, err
		}
		for _, row := range slices.Backward(kept) {
			if out = append(out, row); len(out) == limit {
				return out, nil
			}
		}
	}
	return out, nil
}

// A Pruning is what retention takes off the log.
type Pruning struct {
	Months   []string
	From, To uint64 // the rows
	last     Receipt
}

// Prune takes off the months of which every row is older than the retention. A
// dry run only tells which.
func (l *Ledger) Prune(ctx context.Context, dry bool) (p Pruning, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err = l.locked(func() error {
		if p, err = l.toPrune(ctx); err != nil || dry || len(p.Months) == 0 {
			return err
		}
		// First the row that says so: should the rest fail, nothing is missing.
		if err := l.append(access.Entry{Did: access.LogPruned, Object: strings.Join(p.Months, " "), Detail: fmt.Sprintf("rows %d to %d, the last %s", p.From, p.To, p.last.Hash)}); err != nil {
			return err
		}
		p.last.Sig = l.sign("base", p.last.text())
		if err := l.writeReceipt("base.json", p.last); err != nil {
			return err
		}
		for _, month := range p.Months {
			if err := os.Remove(filepath.Join(l.cfg.Dir, month+".ndjson")); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("take off %s: %w", month, err)
			}
		}
		return nil
	})
	return p, err
}

func (l *Ledger) toPrune(ctx context.Context) (Pruning, error) {
	var p Pruning
	segments, err := l.segments()
	if err != nil {
		return p, err
	}
	border := l.cfg.Now().Add(-l.cfg.Keep)
	for _, s := range segments[:max(0, len(segments)-1)] { // Never the month that is written to.
		var last Receipt
		first := uint64(0)
		err := eachLine(s.path, func(line []byte) error {
			var row Row
			if err := json.Unmarshal(line, &row); err != nil {
				return fmt.Errorf("%w: a row of %s cannot be read: verify it before anything is taken off", ErrDamaged, s.month)
			}
			if first == 0 {
				first = row.N
			}
			last = Receipt{N: row.N, At: row.At, Hash: row.Hash}
			return ctx.Err()
		})
		if err != nil {
			return p, err
		}
		if !last.At.Before(border) {
			break
		}
		if p.From == 0 {
			p.From = first
		}
		p.Months, p.To, p.last = append(p.Months, s.month), last.N, last
	}
	return p, nil
}
