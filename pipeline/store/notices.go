package store

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// An Announcement is one notice about an obligation, as the stream of notices
// has it.
type Announcement struct {
	obligation.Key
	Kind  string
	DueAt time.Time
	Seq   uint64 // in the stream of notices
}

// PendingUntil gives the obligations of some kinds that only time decides, that
// lapse after one instant and are due by another, in pieces of bounded size.
func (s *Store) PendingUntil(ctx context.Context, kinds []law.Kind, lapseAfter, dueBy time.Time, piece func([]obligation.Obligation) error) error {
	rows, err := s.conn.Query(ctx, s.sql["pending_until"], texts(kinds), lapseAfter.UnixMilli(), dueBy.UnixMilli())
	if err != nil {
		return fmt.Errorf("read pending obligations: %w", classify(err))
	}
	if err := inPieces(rows, piece); err != nil {
		return fmt.Errorf("read pending obligations: %w", err)
	}
	return nil
}

// ObligationsOf returns all obligations of some cases.
func (s *Store) ObligationsOf(ctx context.Context, caseIDs []string) ([]obligation.Obligation, error) {
	var out []obligation.Obligation
	for part := range chunks(caseIDs, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["obligations_of"], part)
		if err != nil {
			return nil, fmt.Errorf("read the obligations of %d cases: %w", len(part), classify(err))
		}
		if err := inPieces(rows, func(o []obligation.Obligation) error { out = append(out, o...); return nil }); err != nil {
			return nil, fmt.Errorf("read the obligations of %d cases: %w", len(part), err)
		}
	}
	return out, nil
}

// inPieces scans obligations and hands them on, historyChunk at a time.
func inPieces(rows driver.Rows, piece func([]obligation.Obligation) error) error {
	defer rows.Close() //nolint:errcheck // finish reports what matters.
	var part []obligation.Obligation
	for rows.Next() {
		o, err := ScanObligation(rows)
		if err != nil {
			return err
		}
		if part = append(part, o); len(part) == historyChunk {
			if err := piece(part); err != nil {
				return err
			}
			part = nil
		}
	}
	if err := finish(rows); err != nil {
		return err
	}
	if len(part) == 0 {
		return nil
	}
	return piece(part)
}

func texts(kinds []law.Kind) []string {
	out := make([]string, len(kinds))
	for i, k := range kinds {
		out[i] = string(k)
	}
	return out
}

// ChangedCases returns the cases of which an obligation was written, or taken
// away, by a fold that had seen an event after a stream sequence.
func (s *Store) ChangedCases(ctx context.Context, version uint64) ([]string, error) {
	return s.caseIDs(ctx, "look for changed cases", "changed_cases", version)
}

// Unannounced returns the cases in which what was last announced of an
// obligation is not how it stands at an instant. Obligations that lapsed by
// since and of which nothing was announced are left out.
func (s *Store) Unannounced(ctx context.Context, kinds []law.Kind, asOf, since time.Time) ([]string, error) {
	return s.caseIDs(ctx, "compare obligations with what was announced", "unannounced", since.UnixMilli(), asOf.UnixMilli(), texts(kinds))
}

func (s *Store) caseIDs(ctx context.Context, purpose, query string, args ...any) ([]string, error) {
	rows, err := s.conn.Query(ctx, s.sql[query], args...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", purpose, classify(err))
	}
	defer rows.Close() //nolint:errcheck // finish reports what matters.
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("%s: %w", purpose, classify(err))
		}
		ids = append(ids, id)
	}
	if err := finish(rows); err != nil {
		return nil, fmt.Errorf("%s: %w", purpose, err)
	}
	return ids, nil
}

// Announced returns what was announced about the obligations of some cases, in
// the order in which it was.
func (s *Store) Announced(ctx context.Context, caseIDs []string) (map[obligation.Key][]Announcement, error) {
	out := map[obligation.Key][]Announcement{}
	for part := range chunks(caseIDs, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["announced"], part)
		if err != nil {
			return nil, fmt.Errorf("read the notices of %d cases: %w", len(part), classify(err))
		}
		for rows.Next() {
			var a Announcement
			if err := rows.Scan(&a.CaseID, &a.Duty, &a.Instance, &a.Kind, &a.DueAt, &a.Seq); err != nil {
				rows.Close() //nolint:errcheck // The scan's error is the one to report.
				return nil, fmt.Errorf("scan notice: %w", classify(err))
			}
			out[a.Key] = append(out[a.Key], a)
		}
		if err := finish(rows); err != nil {
			return nil, fmt.Errorf("read the notices of %d cases: %w", len(part), err)
		}
	}
	return out, nil
}

// InsertAnnouncements copies notices from their stream. The caller leaves none
// out, so that LastAnnounced says how far the copy reaches.
func (s *Store) InsertAnnouncements(ctx context.Context, announced []Announcement) error {
	return s.insert(ctx, "insert_notices", len(announced), func(b driver.Batch, i int) error {
		a := &announced[i]
		return b.Append(a.CaseID, a.Duty, a.Instance, a.Kind, a.DueAt, a.Seq)
	})
}

// LastAnnounced is the sequence of the last notice that was copied, 0 when there
// is none.
func (s *Store) LastAnnounced(ctx context.Context) (uint64, error) {
	var seq uint64
	if err := s.conn.QueryRow(ctx, s.sql["last_announced"]).Scan(&seq); err != nil {
		return 0, fmt.Errorf("read how far notices were copied: %w", classify(err))
	}
	return seq, nil
}

// A Token stands for an obligation wherever its case must not be named.
type Token struct {
	Token string
	obligation.Key
}

// InsertTokens remembers what tokens stand for.
func (s *Store) InsertTokens(ctx context.Context, tokens []Token) error {
	return s.insert(ctx, "insert_tokens", len(tokens), func(b driver.Batch, i int) error {
		t := &tokens[i]
		return b.Append(t.Token, t.CaseID, t.Duty, t.Instance)
	})
}

// OpenTokens returns what tokens stand for; unknown ones are left out. Who may
// ask is for the caller to decide.
func (s *Store) OpenTokens(ctx context.Context, tokens []string) (map[string]obligation.Key, error) {
	out := make(map[string]obligation.Key, len(tokens))
	for part := range chunks(tokens, historyChunk) {
		rows, err := s.conn.Query(ctx, s.sql["open_tokens"], part)
		if err != nil {
			return nil, fmt.Errorf("open %d tokens: %w", len(part), classify(err))
		}
		for rows.Next() {
			var t Token
			if err := rows.Scan(&t.Token, &t.CaseID, &t.Duty, &t.Instance); err != nil {
				rows.Close() //nolint:errcheck // The scan's error is the one to report.
				return nil, fmt.Errorf("scan token: %w", classify(err))
			}
			out[t.Token] = t.Key
		}
		if err := finish(rows); err != nil {
			return nil, fmt.Errorf("open %d tokens: %w", len(part), err)
		}
	}
	return out, nil
}

// An Undelivered notice is one that a webhook refused for good.
type Undelivered struct {
	Webhook   string    `ch:"webhook"`
	Seq       uint64    `ch:"seq"` // in the stream of notices
	ID        string    `ch:"id"`
	Reason    string    `ch:"reason"`
	Body      string    `ch:"body"`
	RefusedAt time.Time `ch:"refused_at"`
}

// InsertUndelivered keeps what a webhook refused for good.
func (s *Store) InsertUndelivered(ctx context.Context, u Undelivered) error {
	return s.insert(ctx, "insert_undelivered", 1, func(b driver.Batch, _ int) error {
		return b.Append(u.Webhook, u.Seq, u.ID, u.Reason, u.Body, u.RefusedAt)
	})
}

// Undelivered returns what webhooks refused for good, oldest first.
func (s *Store) Undelivered(ctx context.Context) ([]Undelivered, error) {
	var out []Undelivered
	if err := s.conn.Select(ctx, &out, s.sql["undelivered"]); err != nil {
		return nil, fmt.Errorf("read undelivered notices: %w", classify(err))
	}
	return out, nil
}

// insert stores n rows in one insert that is on disk when it returns.
func (s *Store) insert(ctx context.Context, query string, n int, row func(driver.Batch, int) error) error {
	if n == 0 {
		return nil
	}
	batch, err := s.conn.PrepareBatch(ctx, s.sql[query])
	if err != nil {
		return fmt.Errorf("prepare %s of %d rows: %w", query, n, classify(err))
	}
	defer batch.Close() //nolint:errcheck // After Send there is nothing to lose.
	for i := range n {
		if err := row(batch, i); err != nil {
			return fmt.Errorf("%s: append row %d: %w", query, i+1, classify(err))
		}
	}
	if err := batch.Send(); err != nil {
		return fmt.Errorf("%s of %d rows: %w", query, n, classify(err))
	}
	return nil
}
