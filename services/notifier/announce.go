package notifier

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/stream"
)

// longestWait bounds how long the announcer sleeps, so that a step of the clock
// is seen.
const longestWait = 100 * time.Millisecond

// announceAlways announces what is due, as soon as it is.
func (s *Service) announceAlways(ctx context.Context) error {
	return s.repeat(ctx, "announce what is due", 0, func(ctx context.Context) error {
		n, err := s.announce(ctx)
		if err != nil || n > 0 {
			return err
		}
		wait := longestWait
		if _, next := s.book.waiting(); !next.IsZero() {
			wait = min(wait, max(0, next.Sub(s.clock.now())))
		}
		timer := time.NewTimer(wait)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-s.wake:
		case <-timer.C:
		}
		return nil
	})
}

// announce appends once what is due, up to one batch, and says how many notices
// it appended.
//
// When others came first, or when it is not known what became of the batch, it
// reads on; what has been announced by then is not taken again.
func (s *Service) announce(ctx context.Context) (int, error) {
	due, after := s.book.take(s.clock.now(), stream.MaxBatch)
	if len(due) == 0 {
		return 0, nil
	}
	defer func() { s.book.settle(due, s.clock.now()) }()
	notices, err := s.write(due)
	if err != nil {
		return 0, err
	}
	last, err := s.deps.Log.AppendNotices(ctx, notices, after)
	if err != nil {
		if read := s.readOn(ctx); !errors.Is(err, stream.ErrOvertaken) || read != nil {
			return 0, errors.Join(err, read)
		}
		return 0, nil
	}
	announced := make([]store.Announcement, len(due))
	for i, d := range due {
		announced[i] = store.Announcement{Key: d.row.Key(), Kind: string(d.kind), DueAt: d.row.DueAt, Seq: last - uint64(len(due)-1-i)} //nolint:gosec // A batch is small.
	}
	s.book.announced(announced)
	s.deps.Metrics.announced(due, s.clock.now())
	return len(due), nil
}

func (s *Service) write(due []dueNotice) ([]stream.Notice, error) {
	notices := make([]stream.Notice, len(due))
	for i := range due {
		n := s.deps.Secret.notice(s.deps.Catalogue, &due[i].row, due[i].kind, due[i].before)
		var err error
		if notices[i], err = n.message(); err != nil {
			return nil, err
		}
	}
	return notices, nil
}

// readOn reads the notices that are in the stream and not yet accounted for.
func (s *Service) readOn(ctx context.Context) error {
	var (
		read   []store.Announcement
		tokens []string
	)
	flush := func() error {
		keys, err := s.deps.Store.OpenTokens(ctx, tokens)
		if err != nil {
			return err
		}
		for i := range read {
			key, ok := keys[tokens[i]]
			if !ok {
				s.deps.Logger.Error("a notice has a token that was not given out here", "sequence", read[i].Seq)
			}
			read[i].Key = key
		}
		s.book.announced(read)
		read, tokens = nil, nil
		return nil
	}
	for d, err := range s.deps.Log.NoticesAfter(ctx, s.book.accounted()) {
		if err != nil {
			return fmt.Errorf("read notices: %w", err)
		}
		var n Notice
		if err := json.Unmarshal(d.Data, &n); err != nil {
			s.deps.Logger.Error("a notice cannot be read", "sequence", d.Seq, "error", err)
		}
		due, err := n.dueAt()
		if err != nil {
			s.deps.Logger.Error("a notice cannot be read", "sequence", d.Seq, "error", err)
			due = d.ReceivedAt
		}
		read, tokens = append(read, store.Announcement{Kind: string(n.Kind), DueAt: due, Seq: d.Seq}), append(tokens, n.Token)
		if len(read) == chunkCases {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// copyNotices copies into the store what it has not of the stream of notices.
func (s *Service) copyNotices(ctx context.Context) error {
	list := s.book.toCopy()
	if err := s.deps.Store.InsertAnnouncements(ctx, list); err != nil {
		return err
	}
	s.book.copied(len(list))
	return nil
}

func compareKeys(a, b obligation.Key) int {
	return cmp.Or(cmp.Compare(a.CaseID, b.CaseID), cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Instance, b.Instance))
}
