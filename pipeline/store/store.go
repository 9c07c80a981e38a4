// Package store keeps events and obligations in ClickHouse. It is the only
// package with SQL, which lies beside it in files: migrations and queries.
//
// Whatever method returns without error is on disk. Reading removes duplicates
// itself, so a row that was inserted twice counts once.
package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
)

//go:embed migrations/*.sql
var migrations embed.FS

//go:embed queries/*.sql
var queries embed.FS

// LowestServer is the oldest ClickHouse that has what is used here:
// ReplacingMergeTree with a deletion mark, EXCHANGE TABLES, FINAL at speed.
const LowestServer = "25.3"

// Config says which ClickHouse to use.
type Config struct {
	// DSN is the address of a server: clickhouse://… for the native protocol,
	// http://… for HTTP. Empty with a Transport.
	DSN string
	// Transport reaches an engine inside the process.
	Transport http.RoundTripper
	// Database holds the tables; it is created when missing.
	Database string
	// MaxMemory bounds what one query may use, in bytes.
	MaxMemory uint64
	Log       *slog.Logger
}

// DefaultMaxMemory bounds a query where the configuration does not.
const DefaultMaxMemory = 4 << 30

// Store is a connection to the tables of one installation.
type Store struct {
	conn    driver.Conn
	inside  bool // the engine is in this process
	options *clickhouse.Options
	log     *slog.Logger
	sql     map[string]string
	now     func() time.Time

	attach   sync.Once
	attached any
	closing  sync.Mutex
	before   []func() error // that the connection ends
}

// Open connects, checks the server's version and brings the tables up to date.
// now is the clock by which changes of the store's own state are ordered.
func Open(ctx context.Context, cfg Config, now func() time.Time) (*Store, error) {
	if cfg.Database == "" {
		cfg.Database = "amparo"
	}
	options, err := cfg.options()
	if err != nil {
		return nil, err
	}
	if err := createDatabase(ctx, options, cfg.Database); err != nil {
		return nil, err
	}
	options.Auth.Database = cfg.Database
	conn, err := clickhouse.Open(options)
	if err != nil {
		return nil, fmt.Errorf("connect to ClickHouse: %w", err)
	}
	s := &Store{conn: conn, inside: cfg.Transport != nil, options: options, log: cfg.Log, now: now}
	if s.sql, err = Queries(queries); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		conn.Close() //nolint:errcheck // The first error is the one to report.
		return nil, err
	}
	return s, nil
}

// Close ends the connection.
func (s *Store) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	var errs []error
	for _, do := range s.before {
		errs = append(errs, do())
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

func (cfg *Config) options() (*clickhouse.Options, error) {
	options := &clickhouse.Options{}
	if cfg.DSN != "" {
		var err error
		if options, err = clickhouse.ParseDSN(cfg.DSN); err != nil {
			return nil, fmt.Errorf("read the ClickHouse address: %w", err)
		}
	}
	if cfg.Transport != nil {
		options.Protocol = clickhouse.HTTP
		options.Addr = []string{"engine.local:8123"}
		options.TransportFunc = func(*http.Transport) (http.RoundTripper, error) { return cfg.Transport, nil }
	}
	if len(options.Addr) == 0 {
		return nil, fmt.Errorf("no ClickHouse given: set an address or start the engine in this process")
	}
	memory := cfg.MaxMemory
	if memory == 0 {
		memory = DefaultMaxMemory
	}
	// Nothing that matters is left to a server's default, which changes with
	// its version.
	options.Settings = clickhouse.Settings{
		"async_insert":                                0,
		"insert_deduplicate":                          0,
		"max_insert_block_size":                       1 << 20,
		"min_insert_block_size_rows":                  1 << 20,
		"min_insert_block_size_bytes":                 256 << 20,
		"max_query_size":                              256 << 20,
		"max_memory_usage":                            memory,
		"max_bytes_before_external_sort":              memory / 2,
		"max_bytes_before_external_group_by":          memory / 2,
		"do_not_merge_across_partitions_select_final": 0,
		"optimize_read_in_order":                      1,
		"optimize_move_to_prewhere_if_final":          1, // of the sorting key alone
		// Each question names its own instants: what is compiled for one serves no other.
		"compile_expressions":           0,
		"compile_aggregate_expressions": 0,
		"compile_sort_description":      0,
		"send_progress_in_http_headers": 0,
		"wait_end_of_query":             0,
	}
	options.DialTimeout = 10 * time.Second
	options.ReadTimeout = 10 * time.Minute
	options.MaxOpenConns, options.MaxIdleConns = 8, 4
	return options, nil
}

// createDatabase connects without a database to make the one that is asked for.
func createDatabase(ctx context.Context, options *clickhouse.Options, name string) error {
	if strings.ContainsFunc(name, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		return fmt.Errorf("database name %q: use lower-case letters, digits and _", name)
	}
	plain := *options
	plain.Auth.Database = "default"
	conn, err := clickhouse.Open(&plain)
	if err != nil {
		return fmt.Errorf("connect to ClickHouse: %w", err)
	}
	defer conn.Close() //nolint:errcheck // Nothing was written through it.
	if err := checkVersion(ctx, conn); err != nil {
		return err
	}
	if err := conn.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+name); err != nil {
		return fmt.Errorf("create database %s: %w", name, classify(err))
	}
	return nil
}

func checkVersion(ctx context.Context, conn driver.Conn) error {
	var version string
	if err := conn.QueryRow(ctx, "SELECT version()").Scan(&version); err != nil {
		return fmt.Errorf("ask ClickHouse for its version: %w", classify(err))
	}
	if olderThan(version, LowestServer) {
		return fmt.Errorf("ClickHouse %s is too old: version %s or later is needed", version, LowestServer)
	}
	return nil
}

// olderThan compares the first two parts of dotted versions.
func olderThan(version, lowest string) bool {
	have, want := strings.Split(version, "."), strings.Split(lowest, ".")
	for i := range want {
		if i >= len(have) {
			return true
		}
		h, err := strconv.Atoi(have[i])
		w, _ := strconv.Atoi(want[i])
		if err != nil || h < w {
			return true
		}
		if h > w {
			return false
		}
	}
	return false
}

// migrate applies the migrations that are not yet recorded, in name order.
func (s *Store) migrate(ctx context.Context) error {
	const ledger = `CREATE TABLE IF NOT EXISTS migrations (name String, applied_at DateTime64(3, 'UTC'))
		ENGINE = MergeTree ORDER BY name SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`
	if err := s.conn.Exec(ctx, ledger); err != nil {
		return fmt.Errorf("create the ledger of migrations: %w", classify(err))
	}
	var applied []struct {
		Name string `ch:"name"`
	}
	if err := s.conn.Select(ctx, &applied, "SELECT DISTINCT name FROM migrations"); err != nil {
		return fmt.Errorf("read the ledger of migrations: %w", classify(err))
	}
	done := map[string]bool{}
	for _, m := range applied {
		done[m.Name] = true
	}
	for _, m := range migrationFiles() {
		if done[m.name] {
			continue
		}
		if err := s.conn.Exec(ctx, m.text); err != nil {
			return fmt.Errorf("apply %s: %w", m.name, classify(err))
		}
		if err := s.conn.Exec(ctx, "INSERT INTO migrations (name, applied_at) VALUES (?, now64(3))", m.name); err != nil {
			return fmt.Errorf("record %s: %w", m.name, classify(err))
		}
		s.log.Debug("migration applied", "file", m.name)
	}
	return nil
}

// A migration is one statement. Each can be applied twice without harm, so that
// one may be renamed.
type migration struct{ name, text string }

// migrationFiles are all migrations in name order.
func migrationFiles() []migration {
	entries, err := migrations.ReadDir("migrations")
	if err != nil {
		panic(err) // They are in the binary.
	}
	out := make([]migration, len(entries))
	for i, entry := range entries {
		name := "migrations/" + entry.Name()
		text, err := migrations.ReadFile(name)
		if err != nil {
			panic(err) // Nor can this be missing.
		}
		out[i] = migration{name, string(text)}
	}
	return out
}

// Queries loads the query files of a room by name.
func Queries(of fs.FS) (map[string]string, error) {
	files, err := fs.Glob(of, "queries/*.sql")
	if err != nil {
		return nil, fmt.Errorf("list queries: %w", err)
	}
	out := make(map[string]string, len(files))
	for _, file := range files {
		text, err := fs.ReadFile(of, file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", file, err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(file, "queries/"), ".sql")
		out[name] = withoutComments(string(text))
	}
	return out, nil
}

// withoutComments drops the header lines of a query file: the driver binds every
// question mark it finds, also in a comment.
func withoutComments(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	return strings.TrimSpace(strings.Join(kept, ""))
}

// Views are the texts of the views over the folded tables, by their names.
type Views map[string]string

// ReadViews reads the views as migrations wrote them.
func ReadViews() Views {
	out := Views{}
	for _, m := range migrationFiles() {
		for _, view := range []string{"obligations_at", "obligation_rows", "contributions_at", "contribution_rows"} {
			if _, text, ok := strings.Cut(m.text, "VIEW "+view+" AS\n"); ok {
				out[view] = text // The last one stands.
			}
		}
	}
	return out
}

// At is what the view of a table says at an instant of other rows of its form, given by a
// query: the rule that the migration wrote is the only one.
func (v Views) At(table string, asOf time.Time, rows string) string {
	return "(" + strings.NewReplacer("FROM "+rowsView(table), "FROM ("+rows+")", "{as_of:Int64}", fmt.Sprintf("toInt64(%d)", asOf.UnixMilli())).
		Replace(v[table+"_at"]) + ")"
}

// Rows are the rows of a table as they are counted, of what is stored of it where a condition
// holds.
func (v Views) Rows(table, condition string) string {
	return "(" + strings.ReplaceAll(v[rowsView(table)], "FROM "+table+" FINAL", "FROM (SELECT * FROM "+table+" FINAL WHERE "+condition+")") + ")"
}

// rowsView is the view of the rows of a table as they are counted.
func rowsView(table string) string { return strings.TrimSuffix(table, "s") + "_rows" }
