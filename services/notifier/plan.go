package notifier

import (
	"context"
	"maps"
	"slices"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
)

// plan looks once for what is to be announced: among the obligations that
// changed, and when it is time among those that fall due soon and among all. It
// is the only one who reads obligations, and who copies notices into the store
// before it does.
func (s *Service) plan(ctx context.Context) error {
	if err := s.copyNotices(ctx); err != nil {
		return err
	}
	now := s.clock.now()
	sweep, audit := !now.Before(s.sweepAt), !now.Before(s.auditAt)
	if sweep {
		if err := s.followCatalogue(ctx); err != nil {
			return err
		}
		s.book.extend(s.mark.since, now.Add(s.cfg.Window))
	}
	// The position is read before the obligations: what is judged in between is
	// looked at twice.
	judged, err := s.deps.Judged(ctx)
	if err != nil {
		return err
	}
	if audit {
		if err := s.audit(ctx, now); err != nil {
			return err
		}
		s.auditAt = now.Add(s.cfg.AuditEvery)
	} else if s.judged > 0 || judged > 0 { // Before the first position is known, the audit is all there is.
		if err := s.poll(ctx, now); err != nil {
			return err
		}
	}
	s.judged = judged
	if sweep {
		if err := s.sweep(ctx, now); err != nil {
			return err
		}
		s.sweepAt = now.Add(s.cfg.SweepEvery)
	}
	s.signal()
	return s.advance(ctx, now, sweep)
}

// signal wakes the announcer.
func (s *Service) signal() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// advance notes until when all is announced.
func (s *Service) advance(ctx context.Context, now time.Time, keep bool) error {
	n, next := s.book.waiting()
	s.deps.Metrics.pending.Set(float64(n))
	if !next.IsZero() && next.Before(now) {
		now = next
	} else if n > 0 && next.IsZero() {
		return nil // Some are due at once or on the way.
	}
	if !now.After(s.mark.until) {
		return nil
	}
	s.deps.Metrics.lastSuccess.Set(float64(now.Unix()))
	if !keep {
		return nil
	}
	s.mark.until = now.Truncate(time.Millisecond)
	return s.deps.Store.SetState(ctx, stateUntil, s.mark.until.UTC().Format(time.RFC3339Nano))
}

// followCatalogue notices that all was judged again under another law. What
// lapsed before that is not announced anew: the facts have not changed.
func (s *Service) followCatalogue(ctx context.Context) error {
	label, err := s.deps.Store.JudgedBy(ctx)
	if err != nil || label == s.mark.catalogue {
		return err
	}
	if s.mark.catalogue != "" {
		if s.mark.until.After(s.mark.since) {
			s.mark.since = s.mark.until
		}
		s.deps.Logger.Warn("the catalogue has changed: what lapsed before is not announced anew", "before", s.mark.catalogue, "now", label, "since", s.mark.since)
	}
	s.mark.catalogue = label
	return s.keepMark(ctx)
}

// audit compares everything with what was announced.
func (s *Service) audit(ctx context.Context, now time.Time) error {
	ids, err := s.deps.Store.Unannounced(ctx, s.deps.Leads.Kinds, now, s.mark.since)
	if err != nil {
		return err
	}
	return s.lookAt(ctx, ids, now, time.Time{})
}

// poll looks at the cases that were judged since the last time.
func (s *Service) poll(ctx context.Context, now time.Time) error {
	ids, err := s.deps.Store.ChangedCases(ctx, s.judged)
	if err != nil {
		return err
	}
	return s.lookAt(ctx, ids, now, now)
}

// chunkCases bounds how many cases are in memory at once.
const chunkCases = 10_000

// lookAt puts all obligations of some cases into the book.
func (s *Service) lookAt(ctx context.Context, ids []string, now, learned time.Time) error {
	for part := range slices.Chunk(ids, chunkCases) {
		rows, err := s.deps.Store.ObligationsOf(ctx, part)
		if err != nil {
			return err
		}
		said, err := s.deps.Store.Announced(ctx, part)
		if err != nil {
			return err
		}
		if err := s.put(ctx, withGone(entriesOf(rows, said, learned), said, now), now); err != nil {
			return err
		}
	}
	return nil
}

// entriesOf joins obligations with their notices, which it takes out of said.
func entriesOf(rows []obligation.Obligation, said map[obligation.Key][]store.Announcement, learned time.Time) []*entry {
	entries := make([]*entry, len(rows))
	for i := range rows {
		e := &entry{row: rows[i], learned: learned, index: -1}
		for _, a := range said[rows[i].Key()] {
			e.history = e.history.With(a)
		}
		delete(said, rows[i].Key())
		entries[i] = e
	}
	return entries
}

// withGone adds the obligations that were announced and are no longer there.
func withGone(entries []*entry, said map[obligation.Key][]store.Announcement, now time.Time) []*entry {
	for _, key := range slices.SortedFunc(maps.Keys(said), compareKeys) {
		e := &entry{goneAt: now, learned: now, index: -1}
		e.row.CaseID, e.row.Duty, e.row.Instance = key.CaseID, key.Duty, key.Instance
		for _, a := range said[key] {
			e.history = e.history.With(a)
			e.row.DueAt = a.DueAt
		}
		entries = append(entries, e)
	}
	return entries
}

// sweep puts into the book what falls due, or has its warning, within the
// window, and looks again at what was missing.
func (s *Service) sweep(ctx context.Context, now time.Time) error {
	until := now.Add(s.cfg.Window)
	from := s.horizon.Add(-2 * s.cfg.SweepEvery)
	if s.firstSweep {
		from = time.Time{}
	}
	err := s.deps.Store.PendingUntil(ctx, s.deps.Leads.Kinds, now.Add(-s.cfg.Window), until.Add(s.longLeads), func(rows []obligation.Obligation) error {
		rows = slices.DeleteFunc(rows, func(o obligation.Obligation) bool { return !s.within(&o, from, until) })
		ids := make([]string, len(rows))
		for i := range rows {
			ids[i] = rows[i].CaseID
		}
		said, err := s.deps.Store.Announced(ctx, unique(ids))
		if err != nil {
			return err
		}
		return s.put(ctx, entriesOf(rows, said, time.Time{}), now)
	})
	if err != nil {
		return err
	}
	if err := s.lookAt(ctx, unique(s.book.gone()), now, now); err != nil {
		return err
	}
	s.horizon, s.firstSweep = until, false
	return nil
}

// within reports whether the warning or the end of a pending obligation lies in
// a span. What lies before it has been in the book already.
func (s *Service) within(o *obligation.Obligation, from, until time.Time) bool {
	warn := o.DueAt.Add(-s.deps.Leads.For(o))
	return o.LapsesBy.After(from) && !o.LapsesBy.After(until) || warn.After(from) && !warn.After(until)
}

// put writes down what the tokens of entries stand for that may soon leave the
// house, and then takes the entries into the book.
func (s *Service) put(ctx context.Context, entries []*entry, now time.Time) error {
	wanted := entries[:0]
	var tokens []store.Token
	for _, e := range entries {
		if !s.book.wants(e, now) {
			continue
		}
		wanted = append(wanted, e)
		if e.history.Count == 0 {
			key := e.row.Key()
			tokens = append(tokens, store.Token{Token: s.deps.Secret.Token(key), Key: key})
		}
	}
	if err := s.deps.Store.InsertTokens(ctx, tokens); err != nil {
		return err
	}
	for _, e := range wanted {
		s.book.put(e, now)
	}
	return nil
}

func unique(ids []string) []string {
	slices.Sort(ids)
	return slices.Compact(ids)
}
