package ledger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"amparo/services/access"
	"amparo/services/access/ledger"
)

// A clock is set by the test.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 3, 30, 12, 0, 0, 0, time.UTC)} }

func open(t *testing.T, dir string, c *clock) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Open(ledger.Config{Dir: dir, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// filled is a log of some looks at cases, over two months.
func filled(t *testing.T, n int) (dir string, c *clock) {
	t.Helper()
	dir, c = t.TempDir(), newClock()
	l := open(t, dir, c)
	for i := range n {
		c.at = c.at.Add(6 * time.Hour)
		look(t, l, fmt.Sprint("c-", i))
	}
	return dir, c
}

func look(t *testing.T, l *ledger.Ledger, caseID string) {
	t.Helper()
	if err := l.Record(t.Context(), access.Entry{Who: "saul", Role: access.Steward, Did: access.CaseSeen, Object: caseID}); err != nil {
		t.Fatal(err)
	}
}

func verify(t *testing.T, l *ledger.Ledger, kept ...ledger.Receipt) *ledger.Report {
	t.Helper()
	r, err := l.Verify(t.Context(), kept...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatWasWrittenIsWhole(t *testing.T) {
	dir, c := filled(t, 12)
	r := verify(t, open(t, dir, c))
	if !r.Whole() || r.Rows != 13 || r.From != 1 || r.To != 13 || r.Head.N != 13 {
		t.Errorf("%+v", r)
	}
	if months, err := filepath.Glob(filepath.Join(dir, "*.ndjson")); err != nil || len(months) != 2 {
		t.Errorf("%v (%v), want two months", months, err)
	}
}

// lines reads and rewrites the log as someone with access to the disk would.
func lines(t *testing.T, dir, month string, change func([][]byte) [][]byte) {
	t.Helper()
	path := filepath.Join(dir, month+".ndjson")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	out := change(bytes.SplitAfter(bytes.TrimSuffix(b, []byte("\n")), []byte("\n")))
	joined := bytes.TrimSuffix(bytes.Join(out, nil), []byte("\n"))
	if len(joined) > 0 {
		joined = append(joined, '\n')
	}
	if err := os.WriteFile(path, joined, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyFindsWhatWasDoneToTheLog(t *testing.T) {
	const month = "2026-03" // rows 1 to 6 of 13
	inMonth := func(change func([][]byte) [][]byte) func(*testing.T, string) {
		return func(t *testing.T, dir string) { lines(t, dir, month, change) }
	}
	tests := map[string]struct {
		do   func(*testing.T, string)
		want string
	}{
		"a row is changed": {inMonth(func(rows [][]byte) [][]byte {
			rows[2] = bytes.Replace(rows[2], []byte("saul"), []byte("sara"), 1)
			return rows
		}), "row 3: it was changed"},
		"a row is changed, and its hash with it": {inMonth(func(rows [][]byte) [][]byte {
			rows[2] = bytes.Replace(rows[2], []byte(`"hash":"`), []byte(`"hash":"0`), 1)
			return rows
		}), "row 3"},
		"a field is added": {inMonth(func(rows [][]byte) [][]byte {
			rows[2] = bytes.Replace(rows[2], []byte(`"n":3`), []byte(`"n":3,"x":1`), 1)
			return rows
		}), "row 3: it was written in another way"},
		"a row is removed": {inMonth(func(rows [][]byte) [][]byte { return append(rows[:2:2], rows[3:]...) }), "row 3: rows 3 to 3 are missing"},
		"a row is put in": {inMonth(func(rows [][]byte) [][]byte {
			return append(append(append([][]byte{}, rows[:3]...), rows[1]), rows[3:]...)
		}), "row 2: it comes after row 3"},
		"two rows change places": {inMonth(func(rows [][]byte) [][]byte { rows[1], rows[2] = rows[2], rows[1]; return rows }), "row 2"},
		"a row is put in at the end": {func(t *testing.T, dir string) {
			lines(t, dir, "2026-04", func(rows [][]byte) [][]byte {
				rows[6] = append(rows[6], '\n')
				return append(rows, bytes.Replace(rows[6], []byte(`"n":13`), []byte(`"n":14`), 1))
			})
		}, "row 14"},
		"a row is made unreadable": {inMonth(func(rows [][]byte) [][]byte {
			rows[1] = []byte("{\n")
			return rows
		}), "row 2: it cannot be read"},
		"the first rows are removed": {inMonth(func(rows [][]byte) [][]byte { return rows[2:] }), "row 1: rows 1 to 2 are missing"},
		"the last rows are removed": {func(t *testing.T, dir string) {
			lines(t, dir, "2026-04", func(rows [][]byte) [][]byte { return rows[:3] })
		}, "the last rows, to 13, are missing"},
		"the last month is removed":  {func(t *testing.T, dir string) { remove(t, dir, "2026-04.ndjson") }, "the last rows, to 13, are missing"},
		"the first month is removed": {func(t *testing.T, dir string) { remove(t, dir, "2026-03.ndjson") }, "row 1: rows 1 to 6 are missing"},
		"the head is removed":        {func(t *testing.T, dir string) { remove(t, dir, "head.json") }, "row 13: the head is missing"},
		"the head is changed": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "head.json"), []byte(`{"n":3}`), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "the head is not what was signed"},
		"everything but the key is removed": {func(t *testing.T, dir string) {
			remove(t, dir, "2026-03.ndjson")
			remove(t, dir, "2026-04.ndjson")
			remove(t, dir, "head.json")
		}, "the head is missing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			dir, c := filled(t, 12)
			test.do(t, dir)
			r := verify(t, open(t, dir, c))
			if len(r.Problems) == 0 || !strings.Contains(fmt.Sprint(r.Problems), test.want) {
				t.Errorf("found %v, want %q", r.Problems, test.want)
			}
			// What was found stays found, when the log has gone on.
			l := open(t, dir, c)
			look(t, l, "c-later")
			if r := verify(t, l); r.Whole() && !damaged(t, l) {
				t.Error("one row later nothing is found")
			}
		})
	}
}

// damaged reports whether the log says of itself that it was damaged.
func damaged(t *testing.T, l *ledger.Ledger) bool {
	t.Helper()
	rows, err := l.Latest(t.Context(), ledger.Filter{Did: access.LogDamaged}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return len(rows) == 1
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// Who has the disk and the key can write a chain that is whole: what was handed
// out tells it from the old one.
func TestReceiptsTellAnotherChainFromTheOldOne(t *testing.T) {
	dir, c := filled(t, 12)
	receipt := verify(t, open(t, dir, c)).Head
	later := open(t, dir, c)
	look(t, later, "c-later")
	if r := verify(t, later, receipt); !r.Whole() {
		t.Errorf("a log that went on is not whole: %v", r.Problems)
	}
	forged := t.TempDir()
	key, err := os.ReadFile(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(forged, "key"), key, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, forged, newClock())
	look(t, l, "c-harmless")
	if r := verify(t, l, receipt); r.Whole() || !strings.Contains(fmt.Sprint(r.Problems), "row 13: a receipt was given for it") {
		t.Errorf("a shorter chain: %v", r.Problems)
	}
	for i := range 14 {
		look(t, l, fmt.Sprint("c-harmless-", i))
	}
	if r := verify(t, l, receipt); r.Whole() || !strings.Contains(fmt.Sprint(r.Problems), "row 13: it is not the row that a receipt was given for") {
		t.Errorf("a longer chain: %v", r.Problems)
	}
}

func TestTheLogGoesOnAfterACrash(t *testing.T) {
	for name, crash := range map[string]func(*testing.T, string, []byte){
		"in the middle of a row": func(t *testing.T, dir string, _ []byte) {
			f, err := os.OpenFile(filepath.Join(dir, "2026-04.ndjson"), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString(`{"n":14,"at":`); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
		},
		"between a row and the head": func(t *testing.T, dir string, head []byte) {
			if err := os.WriteFile(filepath.Join(dir, "head.json"), head, 0o600); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, c := filled(t, 11)
			head, err := os.ReadFile(filepath.Join(dir, "head.json"))
			if err != nil {
				t.Fatal(err)
			}
			look(t, open(t, dir, c), "c-last")
			crash(t, dir, head)
			l := open(t, dir, c)
			look(t, l, "c-next")
			if r := verify(t, l); !r.Whole() || r.Rows != 14 || damaged(t, l) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestSeveralProcessesWriteOneChain(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	ledgers := []*ledger.Ledger{open(t, dir, c), open(t, dir, c), open(t, dir, c)}
	var group sync.WaitGroup
	for i, l := range ledgers {
		group.Go(func() {
			for j := range 5 {
				if err := l.Record(context.Background(), access.Entry{Who: fmt.Sprint(i), Did: access.CaseSeen, Object: fmt.Sprint("c-", j)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if r := verify(t, ledgers[0]); !r.Whole() || r.Rows != 16 {
		t.Errorf("%+v", r)
	}
}

func TestTheLogGoesOnWhileItIsVerified(t *testing.T) {
	dir, c := filled(t, 300)
	l := open(t, dir, c)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 40 {
			if err := l.Record(context.Background(), access.Entry{Who: "saul", Did: access.CaseSeen, Object: fmt.Sprint("c-", i)}); err != nil {
				t.Error(err)
			}
		}
	}()
	for range 10 {
		if r := verify(t, l); !r.Whole() || r.To < r.Head.N {
			t.Errorf("%+v", r)
		}
	}
	<-done
	if r := verify(t, l); !r.Whole() || r.Rows != 341 {
		t.Errorf("%+v", r)
	}
}

func TestRowsAreFound(t *testing.T) {
	dir, c := filled(t, 12)
	l := open(t, dir, c)
	look(t, l, "c-3")
	if err := l.Record(t.Context(), access.Entry{Who: "olga", Did: access.LogRead, Detail: "broken \xff text"}); err != nil {
		t.Fatal(err)
	}
	objects := func(rows []ledger.Row, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, fmt.Sprint(r.N, " ", r.Object))
		}
		return strings.Join(out, ", ")
	}
	if got, want := objects(l.Latest(t.Context(), ledger.Filter{Who: "saul", Did: access.CaseSeen}, 3)), "14 c-3, 13 c-11, 12 c-10"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := objects(l.Latest(t.Context(), ledger.Filter{Who: "saul", Before: 7}, 2)), "6 c-4, 5 c-3"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	var all []ledger.Row
	for row, err := range l.Rows(t.Context(), ledger.Filter{Object: "c-3"}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	if got, want := objects(all, nil), "5 c-3, 14 c-3"; got != want {
		t.Errorf("who saw a case: %s, want %s", got, want)
	}
	if r := verify(t, l); !r.Whole() {
		t.Errorf("%v", r.Problems)
	}
}

func TestRetentionTakesOffWholeMonths(t *testing.T) {
	dir, c := filled(t, 12)
	l := open(t, dir, c)
	receipt := verify(t, l).Head
	c.at = time.Date(2028, 3, 31, 12, 0, 0, 0, time.UTC)
	look(t, l, "c-new")
	dry, err := l.Prune(t.Context(), true)
	if err != nil || fmt.Sprint(dry.Months) != "[2026-03]" || dry.From != 1 || dry.To != 6 {
		t.Fatalf("%+v (%v)", dry, err)
	}
	if r := verify(t, l); r.Rows != 14 {
		t.Errorf("a dry run left %d rows", r.Rows)
	}
	if _, err := l.Prune(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if r := verify(t, l, receipt); !r.Whole() || r.From != 7 || r.Rows != 9 {
		t.Errorf("%+v", r)
	}
	lines(t, dir, "2026-04", func(rows [][]byte) [][]byte { return rows[1:] })
	if r := verify(t, l); r.Whole() {
		t.Error("a row that was removed after the pruned ones is not missed")
	}
	if _, err := ledger.Open(ledger.Config{Dir: t.TempDir(), Keep: 24 * time.Hour, Now: c.now}); !errors.Is(err, ledger.ErrRetention) {
		t.Errorf("rows may be kept for a day: %v", err)
	}
}
