package aggregator

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"amparo/pipeline/disclosure"
)

// A release is what was published of a month. It is kept, and what comes in
// later does not change it: a number that moved by a few would tell of these few.
type release struct {
	Version   int
	Closed    time.Time // the end of the month
	CountedAt time.Time
	// LookedAt is when it was last compared with what is stored.
	LookedAt time.Time
	// Persons is how many the shares of the nation rest on, over all duties.
	Persons uint64
	Duties  map[string]map[string]disclosure.Figure
}

// revision is the growth, in parts of what was published, past which a release
// was not the country: an installation was still being filled. It is made again
// then, as a whole new version.
const revision = 10

// releaseName names the state that a release is kept as. Another reading of the
// law counts otherwise, so it has releases of its own.
func (p *Public) releaseName(closed time.Time) string {
	low := ""
	if p.leaveOutLow {
		low = "/without-low-confidence"
	}
	return fmt.Sprintf("public/%s/%s/%s%s", closed.Format("2006-01"), p.cat.Label(), p.grouping, low)
}

// held is a release that was kept, nil where there is none.
func (p *Public) held(ctx context.Context, name string) (*release, error) {
	text, err := p.from.State(ctx, name)
	if err != nil || text == "" {
		return nil, err
	}
	var r release
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return nil, fmt.Errorf("read what was published (%s): %w", name, err)
	}
	return &r, nil
}

func (p *Public) keep(ctx context.Context, name string, r *release) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("encode what is published: %w", err)
	}
	return p.from.SetState(ctx, name, string(b))
}

// settled reports whether a release need not be compared again now: it is once a
// minute on its first day, then once a day.
func (r *release) settled(now time.Time, zone *time.Location) bool {
	if now.Sub(r.CountedAt) < 24*time.Hour {
		return false
	}
	y1, m1, d1 := r.LookedAt.In(zone).Date()
	y2, m2, d2 := now.In(zone).Date()
	return y1 == y2 && m1 == m2 && d1 == d2
}

// replacedBy reports whether a count of persons differs from what was published by so much
// that the latter was not the country.
func (r *release) replacedBy(persons uint64) bool {
	apart := max(r.Persons, persons) - min(r.Persons, persons)
	return apart*revision > r.Persons
}

// persons is how many the shares of the nation rest on, over all duties.
func persons(duties map[string][]disclosure.Piece) uint64 {
	var sum uint64
	for _, pieces := range duties {
		for _, piece := range pieces {
			for _, n := range piece.Year {
				sum += n
			}
		}
	}
	return sum
}

// newRelease protects what was counted of each duty, with what was published before.
func newRelease(duties map[string][]disclosure.Piece, past *past, policy disclosure.Policy, now time.Time) (*release, error) {
	r := &release{Version: 1, CountedAt: now, LookedAt: now, Persons: persons(duties), Duties: map[string]map[string]disclosure.Figure{}}
	for duty, pieces := range duties {
		figures, err := past.figures(duty, disclosure.Places(pieces), policy)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", duty, err)
		}
		r.Duties[duty] = figures
	}
	return r, nil
}
