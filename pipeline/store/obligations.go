package store

import (
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/cespare/xxhash/v2"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store/columns"
	"amparo/schemas/event"
	"amparo/schemas/law"
)

// A Change is an obligation to be stored, or the mark that one is gone.
type Change struct {
	*obligation.Obligation
	Sides     string // of gaps, as contribution.SideOf reads it
	Catalogue string
	Version   uint64 // highest stream sequence that the fold had seen
	Gone      bool

	digest uint64 // as it was last asked for
}

// Digest is a hash of everything that is stored of the obligation, to tell
// whether a fold changed it. It is made once: nothing may be changed after it.
func (c *Change) Digest() uint64 {
	if c.digest == 0 {
		c.digest = c.sum()
	}
	return c.digest
}

func (c *Change) sum() uint64 {
	o := c.Obligation
	var room [512]byte
	b := room[:0]
	for _, s := range [...]string{
		o.CaseID, o.Duty, o.Instance, o.Regime, string(o.Kind), o.Confidence, o.Implication, o.InstitutionKind, o.Institution, o.Place, o.Risk, o.Area,
	} {
		b = append(append(b, s...), 0xff) // Which is in no text.
	}
	for _, t := range [...]time.Time{o.StartedAt, o.DueAt, o.DoneAt} {
		b = append(event.AppendInstant(b, t), 0xff)
	}
	b = append(append(b, o.Settled...), 0xff)
	for _, t := range [...]time.Time{o.LapsesFrom, o.LapsesBy} {
		b = append(event.AppendInstant(b, t), 0xff)
	}
	b = append(append(b, c.Sides...), 0xff)
	b = append(append(b, c.Catalogue...), 0xff)
	return xxhash.Sum64(b)
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
	c := obligationSets.take()
	defer obligationSets.put(c)
	c.set.Reset()
	for i := range changes {
		c.add(&changes[i])
	}
	if err := c.set.Insert(ctx, s.conn, s.inside, s.text("insert_obligations", "{table}", table)); err != nil {
		return fmt.Errorf("insert %d obligations: %w", len(changes), classify(err))
	}
	return nil
}

// obligationColumns are the columns of obligations.
type obligationColumns struct {
	set                                         columns.Set
	caseID, instance, institution               *columns.Text
	duty, regime, kind, confidence, implication *columns.Word
	institutionKind, place, risk, area, sides   *columns.Word
	settled, catalogue                          *columns.Word
	startedAt, dueAt, lapsesFrom, lapsesBy      *columns.Instants
	doneAt                                      *columns.Perhaps
	digest, version                             *columns.Number
	deleted                                     *columns.Flag
}

var obligationSets = room(func() *obligationColumns {
	c := &obligationColumns{}
	s := &c.set
	c.caseID, c.duty, c.instance, c.regime, c.kind = s.Text("case_id"), s.Word("duty"), s.Text("instance"), s.Word("regime"), s.Word("kind")
	c.confidence, c.implication, c.institutionKind = s.Word("confidence"), s.Word("implication"), s.Word("institution_kind")
	c.institution, c.place, c.risk, c.area, c.sides = s.Text("institution"), s.Word("place"), s.Word("risk"), s.Word("area"), s.Word("sides")
	c.startedAt, c.dueAt, c.doneAt = s.Instant("started_at"), s.Instant("due_at"), s.Perhaps("done_at")
	c.settled, c.lapsesFrom, c.lapsesBy = s.Word("settled"), s.Instant("lapses_from"), s.Instant("lapses_by")
	c.catalogue, c.digest, c.version, c.deleted = s.Word("catalogue"), s.Number("digest"), s.Number("version"), s.Flag("deleted")
	return c
})

func (c *obligationColumns) add(o *Change) {
	c.caseID.Append(o.CaseID)
	c.duty.Append(o.Duty)
	c.instance.Append(o.Instance)
	c.regime.Append(o.Regime)
	c.kind.Append(string(o.Kind))
	c.confidence.Append(o.Confidence)
	c.implication.Append(o.Implication)
	c.institutionKind.Append(o.InstitutionKind)
	c.institution.Append(o.Institution)
	c.place.Append(o.Place)
	c.risk.Append(o.Risk)
	c.area.Append(o.Area)
	c.sides.Append(o.Sides)
	c.startedAt.Append(o.StartedAt)
	c.dueAt.Append(o.DueAt)
	c.doneAt.Add(o.DoneAt)
	c.settled.Append(string(o.Settled))
	c.lapsesFrom.Append(o.LapsesFrom)
	c.lapsesBy.Append(o.LapsesBy)
	c.catalogue.Append(o.Catalogue)
	c.digest.Append(o.Digest())
	c.version.Append(o.Version)
	c.deleted.Append(flag(o.Gone))
}

// Known returns what is stored of the obligations of some cases: their digests
// by key.
func (s *Store) Known(ctx context.Context, caseIDs []string) (map[obligation.Key]uint64, error) {
	out := map[obligation.Key]uint64{}
	var set columns.Set
	caseID, duty, instance, digest := set.Text("case_id"), set.Text("duty"), set.Text("instance"), set.Number("digest")
	take := func() error {
		for i := range set.Rows() {
			out[obligation.Key{CaseID: caseID.Row(i), Duty: duty.Row(i), Instance: instance.Row(i)}] = digest.Row(i)
		}
		return nil
	}
	for part := range chunks(caseIDs, historyChunk) {
		if err := s.AskColumns(ctx, "known_obligations", &set, take, s.sql["known_obligations"], part); err != nil {
			return nil, err
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
			o, err := ScanObligation(rows)
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

// ScanObligation reads an obligation of whoever selects its columns in this order.
func ScanObligation(rows driver.Rows) (obligation.Obligation, error) {
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
