package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/ClickHouse/clickhouse-go/v2"

	"golang.org/x/sync/errgroup"

	"amparo/pipeline/contribution"
)

// Rows are what is stored of subjects that were folded.
type Rows struct {
	Obligations   []Change
	Contributions []Contributions
	// Cases are all that were judged, whether it changed anything or not. Where a crash
	// kept an earlier insert from being noted, nothing else would tell.
	Cases []string
}

// Add adds what a subject comes to, as folded up to a stream sequence under a
// catalogue.
func (r *Rows) Add(j *contribution.Judged, catalogue string, version uint64) {
	if j.CaseID != "" {
		r.Cases = append(r.Cases, j.CaseID)
	}
	for i := range j.Obligations {
		r.Obligations = append(r.Obligations, Change{Obligation: &j.Obligations[i], Sides: j.Sides[i], Catalogue: catalogue, Version: version})
	}
	for role, rows := range j.Roles() {
		r.Contributions = append(r.Contributions, Contributions{CaseID: j.CaseID, Role: role, Rows: rows, Catalogue: catalogue, Version: version})
	}
}

// Insert stores rows, on disk when it returns, and notes which cases were judged.
func (s *Store) Insert(ctx context.Context, r Rows) error {
	if err := s.insertRows(ctx, func(table string) string { return table }, r); err != nil {
		return err
	}
	return s.noteJudged(ctx, r.Cases)
}

// insertRows stores rows in the tables that name gives, side by side.
func (s *Store) insertRows(ctx context.Context, name func(table string) string, r Rows) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.insertObligations(ctx, name("obligations"), r.Obligations) })
	group.Go(func() error { return s.insertContributions(ctx, name("contributions"), r.Contributions) })
	return group.Wait()
}

// A spare is room that one insert leaves to the next: what is filled again and again
// need not be made anew. A few are kept, of whoever works at once.
type spare[T any] struct {
	kept chan T
	anew func() T
}

func room[T any](anew func() T) spare[T] { return spare[T]{make(chan T, 2), anew} }

func (s spare[T]) take() T {
	select {
	case kept := <-s.kept:
		return kept
	default:
		return s.anew()
	}
}

func (s spare[T]) put(used T) {
	select {
	case s.kept <- used:
	default:
	}
}

// foldedTables hold what is folded from events.
var foldedTables = []string{"obligations", "contributions"}

// A Rebuild is a second set of the folded tables, filled beside those in use and
// put in their place at the end. It is for one goroutine.
//
// Its parts are merged at the end: while it is filled, each row would be merged two
// or three times.
type Rebuild struct {
	s       *Store
	inserts int
}

// mostUnmerged is after how many inserts parts are merged all the same: ClickHouse
// slows inserts down where a table has a thousand.
const mostUnmerged = 500

// next is the name of a table while it is filled.
func next(table string) string { return table + "_next" }

// StartRebuild makes empty tables; what an earlier rebuild left is dropped.
func (s *Store) StartRebuild(ctx context.Context) (*Rebuild, error) {
	for _, table := range foldedTables {
		for _, statement := range []string{
			"DROP TABLE IF EXISTS " + next(table) + " SYNC",
			"CREATE TABLE " + next(table) + " AS " + table,
			"SYSTEM STOP MERGES " + next(table),
		} {
			if err := s.conn.Exec(ctx, statement); err != nil {
				return nil, fmt.Errorf("start rebuild: %w", classify(err))
			}
		}
	}
	return &Rebuild{s: s}, nil
}

// Insert adds rows to the new tables.
func (r *Rebuild) Insert(ctx context.Context, rows Rows) error {
	if r.inserts++; r.inserts == mostUnmerged {
		if err := r.merge(ctx); err != nil {
			return err
		}
	}
	return r.s.insertRows(ctx, next, rows)
}

// merge lets ClickHouse merge the parts of the new tables.
func (r *Rebuild) merge(ctx context.Context) error {
	for _, table := range foldedTables {
		if err := r.s.conn.Exec(ctx, "SYSTEM START MERGES "+next(table)); err != nil {
			return fmt.Errorf("let rebuilt tables be merged: %w", classify(err))
		}
	}
	return nil
}

// Finish puts each new table in the place of the old one, in one step. No count goes on
// from what stood before.
func (r *Rebuild) Finish(ctx context.Context) error {
	if err := errors.Join(r.s.noteJudged(ctx, everything), r.merge(ctx)); err != nil {
		return err
	}
	for _, table := range foldedTables {
		for _, statement := range []string{
			"EXCHANGE TABLES " + table + " AND " + next(table),
			"DROP TABLE IF EXISTS " + next(table) + " SYNC",
		} {
			if err := r.s.conn.Exec(ctx, statement); err != nil {
				return fmt.Errorf("finish rebuild: %w", classify(err))
			}
		}
	}
	return r.s.noteJudged(ctx, everything)
}

// A Scratch is a database of its own with empty folded tables, for questions that
// what is stored does not answer: they are folded into it and asked of it in the
// same words. It is gone when it is closed.
type Scratch struct {
	*Store
	name  string
	owner *Store
}

// scratchPrefix begins the names of scratch databases.
const scratchPrefix = "amparo_scratch_"

// Scratch makes a scratch database. One that was left behind by a process that was
// killed is dropped after a day.
func (s *Store) Scratch(ctx context.Context) (*Scratch, error) {
	if err := s.dropOldScratch(ctx); err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%s%d_%08x", scratchPrefix, s.now().Unix(), rand.Uint32()) //nolint:gosec // A name, not a secret.
	if err := s.conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, fmt.Errorf("make a scratch database: %w", classify(err))
	}
	out := &Scratch{name: name, owner: s}
	options := *s.options
	options.Auth.Database = name
	conn, err := clickhouse.Open(&options)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open a scratch database: %w", err), out.drop(ctx))
	}
	out.Store = &Store{conn: conn, inside: s.inside, options: &options, log: s.log, sql: s.sql, now: s.now}
	for _, statement := range scratchTables() {
		if err := conn.Exec(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("make scratch tables: %w", classify(err)), out.Close(ctx))
		}
	}
	return out, nil
}

// Insert stores rows. Nobody counts on from a scratch.
func (s *Scratch) Insert(ctx context.Context, r Rows) error {
	return s.insertRows(ctx, func(table string) string { return table }, r)
}

// Close drops the database, even where the context has ended.
func (s *Scratch) Close(ctx context.Context) error {
	s.conn.Close() //nolint:errcheck // Nothing is under way.
	return s.drop(ctx)
}

func (s *Scratch) drop(ctx context.Context) error {
	if err := s.owner.conn.Exec(context.WithoutCancel(ctx), "DROP DATABASE IF EXISTS "+s.name+" SYNC"); err != nil {
		return fmt.Errorf("drop a scratch database: %w", classify(err))
	}
	return nil
}

// dropOldScratch drops scratch databases that are a day old.
func (s *Store) dropOldScratch(ctx context.Context) error {
	var databases []struct {
		Name string `ch:"name"`
	}
	if err := s.conn.Select(ctx, &databases, "SELECT name FROM system.databases WHERE startsWith(name, ?)", scratchPrefix); err != nil {
		return fmt.Errorf("look for old scratch databases: %w", classify(err))
	}
	for _, d := range databases {
		var made int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(d.Name, scratchPrefix), "%d_", &made); err != nil || s.now().Unix()-made < 24*60*60 {
			continue
		}
		if err := s.conn.Exec(ctx, "DROP DATABASE IF EXISTS "+d.Name+" SYNC"); err != nil {
			return fmt.Errorf("drop an old scratch database: %w", classify(err))
		}
	}
	return nil
}

// scratchTables are the migrations that make the folded tables and their views.
// What is in them may be lost at any time: it is not flushed.
func scratchTables() []string {
	var out []string
	for _, m := range migrationFiles() {
		if strings.Contains(m.name, "obligation") || strings.Contains(m.name, "contribution") {
			unflushed := strings.NewReplacer("fsync_after_insert = 1", "fsync_after_insert = 0", "fsync_part_directory = 1", "fsync_part_directory = 0")
			out = append(out, unflushed.Replace(m.text))
		}
	}
	return out
}
