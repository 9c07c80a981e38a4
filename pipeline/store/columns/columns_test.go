package columns_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store/columns"
	"amparo/pipeline/store/engine/enginetest"
)

func TestMain(m *testing.M) { os.Exit(enginetest.Run(m)) }

// everything has a column of each kind.
type everything struct {
	set        columns.Set
	text       *columns.Text
	word       *columns.Word
	number     *columns.Number
	flag       *columns.Flag
	bytes      *columns.Bytes
	instant    *columns.Instants
	perhaps    *columns.Perhaps
	words      *columns.Words
	signs      *columns.Signs
	flags      *columns.Flags
	numbers    *columns.Numbers
	quantities *columns.Quantities
	instants   *columns.InstantLists
	deeds      *columns.InstantListLists
}

const (
	names = "text, word, number, flag, bytes, instant, perhaps, words, signs, flags, numbers, quantities, instants, deeds"
	table = `(n UInt64 MATERIALIZED number, text String, word LowCardinality(String), number UInt64, flag UInt8, bytes FixedString(4),
		instant DateTime64(3, 'UTC'), perhaps Nullable(DateTime64(3, 'UTC')), words Array(LowCardinality(String)), signs Array(Int8), flags Array(UInt8),
		numbers Array(UInt64), quantities Array(Float64), instants Array(DateTime64(3, 'UTC')), deeds Array(Array(DateTime64(3, 'UTC'))))
		ENGINE = MergeTree ORDER BY number`
	// What is read is asked for as it can be read: words as texts.
	read = `text, CAST(word, 'String') AS word, number, flag, bytes, instant, perhaps`
)

func newEverything() *everything {
	e := &everything{}
	s := &e.set
	e.text, e.word, e.number, e.flag = s.Text("text"), s.Word("word"), s.Number("number"), s.Flag("flag")
	e.bytes, e.instant, e.perhaps = s.Bytes("bytes", 4), s.Instant("instant"), s.Perhaps("perhaps")
	e.words, e.signs, e.flags, e.numbers = s.Words("words"), s.Signs("signs"), s.Flags("flags"), s.Numbers("numbers")
	e.quantities, e.instants, e.deeds = s.Quantities("quantities"), s.InstantLists("instants"), s.InstantListLists("deeds")
	return e
}

// fill adds rows that have different texts by the hundred, and every kind of value.
func (e *everything) fill(rng *rand.Rand, rows, words int) {
	text := func() string {
		return []string{"", "a", "ñandú", "\x00\xff", fmt.Sprint("w-", rng.IntN(words))}[rng.IntN(5)]
	}
	instant := func() time.Time {
		return []time.Time{{}, time.UnixMilli(0), time.UnixMilli(rng.Int64N(1 << 42)), time.Date(2261, 12, 31, 0, 0, 0, 0, time.UTC)}[rng.IntN(4)]
	}
	for i := range rows {
		e.text.Append(text())
		e.word.Append(text())
		e.number.Append(uint64(i))
		e.flag.Append(uint8(rng.IntN(2)))
		e.bytes.Append([]byte{byte(i), 0, 1, 255})
		e.instant.Append(instant())
		e.perhaps.Add(instant())
		for range rng.IntN(4) {
			e.words.Values.Append(text())
			e.signs.Values.Append(int8(rng.IntN(256) - 128))
			e.flags.Values.Append(uint8(rng.IntN(2)))
			e.numbers.Values.Append(rng.Uint64())
			e.quantities.Values.Append([]float64{0, -1.5, math.MaxFloat64, rng.Float64()}[rng.IntN(4)])
			e.instants.Values.Append(instant())
			var some []time.Time
			for range rng.IntN(3) {
				some = append(some, instant())
			}
			e.deeds.Values.Append(some)
		}
		for _, list := range []interface{ End() }{e.words, e.signs, e.flags, e.numbers, e.quantities, e.instants, e.deeds} {
			list.End()
		}
	}
}

// What is sent encoded here and what the driver sends are the same rows, whatever is
// in them, and both ways of reading give them back.
func TestBothWaysMoveTheSameRows(t *testing.T) {
	conn, ctx := enginetest.Conn(t), t.Context()
	for n, size := range []struct{ rows, words int }{{1, 1}, {300, 3}, {9_000, 700}, {300_000, 100_000}} {
		for _, inside := range []bool{true, false} {
			if size.rows > 10_000 && !inside {
				continue // Of so many words the driver is slow.
			}
			name := fmt.Sprintf("rows_%d_%t", n, inside)
			if err := conn.Exec(ctx, "CREATE TABLE "+name+" "+table); err != nil {
				t.Fatal(err)
			}
			e := newEverything()
			e.fill(rand.New(rand.NewPCG(1, uint64(n))), size.rows, size.words)
			if err := e.set.Insert(ctx, conn, inside, "INSERT INTO "+name+" ("+names+")"); err != nil {
				t.Fatal(err)
			}
			var stored uint64
			if err := conn.QueryRow(ctx, "SELECT count() FROM "+name).Scan(&stored); err != nil || stored != uint64(size.rows) {
				t.Fatalf("%s: %d rows, %v", name, stored, err)
			}
			wantRows(t, conn, e, name)
		}
		if size.rows > 10_000 {
			continue
		}
		var differ uint64
		query := fmt.Sprintf("SELECT count() FROM (SELECT %[1]s FROM rows_%[2]d_true EXCEPT SELECT %[1]s FROM rows_%[2]d_false)", names, n)
		if err := conn.QueryRow(ctx, query).Scan(&differ); err != nil || differ > 0 {
			t.Errorf("%d rows of %d differ, %v", differ, size.rows, err)
		}
	}
}

// wantRows reads the flat columns of a table in both ways.
func wantRows(t *testing.T, conn driver.Conn, want *everything, name string) {
	t.Helper()
	for _, inside := range []bool{true, false} {
		var got columns.Set
		text, word, number, flag := got.Text("text"), got.Text("word"), got.Number("number"), got.Flag("flag")
		bytes, instant, perhaps := got.Bytes("bytes", 4), got.Instant("instant"), got.Perhaps("perhaps")
		at := 0
		err := got.Query(t.Context(), conn, inside, func() error {
			for i := range got.Rows() {
				have := []any{text.Row(i), word.Row(i), number.Row(i), flag.Row(i), string(bytes.Row(i)), instant.Row(i), perhaps.Row(i)}
				wanted := []any{
					want.text.Row(at), want.word.Row(at), want.number.Row(at), want.flag.Row(at), string(want.bytes.Row(at)), want.instant.Row(at), want.perhaps.Row(at),
				}
				if !slices.Equal(wanted, have) {
					return fmt.Errorf("row %d: -want +got\n%s", at, cmp.Diff(wanted, have))
				}
				at++
			}
			return nil
		}, "SELECT "+read+" FROM "+name+" WHERE number >= ? ORDER BY number", 0)
		if err != nil || at != want.set.Rows() {
			t.Fatalf("%s, inside %t: %d rows of %d, %v", name, inside, at, want.set.Rows(), err)
		}
	}
}

// An answer that fails in its midst is an error, and never a part that is taken for
// the whole.
func TestAnAnswerThatBreaksOffIsAnError(t *testing.T) {
	conn := enginetest.Conn(t)
	for _, inside := range []bool{true, false} {
		var got columns.Set
		got.Number("number")
		rows := 0
		err := got.Query(t.Context(), conn, inside, func() error { rows += got.Rows(); return nil },
			"SELECT number + throwIf(number = 3000000) AS number FROM numbers(4000000)")
		if err == nil || rows == 4_000_000 {
			t.Errorf("inside %t: %d rows and no error", inside, rows)
		}
		err = got.Query(t.Context(), conn, inside, func() error { return nil }, "SELECT number FROM no_such_table")
		if err == nil {
			t.Errorf("inside %t: no error for a table that is not there", inside)
		}
	}
}

// The same room is filled again and again.
func TestASetIsEmptyAfterReset(t *testing.T) {
	e, rng := newEverything(), rand.New(rand.NewPCG(2, 2))
	e.fill(rng, 100, 300)
	e.set.Reset()
	if e.set.Rows() != 0 {
		t.Fatalf("%d rows", e.set.Rows())
	}
	e.word.Append("again")
	e.word.Append("again")
	if e.word.Rows() != 2 || e.word.Row(1) != "again" {
		t.Errorf("%d words, the last %q", e.word.Rows(), e.word.Row(1))
	}
}
