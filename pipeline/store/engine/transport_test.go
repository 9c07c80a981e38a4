package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"amparo/pipeline/store/engine"
	"amparo/pipeline/store/engine/enginetest"
)

const eventsTable = `CREATE TABLE events (id UInt64, case_id String, at DateTime64(3, 'UTC'), note Nullable(String), tags Array(LowCardinality(String)))
	ENGINE = MergeTree ORDER BY (case_id, id)`

func execute(tb testing.TB, conn clickhouse.Conn, sql string) {
	tb.Helper()
	if err := conn.Exec(tb.Context(), sql); err != nil {
		tb.Fatal(err)
	}
}

func count(tb testing.TB, conn clickhouse.Conn, sql string) uint64 {
	tb.Helper()
	var n uint64
	if err := conn.QueryRow(tb.Context(), sql).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// insertEvents inserts n events whose ids begin at first.
func insertEvents(ctx context.Context, conn clickhouse.Conn, first, n int) error {
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO events (id, case_id, at, note, tags)")
	if err != nil {
		return err
	}
	at := time.Date(2024, 3, 1, 15, 15, 0, 0, time.UTC)
	for i := first; i < first+n; i++ {
		var note *string
		if text := fmt.Sprint("ñandú ", i); i%2 == 0 {
			note = &text
		}
		if err := batch.Append(uint64(i), fmt.Sprintf("c-%d", i%1000), at.Add(time.Duration(i)*time.Second), note, []string{"a", "b"}); err != nil {
			return err
		}
	}
	return batch.Send()
}

func wantException(tb testing.TB, err error, code int32) {
	tb.Helper()
	var exception *clickhouse.Exception
	if !errors.As(err, &exception) || exception.Code != code {
		tb.Fatalf("got error %v, want ClickHouse's exception %d", err, code)
	}
}

func TestBatchOf200000RowsArrivesWhole(t *testing.T) {
	conn := enginetest.Conn(t)
	execute(t, conn, eventsTable)
	if err := insertEvents(t.Context(), conn, 0, 200_000); err != nil {
		t.Fatal(err)
	}
	if n := count(t, conn, "SELECT count() FROM events"); n != 200_000 {
		t.Errorf("%d rows, want 200000", n)
	}
	var (
		caseID string
		at     time.Time
		note   *string
		tags   []string
	)
	row := conn.QueryRow(t.Context(), "SELECT case_id, at, note, tags FROM events WHERE id = ?", 12_346)
	if err := row.Scan(&caseID, &at, &note, &tags); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2024, 3, 1, 18, 40, 46, 0, time.UTC); caseID != "c-346" || !at.Equal(want) || note == nil || *note != "ñandú 12346" || len(tags) != 2 {
		t.Errorf("got %q %v %v %v", caseID, at, note, tags)
	}
}

func TestSelectOfAMillionRowsStreams(t *testing.T) {
	conn := enginetest.Conn(t)
	rows, err := conn.Query(t.Context(), "SELECT number, toString(number) FROM numbers(1000000)")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var seen, sum uint64
	for rows.Next() {
		var number uint64
		var text string
		if err := rows.Scan(&number, &text); err != nil {
			t.Fatal(err)
		}
		seen++
		sum += number
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if seen != 1_000_000 || sum != 499_999_500_000 {
		t.Errorf("%d rows with the sum %d", seen, sum)
	}
}

func TestInsertsAndSelectsRunInParallel(t *testing.T) {
	conn := enginetest.Conn(t)
	execute(t, conn, eventsTable)
	const batches, size = 5, 2_000
	var wait sync.WaitGroup
	for writer := range 2 {
		wait.Go(func() {
			for b := range batches {
				if err := insertEvents(t.Context(), conn, (writer*batches+b)*size, size); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for reader := range 4 {
		wait.Go(func() {
			for i := range 25 {
				var n uint64
				var echo string
				want := fmt.Sprintf("%d-%d", reader, i)
				ctx := clickhouse.Context(t.Context(), clickhouse.WithParameters(clickhouse.Parameters{"echo": want}))
				if err := conn.QueryRow(ctx, "SELECT count(), {echo:String} FROM events").Scan(&n, &echo); err != nil {
					t.Error(err)
					return
				}
				if n%size != 0 {
					t.Errorf("%d rows are visible: a part of a batch", n)
				}
				if echo != want {
					t.Errorf("parameter %q instead of %q: parameters of another request", echo, want)
				}
			}
		})
	}
	wait.Wait()
	if n := count(t, conn, "SELECT count() FROM events"); n != 2*batches*size {
		t.Errorf("%d rows, want %d", n, 2*batches*size)
	}
}

func TestSettingsApplyToOneRequest(t *testing.T) {
	options := enginetest.Options(t)
	options.MaxOpenConns = 1
	conn, err := clickhouse.Open(options)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	with := func(s clickhouse.Settings) context.Context {
		return clickhouse.Context(t.Context(), clickhouse.WithSettings(s))
	}
	threads := func(ctx context.Context) (n string) {
		if err := conn.QueryRow(ctx, "SELECT toString(getSetting('max_threads'))").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := threads(t.Context())
	if got := threads(with(clickhouse.Settings{"max_threads": 7})); got != "7" {
		t.Errorf("max_threads is %s, want 7", got)
	}
	if got := threads(t.Context()); got != before {
		t.Errorf("max_threads is %s in the next request, want %s", got, before)
	}

	execute(t, conn, "CREATE TABLE latest (k UInt8, v UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY k")
	execute(t, conn, "SYSTEM STOP MERGES latest")
	execute(t, conn, "INSERT INTO latest VALUES (1, 1)")
	execute(t, conn, "INSERT INTO latest VALUES (1, 2)")
	var n uint64
	if err := conn.QueryRow(with(clickhouse.Settings{"final": 1}), "SELECT count() FROM latest").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows with final (%v), want 1", n, err)
	}
	if n := count(t, conn, "SELECT count() FROM latest"); n != 2 {
		t.Errorf("%d rows without final, want 2", n)
	}

	_, err = conn.Query(with(clickhouse.Settings{"max_result_rows": 10, "result_overflow_mode": "throw"}), "SELECT number FROM numbers(1000)")
	wantException(t, err, 396)
	_, err = conn.Query(with(clickhouse.Settings{"no_such_setting": 1}), "SELECT 1")
	wantException(t, err, 115)
	_, err = conn.Query(with(clickhouse.Settings{"max_threads = 1, final": 1}), "SELECT 1")
	wantException(t, err, 115)

	execute(t, conn, "SET max_threads = 5")
	execute(t, conn, "USE system")
	if got := threads(t.Context()); got != before {
		t.Errorf("max_threads is %s after SET in another request, want %s", got, before)
	}
	var database string
	if err := conn.QueryRow(t.Context(), "SELECT currentDatabase()").Scan(&database); err != nil || database != options.Auth.Database {
		t.Errorf("database %q (%v) after USE in another request, want %q", database, err, options.Auth.Database)
	}
}

func TestExceptionsKeepTheirCode(t *testing.T) {
	conn := enginetest.Conn(t)
	for _, test := range []struct {
		name, sql string
		code      int32
	}{
		{"unknown table", "SELECT * FROM nowhere", 60},
		{"syntax", "SELEKT 1", 62},
		{"several statements", "SELECT 1; SELECT 2", 62},
		{"unknown table in DDL", "DROP TABLE nowhere", 60},
		{"failure before the first row", "SELECT throwIf(1)", 395},
		{"user management", "CREATE USER someone", 497},
	} {
		t.Run(test.name, func(t *testing.T) {
			rows, err := conn.Query(t.Context(), test.sql)
			if err == nil {
				rows.Close()
			}
			wantException(t, err, test.code)
		})
	}

	t.Run("failure after many rows", func(t *testing.T) {
		rows, err := conn.Query(t.Context(), "SELECT throwIf(number = 2000000) FROM numbers(3000000)")
		if err != nil {
			t.Fatal(err)
		}
		seen := 0
		for rows.Next() {
			seen++
		}
		if seen == 0 {
			t.Error("no rows before the failure: the result was not streamed")
		}
		wantException(t, rows.Err(), 395)
	})
}

func TestBadRowFailsOnlyItsInsert(t *testing.T) {
	conn := enginetest.Conn(t)
	execute(t, conn, "CREATE TABLE checked (n UInt64, CONSTRAINT small CHECK n < 10) ENGINE = MergeTree ORDER BY n")
	for round := range 10 {
		batch, err := conn.PrepareBatch(t.Context(), "INSERT INTO checked (n)")
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(batch.Append(uint64(1)), batch.Append(uint64(11))); err != nil {
			t.Fatal(err)
		}
		wantException(t, batch.Send(), 469)
		wantException(t, conn.Exec(t.Context(), "INSERT INTO checked VALUES (1), ('x')"), 6)

		execute(t, conn, "INSERT INTO checked VALUES (1 + 1), (3)")
		if n := count(t, conn, "SELECT count() FROM checked"); n != uint64(2*(round+1)) {
			t.Fatalf("%d rows after round %d, want %d", n, round, 2*(round+1))
		}
	}
	t.Run("unknown table", func(t *testing.T) {
		wantException(t, conn.Exec(t.Context(), "INSERT INTO nowhere VALUES (1)"), 60)
	})
}

func TestCancelledContextEndsTheStatement(t *testing.T) {
	conn := enginetest.Conn(t)
	execute(t, conn, "CREATE TABLE numbers (n UInt64) ENGINE = MergeTree ORDER BY n")
	const endless = "SELECT count() FROM numbers_mt(1000000000000) WHERE sipHash64(number) = 1"
	running := func() uint64 {
		return count(t, conn, "SELECT count() FROM system.processes WHERE query LIKE '%1000000000000%' AND query NOT LIKE '%system.processes%'")
	}
	for _, sql := range []string{endless, "INSERT INTO numbers " + endless} {
		t.Run(strings.Fields(sql)[0], func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			failed := make(chan error)
			go func() { failed <- conn.Exec(ctx, sql) }()
			await(t, "the statement to begin", func() bool { return running() == 1 })
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Errorf("got error %v, want the context's", err)
			}
			await(t, "the statement to end", func() bool { return running() == 0 })
		})
	}
	t.Run("in the middle of a result", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		rows, err := conn.Query(ctx, "SELECT number FROM system.numbers WHERE 1000000000000 > 0")
		if err != nil {
			t.Fatal(err)
		}
		if !rows.Next() {
			t.Fatal("no first row:", rows.Err())
		}
		cancel()
		for rows.Next() {
			continue
		}
		if err := rows.Err(); !errors.Is(err, context.Canceled) {
			t.Errorf("got error %v, want the context's", err)
		}
		await(t, "the statement to end", func() bool { return running() == 0 })
	})
	if n := count(t, conn, "SELECT count() FROM numbers"); n != 0 {
		t.Errorf("%d rows of a cancelled insert", n)
	}
}

// await asks until the answer is yes; the test's own deadline ends a wait that
// is in vain.
func await(tb testing.TB, what string, done func() bool) {
	tb.Helper()
	for !done() {
		if tb.Context().Err() != nil {
			tb.Fatal("waited in vain for", what)
		}
	}
}

func TestWaitingForTheEndTellsALateFailureByStatus(t *testing.T) {
	e := enginetest.Open(t)
	for _, test := range []struct {
		name, wait string
		want       int
	}{{"held back", "1", http.StatusInternalServerError}, {"streamed", "0", http.StatusOK}} {
		t.Run(test.name, func(t *testing.T) {
			request := httptest.NewRequest(http.MethodPost, "/?wait_end_of_query="+test.wait,
				strings.NewReader("SELECT throwIf(number = 900000) FROM numbers(1000000)"))
			response, err := e.Transport().RoundTrip(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.want {
				t.Errorf("status %d, want %d", response.StatusCode, test.want)
			}
		})
	}
}

func TestNilDereferenceStaysAPanic(t *testing.T) {
	enginetest.Open(t)
	defer func() {
		if recover() == nil {
			t.Error("no panic: the engine took over the signal")
		}
	}()
	var nobody *engine.Config
	_ = nobody.Dir
}
