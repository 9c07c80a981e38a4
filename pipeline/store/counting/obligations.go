package counting

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// An ObligationCount counts obligations that share all that a cut tells apart.
type ObligationCount struct {
	Parts
	Basis     law.Basis
	Status    obligation.Status
	FallenDue bool // the deadline is not after the instant of the count

	Every uint64
	In    [3]uint64 // of them, due in each span
}

// ObligationCounts counts obligations at an instant.
func (s *Counts) ObligationCounts(ctx context.Context, c Cut) ([]ObligationCount, error) {
	by, names, row := c.parts()
	q := c.sum("obligation_counts", names+"kind, confidence, status, fallen_due", inSpans, "{by}", by, "{names}", names)
	q.rest = missedLately
	var out []ObligationCount
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n      ObligationCount
			fallen uint8
			counts [4]int64
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence, (*string)(&n.Status), &fallen,
			&counts[0], &counts[1], &counts[2], &counts[3])...)
		n.Parts, n.FallenDue = values(), fallen == 1
		n.In, n.Every = unsigned(counts)
		out = append(out, n)
		return err
	})
	return out, err
}

// unsigned are counts that no row takes back any longer: of each span, and of all.
func unsigned(counts [4]int64) (in [3]uint64, every uint64) {
	for i := range in {
		in[i] = uint64(counts[i]) //nolint:gosec // What is taken back was counted.
	}
	return in, uint64(counts[3]) //nolint:gosec // Here too.
}

// Outcomes are what became of obligations.
type Outcomes struct{ Met, Failed, NotDue, Unclear, Void int64 }

// Sum is how many there are.
func (o Outcomes) Sum() int64 { return o.Met + o.Failed + o.NotDue + o.Unclear + o.Void }

// An ObligationOutcome is what became, in each span, of obligations that share all
// that a cut tells apart.
type ObligationOutcome struct {
	Parts
	Basis law.Basis
	In    [3]Outcomes
}

// ObligationOutcomes counts what became of obligations by an instant.
func (s *Counts) ObligationOutcomes(ctx context.Context, c Cut) ([]ObligationOutcome, error) {
	by, names, row := c.parts()
	q := c.sum("obligation_outcomes", names+"kind, confidence", numbered(15), "{by}", by, "{names}", names)
	q.rest = missedLately
	q = c.summing(q, func(c *Cut) string {
		var sums strings.Builder
		for i, in := range c.spans() {
			for k, became := range []string{"status = 'met' AND fallen_due", "status IN ('late', 'missed')", "status = 'open' OR status = 'met' AND NOT fallen_due", "status = 'unclear'", "status = 'void'"} {
				fmt.Fprintf(&sums, "sumIf(sign, (%s) AND (%s)) AS s_%d,\n", became, in, 5*i+k)
			}
		}
		return sums.String()
	})
	var out []ObligationOutcome
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n     ObligationOutcome
			every int64
		)
		into, values := row()
		into = append(into, (*string)(&n.Basis.Kind), &n.Basis.Confidence)
		for i := range n.In {
			o := &n.In[i]
			into = append(into, &o.Met, &o.Failed, &o.NotDue, &o.Unclear, &o.Void)
		}
		err := rows.Scan(append(into, &every)...)
		n.Parts = values()
		out = append(out, n)
		return err
	})
	return out, err
}

// An ObligationBound is between which bounds what the law allowed lies, from start to
// deadline. Bounds do not add up: they are read as all stands.
type ObligationBound struct {
	Parts
	Shortest, Longest time.Duration
}

// ObligationBounds bounds obligations at an instant that lie in one of the spans.
func (s *Counts) ObligationBounds(ctx context.Context, c Cut) ([]ObligationBound, error) {
	by, names, row := c.parts()
	within := c.spans()
	sql, args := c.text(s, "obligation_bounds", nil, "{by}", by, "{names}", names, "{within}", strings.Join(within[:], " OR "))
	var out []ObligationBound
	err := s.db.Ask(ctx, "obligation_bounds", strings.ReplaceAll(sql, "{rows}", fmt.Sprintf("obligations_at(as_of = %d)", c.AsOf.UnixMilli())), func(rows driver.Rows) error {
		var (
			n                 ObligationBound
			shortest, longest int64
		)
		into, values := row()
		err := rows.Scan(append(into, &shortest, &longest)...)
		n.Parts = values()
		n.Shortest, n.Longest = time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		out = append(out, n)
		return err
	}, args...)
	return out, err
}

// sum is a question about the obligations of a cut that adds up.
func (c *Cut) sum(query, groups string, sums []string, marks ...string) sum {
	return sum{
		query: query, table: "obligations", groups: groups, sums: sums, asOf: c.AsOf, kept: c.kept(), overdueDays: c.OverdueDays, apart: c.apart(),
		text: func(s *Counts, at *Closing) (string, []any) { return c.text(s, query, at, marks...) },
	}
}

// summing fills in the sums of a question, which depend on the spans.
func (c *Cut) summing(q sum, sums func(c *Cut) string) sum {
	text := q.text
	q.text = func(s *Counts, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		return strings.ReplaceAll(sql, "{sums}", sums(&asked)), args
	}
	return q
}

// atRest is the cut as it is asked of what rests in a closing; without one, as it is.
func (c Cut) atRest(at *Closing) Cut {
	if at != nil {
		c.AsOf, c.Spans = at.At, at.resting(c.Spans)
		if !c.StartedAfter.IsZero() {
			c.StartedAfter = at.restingAt(c.StartedAfter)
		}
	}
	return c
}

// text is a question about the obligations of a cut, as it is asked, or as it is asked
// of those at rest in a closing.
func (c Cut) text(s *Counts, query string, at *Closing, marks ...string) (string, []any) {
	c = c.atRest(at)
	which, args := c.where()
	return s.text(query, append(marks, "{which}", which, "{spans}", counted(c.spans()))...), args
}

// watchedUntil is in SQL until when an obligation is watched that has not ended: until
// the instant of the count, or where the clock is coarse and it has been open for long,
// until that civil day began.
func (c *Cut) watchedUntil(clock Clock) string {
	if clock == FineClock {
		return "asked_at"
	}
	local := c.AsOf.In(c.Zone)
	today := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, c.Zone)
	return fmt.Sprintf("if(dateDiff('millisecond', started_at, asked_at) > %s, %s, asked_at)", long, instant(today))
}

// apart reports whether a cut tells obligations apart one by one.
func (c *Cut) apart() bool {
	return slices.ContainsFunc(c.By, func(b By) bool {
		return slices.Contains([]By{ByCase, ByInstance, ByStarted, ByDue, ByDone}, b)
	})
}

// kept reports whether what rests of a cut is worth keeping: the same is asked again and
// again of everything, and nothing in it is told apart by the instant alone.
func (c *Cut) kept() bool {
	return c.Place == "" && c.Institution == "" && len(c.Only) == 0 && !slices.Contains(c.By, ByAge)
}

// A Clock says in which steps times are counted.
type Clock string

// The clocks. Rounding up keeps every limit of whole minutes exact: what was done
// in time stays at or below it. By all but the fine one, what has been open for more than
// thirty days is watched until the civil day began: the hours since matter to nobody,
// and so it rests for a day.
const (
	// FineClock counts minutes begun, whole hours past ten days.
	FineClock Clock = "if(took <= 864000000, ceil(took / 60000), 60 * ceil(took / 3600000))"
	// CoarseClock counts minutes by the quarter of an hour, by the hour past three
	// days, by the day past two weeks.
	CoarseClock Clock = "multiIf(took <= 259200000, 15 * ceil(took / 900000), took <= 1209600000, 60 * ceil(took / 3600000), 1440 * ceil(took / 86400000))"
	// LimitClock counts thousandths of what the law allows: to the nearest up to ten
	// limits, to the nearest tenth beyond; a thousand limits end the scale. Where
	// nothing is allowed it is -1.
	LimitClock Clock = "multiIf(allowed <= 0, -1, took / allowed < 10, floor(took / allowed * 1000 + 0.5), took / allowed < 1000, 100 * floor(took / allowed * 10 + 0.5), 1000000)"
)

// An ObligationTime counts obligations that ended, or were last seen, at about the
// same time after their start.
type ObligationTime struct {
	Parts
	Status obligation.Status
	Ended  Ended
	Took   int64 // in the steps of the clock
	Every  uint64
	In     [3]uint64
}

// Ended says how an obligation's time ended.
type Ended string

// The ends.
const (
	EndedDone Ended = "done"
	EndedVoid Ended = "void" // fell away
	EndedOpen Ended = "open" // has not ended
)

// ObligationTimes counts how long obligations took, in the steps of a clock.
func (s *Counts) ObligationTimes(ctx context.Context, c Cut, clock Clock) ([]ObligationTime, error) {
	if c.Zone == nil && clock != FineClock {
		return nil, errors.New("count times: say in which zone civil days begin")
	}
	by, names, row := c.parts()
	q := c.sum("obligation_times", names+"status, ended, took_steps", inSpans, "{by}", by, "{names}", names, "{clock}", string(clock))
	q.rest = undoneLong // What was missed lately grows older.
	if clock == FineClock {
		q.rest = ended
	}
	text := q.text
	q.text = func(s *Counts, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		return strings.ReplaceAll(sql, "{watched_until}", asked.watchedUntil(clock)), args
	}
	var out []ObligationTime
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n      ObligationTime
			counts [4]int64
		)
		into, values := row()
		err := rows.Scan(append(into, (*string)(&n.Status), (*string)(&n.Ended), &n.Took, &counts[0], &counts[1], &counts[2], &counts[3])...)
		n.Parts = values()
		n.In, n.Every = unsigned(counts)
		out = append(out, n)
		return err
	})
	return out, err
}

// A SlopeSum is what a straight line through the hours that obligations of one
// place took needs, in each span of due dates.
type SlopeSum struct {
	Place         string
	N, LeftOut    [3]uint64
	Hours, Square [3]float64
}

// ObligationSlopes sums the hours that obligations took by place.
func (s *Counts) ObligationSlopes(ctx context.Context, c Cut) ([]SlopeSum, error) {
	q := c.sum("obligation_slopes", "place", numbered(12))
	q.rest = missedLately
	q = c.summing(q, func(c *Cut) string {
		var sums strings.Builder
		for i, in := range c.Spans.predicates("due_at", "1", c.AsOf) {
			fmt.Fprintf(&sums, "sumIf(sign, done AND (%[1]s)) AS s_%[2]d, sumIf(sign, NOT done AND (%[1]s)) AS s_%[3]d, "+
				"sumIf(hours * sign, done AND (%[1]s)) AS s_%[4]d, sumIf(hours * hours * sign, done AND (%[1]s)) AS s_%[5]d,\n", in, 4*i, 4*i+1, 4*i+2, 4*i+3)
		}
		return sums.String()
	})
	var out []SlopeSum
	err := s.eachAdded(ctx, q, func(rows driver.Rows) error {
		var (
			n        SlopeSum
			n3, left [3]int64
			every    int64
		)
		into := []any{&n.Place}
		for i := range n.N {
			into = append(into, &n3[i], &left[i], &n.Hours[i], &n.Square[i])
		}
		err := rows.Scan(append(into, &every)...)
		for i := range n.N {
			n.N[i], n.LeftOut[i] = uint64(n3[i]), uint64(left[i]) //nolint:gosec // What is taken back was counted.
		}
		out = append(out, n)
		return err
	})
	return out, err
}

// numbered are names of so many columns that add up, and of the one that counts all.
func numbered(n int) []string {
	out := make([]string, n, n+1)
	for i := range out {
		out[i] = fmt.Sprintf("s_%d", i)
	}
	return append(out, "every")
}

// A Dip is how many institutions of a region did so much worse in one week than in the
// one before, of those with enough outcomes in both. The nation's region is "".
type Dip struct {
	Region     string
	Nation     bool
	Week       law.Date // its Monday
	Fell, Seen uint64
}

// ObligationDips counts, by week, institutions whose share on time fell by drop or more
// from one week to the next, of those with at least so many outcomes in each.
func (s *Counts) ObligationDips(ctx context.Context, c Cut, atLeast int, drop float64) ([]Dip, error) {
	c.By = []By{ByInstitution, ByRegion, ByWeek}
	by, _, _ := c.parts()
	q := c.sum("obligation_weeks", "region, institution, week", []string{"decided", "met", "every"}, "{by}", by)
	q.rest = missedLately
	weeks, args, err := s.added(ctx, q)
	if err != nil {
		return nil, err
	}
	var out []Dip
	args = append(args, atLeast, drop-1e-12)
	err = s.db.Ask(ctx, "obligation_dips", s.text("obligation_dips", "{weeks}", weeks), func(rows driver.Rows) error {
		var (
			d      Dip
			nation uint8
			week   string
		)
		err := rows.Scan(&d.Region, &nation, &week, &d.Fell, &d.Seen)
		if err != nil {
			return err
		}
		d.Nation = nation == 1
		d.Week, err = law.ParseDate(week)
		out = append(out, d)
		return err
	}, args...)
	return out, err
}
