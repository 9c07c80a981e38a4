package counting

import (
	"cmp"
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

	Every int64
	In    InSpans // of them, due in each span
}

func (n *ObligationCount) told() []any {
	return []any{(*string)(&n.Basis.Kind), &n.Basis.Confidence, (*string)(&n.Status), &n.FallenDue}
}
func (n *ObligationCount) sums() []any { return n.In.columns(&n.Every) }

// ObligationCounts counts obligations at an instant.
func (s *Counts) ObligationCounts(ctx context.Context, c Cut) ([]ObligationCount, error) {
	return answer[ObligationCount](ctx, s, c.sum("obligation_counts", []string{"kind", "confidence", "status", "fallen_due"}, inSpans))
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
	Every int64
}

func (n *ObligationOutcome) told() []any {
	return []any{(*string)(&n.Basis.Kind), &n.Basis.Confidence}
}

func (n *ObligationOutcome) sums() []any {
	var out []any
	for i := range n.In {
		o := &n.In[i]
		out = append(out, &o.Met, &o.Failed, &o.NotDue, &o.Unclear, &o.Void)
	}
	return append(out, &n.Every)
}

// ObligationOutcomes counts what became of obligations by an instant.
func (s *Counts) ObligationOutcomes(ctx context.Context, c Cut) ([]ObligationOutcome, error) {
	q := c.sum("obligation_outcomes", []string{"kind", "confidence"}, numbered(15))
	return answer[ObligationOutcome](ctx, s, c.summing(q, func(c *Cut) (string, string) {
		var sums strings.Builder
		for i := range c.Spans {
			for k, became := range []string{"status = 'met' AND fallen_due", "status IN ('late', 'missed')", "status = 'open' OR status = 'met' AND NOT fallen_due", "status = 'unclear'", "status = 'void'"} {
				fmt.Fprintf(&sums, "sumIf(sign, within_%d AND (%s)) AS s_%d,\n", i, became, 5*i+k)
			}
		}
		return within(c.spans()), sums.String()
	}))
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
	in := c.spans()
	sql, args := c.text(s, "obligation_bounds", nil, "{by}", by, "{names}", names, "{within}", strings.Join(in[:], " OR "))
	sql = strings.ReplaceAll(sql, "{rows}", fmt.Sprintf("obligations_at(as_of = %d)", c.AsOf.UnixMilli()))
	return rowsOf(ctx, s, "obligation_bounds", sql, func(rows driver.Rows, n *ObligationBound) error {
		var shortest, longest int64
		into, values := row()
		err := rows.Scan(append(into, &shortest, &longest)...)
		n.Parts, n.Shortest, n.Longest = values(), time.Duration(shortest)*time.Millisecond, time.Duration(longest)*time.Millisecond
		return err
	}, args...)
}

// sum is a question about the obligations of a cut that adds up.
func (c *Cut) sum(query string, groups, sums []string, marks ...string) sum {
	degrees := ofAny
	if slices.Equal(c.Only, []obligation.Status{obligation.Open}) {
		degrees = canBeOpen
	}
	by, names, _ := c.parts()
	marks = append(marks, "{by}", by, "{names}", names)
	return sum{
		query: query, table: "obligations", parts: c.By, groups: groups, sums: sums, asOf: c.AsOf, overdueDays: c.OverdueDays, apart: c.apart(),
		kept: c.kept(), rest: resting, degrees: degrees,
		text: func(s *Counts, at *Closing) (string, []any) { return c.text(s, query, at, marks...) },
	}
}

// summing fills in the columns of a question which depend on the spans: those that say in
// which a row lies, and the sums.
func (c *Cut) summing(q sum, columns func(c *Cut) (within, sums string)) sum {
	text := q.text
	q.text = func(s *Counts, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		within, sums := columns(&asked)
		return strings.NewReplacer("{within}", within, "{sums}", sums).Replace(sql), args
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

// ObligationTimes are obligations that ended alike, or have not, by the time after their
// start at which they did or were last seen, in the steps of the clock.
type ObligationTimes struct {
	Parts
	Status obligation.Status
	Ended  Ended
	Took   Series
}

// In counts in a span, beside Took.At, and Every counts all.
func (n *ObligationTimes) In(span int) []int64 { return n.Took.Sums[span] }

// Every counts all of them, beside Took.At.
func (n *ObligationTimes) Every() []int64 { return n.Took.Sums[len(InSpans{})] }

func (n *ObligationTimes) told() []any { return []any{(*string)(&n.Status), (*string)(&n.Ended)} }
func (n *ObligationTimes) sums() []any { return []any{&n.Took} }

// Ended says how an obligation's time ended.
type Ended string

// The ends.
const (
	EndedDone Ended = "done"
	EndedVoid Ended = "void" // fell away
	EndedOpen Ended = "open" // has not ended
)

// ObligationTimes counts how long obligations took, in the steps of a clock.
func (s *Counts) ObligationTimes(ctx context.Context, c Cut, clock Clock) ([]ObligationTimes, error) {
	if c.Zone == nil && clock != FineClock {
		return nil, errors.New("count times: say in which zone civil days begin")
	}
	q := c.sum("obligation_times", []string{"status", "ended"}, inSpans, "{clock}", string(clock))
	q.along = "took_steps"
	q.rest = missedLong // What is undone lately grows older.
	if clock == FineClock {
		q.rest = ended
	}
	text := q.text
	q.text = func(s *Counts, at *Closing) (string, []any) {
		asked := c.atRest(at)
		sql, args := text(s, at)
		return strings.ReplaceAll(sql, "{watched_until}", asked.watchedUntil(clock)), args
	}
	return answer[ObligationTimes](ctx, s, q)
}

// A SlopeSum is what a straight line through the hours that obligations of one
// place took needs, in each span of due dates.
type SlopeSum struct {
	Parts
	N, LeftOut    [3]int64
	Hours, Square [3]float64
	Every         int64
}

func (n *SlopeSum) told() []any { return nil }

func (n *SlopeSum) sums() []any {
	var out []any
	for i := range n.N {
		out = append(out, &n.N[i], &n.LeftOut[i], &n.Hours[i], &n.Square[i])
	}
	return append(out, &n.Every)
}

// ObligationSlopes sums the hours that obligations took by place.
func (s *Counts) ObligationSlopes(ctx context.Context, c Cut) ([]SlopeSum, error) {
	c.By = []By{ByPlace}
	q := c.sum("obligation_slopes", nil, numbered(12))
	return answer[SlopeSum](ctx, s, c.summing(q, func(c *Cut) (string, string) {
		var sums strings.Builder
		for i := range c.Spans {
			fmt.Fprintf(&sums, "sumIf(sign, within_%[1]d AND done) AS s_%[2]d, sumIf(sign, within_%[1]d AND NOT done) AS s_%[3]d, "+
				"sumIf(hours * sign, within_%[1]d AND done) AS s_%[4]d, sumIf(hours * hours * sign, within_%[1]d AND done) AS s_%[5]d,\n", i, 4*i, 4*i+1, 4*i+2, 4*i+3)
		}
		return within(c.Spans.predicates("due_at", "1", c.AsOf)), sums.String()
	}))
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
	Fell, Seen int64
}

// weeks are what an institution decided and met in a region, by week: days since 1970 of
// its Monday.
type weeks struct {
	Parts
	series Series // decided, met, every
}

func (n *weeks) told() []any { return nil }
func (n *weeks) sums() []any { return []any{&n.series} }

// ObligationDips counts, by week, institutions whose share on time fell by drop or more
// from one week to the next, of those with at least so many outcomes in each; by region,
// and in the nation, where one may have cases in several regions, with all of its cases.
func (s *Counts) ObligationDips(ctx context.Context, c Cut, atLeast int64, drop float64) ([]Dip, error) {
	c.By = []By{ByInstitution, ByRegion}
	q := c.sum("obligation_weeks", nil, []string{"decided", "met", "every"}, "{week}", "toInt64(toMonday(toDate(due_at - INTERVAL 1 MILLISECOND, '"+c.Zone.String()+"')))")
	q.along = "week"
	counted, err := answer[weeks](ctx, s, q)
	if err != nil {
		return nil, err
	}
	nation := map[string]Series{} // of each institution
	dips := dipping{atLeast: atLeast, drop: drop - 1e-12, of: map[Dip]*[2]int64{}}
	for i := range counted {
		w := &counted[i]
		dips.add(w.Parts[ByRegion], false, &w.series)
		all, seen := nation[w.Parts[ByInstitution]]
		if nation[w.Parts[ByInstitution]] = w.series; seen {
			nation[w.Parts[ByInstitution]] = all.with(&w.series)
		}
	}
	for _, all := range nation {
		dips.add("", true, &all)
	}
	return dips.sorted(), nil
}

// A dipping gathers dips.
type dipping struct {
	atLeast int64
	drop    float64
	of      map[Dip]*[2]int64 // fell and seen, by region and week
}

// add looks at each week of an institution and the one before.
func (d *dipping) add(region string, nation bool, s *Series) {
	decided, met := s.Sums[0], s.Sums[1]
	for i := 1; i < len(s.At); i++ {
		if s.At[i-1] != s.At[i]-7 || decided[i-1] < d.atLeast || decided[i] < d.atLeast {
			continue
		}
		at := Dip{Region: region, Nation: nation, Week: law.Date(s.At[i])} //nolint:gosec // A day of this age.
		n := d.of[at]
		if n == nil {
			n = &[2]int64{}
			d.of[at] = n
		}
		n[1]++
		if float64(met[i-1])/float64(decided[i-1])-float64(met[i])/float64(decided[i]) >= d.drop {
			n[0]++
		}
	}
}

func (d *dipping) sorted() []Dip {
	out := make([]Dip, 0, len(d.of))
	for at, n := range d.of {
		at.Fell, at.Seen = n[0], n[1]
		out = append(out, at)
	}
	slices.SortFunc(out, func(a, b Dip) int { return cmp.Or(cmp.Compare(a.Region, b.Region), cmp.Compare(a.Week, b.Week)) })
	return out
}
