package aggregator

import (
	"context"
	"time"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// Published is what anyone may see: the shares of duties by place, of a closed
// month and of the twelve that end with it, as they were published.
type Published struct {
	Closed    time.Time // the end of the month
	Version   int       // how often the month has been published
	CountedAt time.Time

	duties map[string]map[string]disclosure.Figure
}

// Published is the last release, nil before the first.
func (s *Service) Published() *Published {
	r := s.public.last.Load()
	if r == nil {
		return nil
	}
	return &Published{Closed: r.Closed, Version: r.Version, CountedAt: r.CountedAt, duties: r.Duties}
}

// Publish publishes the last closed month now, if it has to be published.
func (s *Service) Publish(ctx context.Context) error { return s.public.Refresh(ctx) }

// Has reports whether anything was counted of a duty.
func (p *Published) Has(duty string) bool { return len(p.duties[duty]) > 0 }

// Figure is a cell of a duty's table: those done in time, then those not. A place
// in which nothing fell due has a figure of nobody.
func (p *Published) Figure(duty string, at disclosure.Place) disclosure.Figure {
	f, counted := p.duties[duty][at.Key()]
	if !counted {
		f.Parts = []uint64{0, 0}
	}
	return f
}

// Release is the month that ended at an instant as it was published, nil where it was not.
func Release(ctx context.Context, cfg Config, cat *law.Catalogue, from *store.Store, ended time.Time) (*Published, error) {
	p := &Public{from: counting.With(from), cat: cat, grouping: cfg.Grouping, leaveOutLow: cfg.LeaveOutLow}
	held, err := p.held(ctx, p.releaseName(ended.In(cat.Zone)))
	if err != nil || held == nil {
		return nil, err
	}
	return &Published{Closed: ended, Version: held.Version, CountedAt: held.CountedAt, duties: held.Duties}, nil
}
