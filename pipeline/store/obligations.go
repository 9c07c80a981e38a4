package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Change is an obligation to be stored, or the mark that one is gone.
type Change struct {
	obligation.Obligation
	Catalogue string
	Version   uint64 // highest stream sequence that the fold had seen
	Gone      bool
}

// Digest is a hash of everything that is stored of an obligation, to tell
// whether a fold changed it.
func Digest(o *obligation.Obligation, catalogue string) uint64 {
	h := xxhash.New()
	for _, s := range []string{
		o.CaseID, o.Duty, o.Instance, o.Regime, string(o.Kind), o.Confidence, o.Implication, o.InstitutionKind, o.Institution,
		o.Place, o.Risk, o.Area, event.FormatInstant(o.StartedAt), event.FormatInstant(o.DueAt), event.FormatInstant(o.DoneAt),
		string(o.Settled), event.FormatInstant(o.LapsesFrom), event.FormatInstant(o.LapsesBy), catalogue,
	} {
		h.WriteString(s)      //nolint:errcheck,gosec // A hash never fails.
		h.Write([]byte{0xff}) //nolint:errcheck,gosec // Nor here; 0xff is in no text.
	}
	return h.Sum64()
}

// InsertObligations stores changes in one insert that is on disk when it
// returns.
func (s *Store) InsertObligations(ctx context.Context, changes []Change) error {
	return s.insertObligations(ctx, "obligations", changes)
}

func (s *Store) insertObligations(ctx context.Context, table string, changes []Change) error {
	if len(changes) == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, fmt.Sprintf(s.sql["insert_obligations"], table))
	if err != nil {
		return fmt.Errorf("prepare insert of %d obligations: %w", len(changes), classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for i := range changes {
		c := &changes[i]
		var done *time.Time
		if !c.DoneAt.IsZero() {
			done = &c.DoneAt
		}
		var gone uint8
		if c.Gone {
			gone = 1
		}
		if err := batch.Append(
			c.CaseID, c.Duty, c.Instance, c.Regime, string(c.Kind), c.Confidence, c.Implication, c.InstitutionKind, c.Institution,
			c.Place, c.Risk, c.Area, c.StartedAt, c.DueAt, done, string(c.Settled), c.LapsesFrom, c.LapsesBy,
			c.Catalogue, Digest(&c.Obligation, c.Catalogue), c.Version, gone,
		); err != nil {
			return fmt.Errorf("append obligation of %s: %w", c.Duty, classify(err))
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("insert %d obligations: %w", len(changes), classify(err))
	}
	return nil
}

// Known returns what is stored of the obligations of some cases: their digests
// by key.
func (s *Store) Known(ctx context.Context, caseIDs []string) (map[obligation.Key]uint64, error) {
	out := map[obligation.Key]uint64{}
	for part := range chunks(caseIDs, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["known_obligations"], part)
		if err != nil {
			return nil, fmt.Errorf("read the obligations of %d cases: %w", len(part), classify(err))
		}
		for rows.Next() {
			var (
				k      obligation.Key
				digest uint64
			)
			if err := rows.Scan(&k.CaseID, &k.Duty, &k.Instance, &digest); err != nil {
				rows.Close() //nolint:errcheck,gosec // The scan's error is the one to report.
				return nil, fmt.Errorf("scan obligation: %w", classify(err))
			}
			out[k] = digest
		}
		if err := finish(rows); err != nil {
			return nil, fmt.Errorf("read the obligations of %d cases: %w", len(part), err)
		}
	}
	return out, nil
}

// Obligations yields the stored obligations that have started by an instant,
// ordered by case, duty and instance.
func (s *Store) Obligations(ctx context.Context, startedBy time.Time) iter.Seq2[obligation.Obligation, error] {
	return func(yield func(obligation.Obligation, error) bool) {
		rows, err := s.conn.Query(ctx, s.sql["obligations"], startedBy)
		if err != nil {
			yield(obligation.Obligation{}, fmt.Errorf("read obligations: %w", classify(err)))
			return
		}
		defer rows.Close() //nolint:errcheck // finish reports what matters.
		for rows.Next() {
			o, err := scanObligation(rows)
			if err != nil || !yield(o, nil) {
				if err != nil {
					yield(o, err)
				}
				return
			}
		}
		if err := finish(rows); err != nil {
			yield(obligation.Obligation{}, fmt.Errorf("read obligations: %w", err))
		}
	}
}

func scanObligation(rows driver.Rows) (obligation.Obligation, error) {
	var (
		o             obligation.Obligation
		kind, settled string
		done          *time.Time
	)
	err := rows.Scan(&o.CaseID, &o.Duty, &o.Instance, &o.Regime, &kind, &o.Confidence, &o.Implication, &o.InstitutionKind,
		&o.Institution, &o.Place, &o.Risk, &o.Area, &o.StartedAt, &o.DueAt, &done, &settled, &o.LapsesFrom, &o.LapsesBy)
	if err != nil {
		return o, fmt.Errorf("scan obligation: %w", classify(err))
	}
	o.Kind, o.Settled = law.Kind(kind), obligation.Status(settled)
	if done != nil {
		o.DoneAt = *done
	}
	return o, nil
}

// A Total counts obligations that share duty, province and status at an
// instant.
type Total struct {
	Duty       string
	Kind       string
	Confidence string
	Province   string // 4 digits, or 2 where only the department is known
	Status     obligation.Status
	Every      uint64 // all
	InMonth    uint64 // due in the last closed month
	InYear     uint64 // due in the last twelve months
	FirstDue   time.Time
}

// Windows are the instants that bound the windows of Totals, each in the
// half-open form (from, to].
type Windows struct{ AsOf, MonthFrom, MonthTo, YearFrom time.Time }

// Totals counts the stored obligations as of an instant.
func (s *Store) Totals(ctx context.Context, w Windows) ([]Total, error) {
	rows, err := s.conn.Query(ctx, s.sql["totals"],
		w.AsOf.UnixMilli(), w.MonthFrom.UnixMilli(), w.MonthTo.UnixMilli(), w.YearFrom.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count obligations: %w", classify(err))
	}
	var out []Total
	for rows.Next() {
		var (
			t      Total
			status string
		)
		if err := rows.Scan(&t.Duty, &t.Kind, &t.Confidence, &t.Province, &status, &t.Every, &t.InMonth, &t.InYear, &t.FirstDue); err != nil {
			rows.Close() //nolint:errcheck,gosec // The scan's error is the one to report.
			return nil, fmt.Errorf("scan counts: %w", classify(err))
		}
		t.Status = obligation.Status(status)
		out = append(out, t)
	}
	if err := finish(rows); err != nil {
		return nil, fmt.Errorf("count obligations: %w", err)
	}
	return out, nil
}

// Lagging returns the cases whose recurring obligations have to be written
// further ahead, to reach an instant.
func (s *Store) Lagging(ctx context.Context, duties []string, until time.Time) ([]string, error) {
	if len(duties) == 0 {
		return nil, nil
	}
	var cases []struct {
		CaseID string `ch:"case_id"`
	}
	if err := s.conn.Select(ctx, &cases, s.sql["lagging_cases"], duties, until.UnixMilli()); err != nil {
		return nil, fmt.Errorf("look for lagging cases: %w", classify(err))
	}
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.CaseID
	}
	return ids, nil
}

// A Rebuild is a second table of obligations, filled beside the one in use and
// put in its place at the end.
type Rebuild struct{ s *Store }

const rebuildTable = "obligations_next"

// StartRebuild makes an empty table; what an earlier rebuild left is dropped.
func (s *Store) StartRebuild(ctx context.Context) (*Rebuild, error) {
	for _, statement := range []string{
		"DROP TABLE IF EXISTS " + rebuildTable + " SYNC",
		"CREATE TABLE " + rebuildTable + " AS obligations",
	} {
		if err := s.conn.Exec(ctx, statement); err != nil {
			return nil, fmt.Errorf("start rebuild: %w", classify(err))
		}
	}
	return &Rebuild{s}, nil
}

// Insert adds obligations to the new table.
func (r *Rebuild) Insert(ctx context.Context, changes []Change) error {
	return r.s.insertObligations(ctx, rebuildTable, changes)
}

// Finish puts the new table in the place of the old one, in one step.
func (r *Rebuild) Finish(ctx context.Context) error {
	for _, statement := range []string{
		"EXCHANGE TABLES obligations AND " + rebuildTable,
		"DROP TABLE IF EXISTS " + rebuildTable + " SYNC",
	} {
		if err := r.s.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("finish rebuild: %w", classify(err))
		}
	}
	return nil
}

// State returns a value that the store remembers about itself, "" where it has
// none.
func (s *Store) State(ctx context.Context, name string) (string, error) {
	var values []struct {
		Value string `ch:"value"`
	}
	if err := s.conn.Select(ctx, &values, "SELECT value FROM state FINAL WHERE name = ?", name); err != nil {
		return "", fmt.Errorf("read state %s: %w", name, classify(err))
	}
	if len(values) == 0 {
		return "", nil
	}
	return values[0].Value, nil
}

// SetState remembers a value.
func (s *Store) SetState(ctx context.Context, name, value string) error {
	if err := s.conn.Exec(ctx, "INSERT INTO state (name, value, changed_at) VALUES (?, ?, fromUnixTimestamp64Milli(toInt64(?), 'UTC'))",
		name, value, s.now().UnixMilli()); err != nil {
		return fmt.Errorf("write state %s: %w", name, classify(err))
	}
	return nil
}

// A Number is one value of a snapshot with its labels.
type Number struct {
	Name   string
	Labels map[string]string
	Value  float64
}

// InsertSnapshot keeps the numbers of one refresh.
func (s *Store) InsertSnapshot(ctx context.Context, asOf time.Time, catalogue string, numbers []Number) error {
	batch, err := s.conn.PrepareBatch(ctx, "INSERT INTO snapshots (as_of, catalogue, name, labels, value)")
	if err != nil {
		return fmt.Errorf("prepare snapshot: %w", classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for _, n := range numbers {
		if err := batch.Append(asOf, catalogue, n.Name, sortedLabels(n.Labels), n.Value); err != nil {
			return fmt.Errorf("append %s: %w", n.Name, classify(err))
		}
	}
	return classify(batch.Send())
}

// Add counts one obligation by its due date; the query does the same for those
// that are stored.
func (t *Total) Add(due time.Time, w Windows) {
	t.Every++
	if due.After(w.MonthFrom) && !due.After(w.MonthTo) {
		t.InMonth++
	}
	if due.After(w.YearFrom) && !due.After(w.AsOf) {
		t.InYear++
	}
	if due.Before(t.FirstDue) {
		t.FirstDue = due
	}
}
