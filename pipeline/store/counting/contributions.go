package counting

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"amparo/pipeline/contribution"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Draw says which contributions are counted, as of when. What is empty leaves
// nothing out.
type Draw struct {
	AsOf       time.Time
	Indicators []string
	// Alike are all indicators that are asked about in the same words: what rests is added up for them
	// together, whichever of them are wanted.
	Alike      []string
	Linked     bool   // events of other subjects complete outcomes of some
	WithoutLow bool   // regimes of low confidence do not count
	Place      string // codes that begin so
	Unit       string
	Cases      []string // only these
	Spans      Spans
	Regions    Regions
	Zone       *time.Location // of civil days
	// Marks are the first mark of each unit, which AfterMark tells apart, and Shocks
	// those that InShock does. With either the spans hold an outcome by its civil day.
	Marks  map[string]law.Date
	Shocks []Shock

	by    []By  // what they are told apart by
	asked *Draw // the draw itself, where this one asks what rests in a closing for it
}

// low is which rows count, besides those that always do.
func (d *Draw) low() int8 {
	if d.WithoutLow {
		return int8(contribution.WithLowLeft)
	}
	return int8(contribution.WithLow)
}

func (d *Draw) where() (string, []any) {
	indicators := d.Indicators
	if len(d.Alike) > 0 {
		indicators = d.Alike
	}
	condition, args := "indicator IN (?) AND low IN (0, ?)", []any{store.Listed(indicators), d.low()}
	if d.Place != "" {
		condition, args = condition+" AND startsWith(place, ?)", append(args, d.Place)
	}
	if d.Unit != "" {
		condition, args = condition+" AND unit = ?", append(args, d.Unit)
	}
	if len(d.Cases) > 0 {
		condition, args = condition+" AND case_id IN (?)", append(args, d.Cases)
	}
	return condition, args
}

// What contributions can be told apart by.
const (
	ByUnit    By = "unit"
	AfterMark By = "after_mark" // 1 after the unit's mark, -1 before it, 0 on its day and where it has none
	BySince   By = "since_text" // when it happened or began
)

func (d *Draw) part(b By) string {
	switch b {
	case InShock:
		return inShock(d.Shocks, "place", d.day()) + " AS in_shock,"
	case BySince:
		return instantText("since") + " AS since_text,"
	case AfterMark:
		var units, days []string
		for _, unit := range slices.Sorted(maps.Keys(d.Marks)) {
			units, days = append(units, unit), append(days, d.Marks[unit].String())
		}
		if len(units) == 0 {
			return "'0' AS after_mark,"
		}
		return fmt.Sprintf("transform(unit, %s, %s, '') AS marked_on, multiIf(marked_on = '' OR marked_on = %[3]s, '0', %[3]s > marked_on, '1', '-1') AS after_mark,",
			quotedList(units), quotedList(days), d.day())
	}
	return ""
}

// day is the civil day of an outcome; of a deadline that which it ends.
func (d *Draw) day() string {
	return fmt.Sprintf("toString(toDate(if(by_deadline, counts_at - INTERVAL 1 MILLISECOND, counts_at), '%s'))", d.Zone)
}

// in says in which spans an outcome counts that is told apart by some things.
func (d *Draw) in(by ...By) [3]string {
	if !slices.Contains(by, InShock) && !slices.Contains(by, AfterMark) {
		return d.Spans.predicates("counts_at", "by_deadline", d.AsOf)
	}
	day := fmt.Sprintf("toDateTime64(toStartOfDay(if(by_deadline, counts_at - INTERVAL 1 MILLISECOND, counts_at), '%s'), 3)", d.Zone)
	return d.Spans.predicates(day, "0", d.AsOf)
}

// region is where a contribution belongs.
func (d *Draw) region() string {
	return fmt.Sprintf("if(place = '', region, %s)", d.Regions.of("place"))
}

// A Provenance is where what was counted comes from.
type Provenance struct {
	Indicator string
	Region    string // of the place, or as stated where there is none; "" where neither is known
}

// A Sum adds outcomes up, in each span.
type Sum struct{ Numerator, Denominator float64 }

// A ContributionSum is what outcomes of one origin and side come to.
type ContributionSum struct {
	Provenance
	Side contribution.Side
	Parts
	In         [3]Sum
	N, LeftOut [3]int64
	Every      int64
}

func (n *ContributionSum) told() []any { return []any{&n.Indicator, &n.Region, (*int8)(&n.Side)} }

func (n *ContributionSum) sums() []any {
	var out []any
	for i := range n.In {
		out = append(out, &n.In[i].Numerator, &n.In[i].Denominator, &n.N[i], &n.LeftOut[i])
	}
	return append(out, &n.Every)
}

// sum is a question about contributions of a draw that adds up, told apart by some things.
func (d *Draw) sum(query string, told []By, groups, sums []string, marks func(d *Draw) []string) sum {
	var only map[string]bool
	if len(d.Alike) > 0 {
		only = map[string]bool{}
		for _, id := range d.Indicators {
			only[id] = true
		}
	}
	return sum{
		query: query, table: "contributions", only: only, parts: told, groups: append([]string{"indicator", "in_region"}, groups...), sums: sums, asOf: d.AsOf,
		kept: d.Place == "" && d.Unit == "", rest: resting, degrees: ofAny, apart: slices.Contains(told, ByCase),
		text: func(s *Counts, at *Closing) (string, []any) {
			d := *d
			d.by = told
			if at == nil {
				d.Alike = nil // They are for what is kept.
			} else {
				asked := d
				d.AsOf, d.Spans, d.asked = at.At, at.resting(d.Spans), &asked
			}
			which, args := d.where()
			by, names, _ := parts(told, d.part)
			return s.text(query, append(marks(&d), "{region}", d.region(), "{by}", by, "{names}", names, "{which}", which)...), args
		},
	}
}

// outcomes are the columns of ContributionSums.
func (d *Draw) outcomes() []string {
	var sums strings.Builder
	for i := range d.Spans {
		fmt.Fprintf(&sums, "sumIf(numerator * sign, within_%[1]d AND NOT left_out) AS s_%[2]d, sumIf(denominator * sign, within_%[1]d AND NOT left_out) AS s_%[3]d, "+
			"sumIf(sign, within_%[1]d AND NOT left_out AND denominator > 0) AS s_%[4]d, sumIf(sign, within_%[1]d AND left_out) AS s_%[5]d,\n", i, 4*i, 4*i+1, 4*i+2, 4*i+3)
	}
	return []string{"{within}", within(d.in(d.by...)), "{sums}", sums.String()}
}

// ContributionSums adds up outcomes, also those that an event of another subject completed.
func (s *Counts) ContributionSums(ctx context.Context, d Draw, told ...By) ([]ContributionSum, error) {
	all := d.sum("contribution_sums", told, []string{"side"}, numbered(12), (*Draw).outcomes)
	all.lists = "numerator, denominator"
	sums, err := ask[ContributionSum](ctx, s, all)
	if err != nil {
		return nil, err
	}
	if !d.Linked {
		return sums.only(all.only), nil
	}
	q := d.sum("contribution_links", told, []string{"side"}, numbered(12), (*Draw).outcomes)
	q.kept, q.lists = false, "key"
	named, err := ask[ContributionSum](ctx, s, q)
	if err != nil {
		return nil, err
	}
	return sums.with(named).only(q.only), nil
}

// spanCounts are the columns that count what lies in each span.
func (d *Draw) spanCounts() []string { return []string{"{spans}", counted(d.in())} }

// A ContributionTally counts instances with so many events.
type ContributionTally struct {
	Provenance
	Parts
	Events int64
	In     InSpans
	Every  int64
}

func (n *ContributionTally) told() []any { return []any{&n.Indicator, &n.Region, &n.Events} }
func (n *ContributionTally) sums() []any { return n.In.columns(&n.Every) }

// ContributionTallies counts instances by how many events they have.
func (s *Counts) ContributionTallies(ctx context.Context, d Draw, by ...By) ([]ContributionTally, error) {
	return answer[ContributionTally](ctx, s, d.sum("contribution_tallies", by, []string{"events"}, inSpans, (*Draw).spanCounts))
}

// ContributionWaits are instances that ended alike, or still wait, by how long they waited:
// in minutes, as Waited has them.
type ContributionWaits struct {
	Provenance
	Parts
	Ended  contribution.End
	Waited Series
}

// In counts in a span, beside Waited.At.
func (n *ContributionWaits) In(span int) []int64 { return n.Waited.Sums[span] }

func (n *ContributionWaits) told() []any { return []any{&n.Indicator, &n.Region, (*int8)(&n.Ended)} }
func (n *ContributionWaits) sums() []any { return []any{&n.Waited} }

// ContributionWaits counts instances by how long they waited. What still waits is counted
// by when it began, which does not change as time goes on.
func (s *Counts) ContributionWaits(ctx context.Context, d Draw, by ...By) ([]ContributionWaits, error) {
	q := d.sum("contribution_waits", by, []string{"ended_as"}, inSpans, (*Draw).spanCounts)
	q.along = "waited"
	waits, err := answer[ContributionWaits](ctx, s, q)
	for i := range waits {
		if w := &waits[i]; w.Ended == contribution.StillWaits {
			w.Waited = w.Waited.until(d.AsOf)
		}
	}
	return waits, err
}

// until makes of a series along when waiting began one along how long it has lasted.
func (s *Series) until(asOf time.Time) Series {
	var out Series
	out.Sums = make([][]int64, len(s.Sums))
	for i, since := range slices.Backward(s.At) {
		at := Waited(asOf.UnixMilli() - since)
		if n := len(out.At); n == 0 || out.At[n-1] != at {
			out.At = append(out.At, at)
			for k := range out.Sums {
				out.Sums[k] = append(out.Sums[k], 0)
			}
		}
		for k := range out.Sums {
			out.Sums[k][len(out.At)-1] += s.Sums[k][i]
		}
	}
	return out
}

// Waited is how long a wait is said to be that lasts so many milliseconds: minutes, to the
// nearest within 30 days and to the nearest hour beyond. What has ended is rounded alike in
// contribution_waits.sql.
func Waited(took int64) int64 {
	const minute, hour, month = 60_000, 3_600_000, 2_592_000_000
	took = max(0, took)
	if took < month {
		return (took + minute/2) / minute
	}
	return 60 * ((took + hour/2) / hour)
}

// A StandingSum adds up instances that stand at some time in a span.
type StandingSum struct {
	N, WithDeed, Deeds, Milliseconds int64

	// Of those at rest in a closing, how many stand until an instant that moves on, or from one.
	until, from int64
}

// Days is for how many days together they stand.
func (s *StandingSum) Days() float64 { return float64(s.Milliseconds) / (24 * 60 * 60 * 1000) }

// A ContributionStanding is what instances of one origin come to, in each span.
type ContributionStanding struct {
	Provenance
	Parts
	In    [3]StandingSum
	Every int64
}

func (n *ContributionStanding) told() []any { return []any{&n.Indicator, &n.Region} }

func (n *ContributionStanding) sums() []any {
	var out []any
	for i := range n.In {
		in := &n.In[i]
		out = append(out, &in.N, &in.WithDeed, &in.Deeds, &in.Milliseconds, &in.until, &in.from)
	}
	return append(out, &n.Every)
}

// standings are the columns of ContributionsStanding.
func (d *Draw) standings() []string {
	var sums strings.Builder
	for i, span := range d.Spans {
		from, to := "since", "ended_at"
		if span != (store.Span{}) {
			from, to = fmt.Sprintf("greatest(since, %s)", instant(span.From)), fmt.Sprintf("least(ended_at, %s)", instant(span.To))
		}
		until, since := d.moves(i)
		fmt.Fprintf(&sums, "%[1]s AS from_%[5]d, %[2]s AS to_%[5]d, from_%[5]d < to_%[5]d AS stands_%[5]d, arrayCount(t -> t >= from_%[5]d AND t <= to_%[5]d, deeds) AS deeds_%[5]d,"+
			"stands_%[5]d AND (%[3]s) AS until_%[5]d, stands_%[5]d AND (%[4]s) AS since_%[5]d,\n", from, to, until, since, i)
	}
	var columns strings.Builder
	for i := range d.Spans {
		fmt.Fprintf(&columns, "sumIf(sign, stands_%[1]d) AS s_%[2]d, sumIf(sign, stands_%[1]d AND deeds_%[1]d > 0) AS s_%[3]d, sumIf(toInt64(deeds_%[1]d) * sign, stands_%[1]d) AS s_%[4]d, "+
			"sumIf(dateDiff('millisecond', from_%[1]d, to_%[1]d) * sign, stands_%[1]d) AS s_%[5]d, sumIf(sign, until_%[1]d) AS s_%[6]d, sumIf(sign, since_%[1]d) AS s_%[7]d,\n",
			i, 6*i, 6*i+1, 6*i+2, 6*i+3, 6*i+4, 6*i+5)
	}
	return []string{"{within}", sums.String(), "{sums}", columns.String()}
}

// moves says in SQL of what rests whether it stands in a span until an instant that moves on,
// and whether from one.
func (d *Draw) moves(span int) (until, from string) {
	if d.asked == nil {
		return "0", "0"
	}
	asked, rests := d.asked.Spans[span], d.Spans[span]
	until, from = "0", "0"
	switch {
	case rests == (store.Span{}) || !rests.To.Before(d.AsOf):
		until = "toUnixTimestamp64Milli(until) = 0 OR until > " + instant(d.AsOf)
	case !rests.To.Equal(asked.To):
		until = "ended_at > " + instant(rests.To)
	}
	if !rests.From.Equal(asked.From) {
		from = "since < " + instant(rests.From)
	}
	return until, from
}

// moved is how many milliseconds the ends of a span lie, as it is asked for, from where they lie
// for what rests in a closing.
func (c *Closing) moved(span store.Span, asOf time.Time) (until, from int64) {
	if span == (store.Span{}) {
		return asOf.UnixMilli() - c.At.UnixMilli(), 0
	}
	end, rests := span.To, c.restingAt(span.To)
	if !rests.Before(c.At) {
		rests = c.At
		if end.After(asOf) {
			end = asOf
		}
	}
	return end.UnixMilli() - rests.UnixMilli(), span.From.UnixMilli() - c.restingAt(span.From).UnixMilli()
}

// ContributionsStanding adds up instances that stand at some time in each span. What stands and
// rests stands a little longer at each instant, and in a span that moves.
func (s *Counts) ContributionsStanding(ctx context.Context, d Draw, by ...By) ([]ContributionStanding, error) {
	q := d.sum("contribution_standing", by, nil, numbered(18), (*Draw).standings)
	if s.counting != nil {
		// What rests stands in a span that begins later, too.
		q.kept = q.kept && !slices.ContainsFunc(d.Spans[:], func(span store.Span) bool { return !span.From.Before(s.counting.closing.At) })
	}
	sums, err := answer[ContributionStanding](ctx, s, q)
	if err != nil || s.counting == nil {
		return sums, err
	}
	for k, span := range d.Spans {
		until, from := s.counting.closing.moved(span, d.AsOf)
		for i := range sums {
			in := &sums[i].In[k]
			in.Milliseconds += in.until*until - in.from*from
		}
	}
	return sums, nil
}

// A ContributionReport is what the last reports of units in one span say together.
type ContributionReport struct {
	Provenance
	Parts
	Span int // its number
	Sum
	N int64
	// Sums over units of the squares and of the product.
	NumeratorSquare, DenominatorSquare, Product float64
}

// ContributionReports adds up the last report of each unit in each span.
func (s *Counts) ContributionReports(ctx context.Context, d Draw, by ...By) ([]ContributionReport, error) {
	d.Alike = nil
	which, args := d.where()
	columns, names, row := parts(by, d.part)
	in := d.in()
	sql := s.text("contribution_reports", "{region}", d.region(), "{by}", columns, "{names}", names, "{which}", which, "{holds}", "["+strings.Join(in[:], ", ")+"]")
	return rowsOf(ctx, s, "contribution_reports", sql, func(rows driver.Rows, n *ContributionReport) error {
		var span uint8
		into, values := row()
		err := rows.Scan(append(into, &n.Indicator, &span, &n.Region, &n.Numerator, &n.Denominator, &n.N, &n.NumeratorSquare, &n.DenominatorSquare, &n.Product)...)
		n.Parts, n.Span = values(), int(span)
		return err
	}, append([]any{d.AsOf.UnixMilli()}, args...)...)
}

// A ContributionNeed is a place that needs what an indicator looks for.
type ContributionNeed struct {
	Indicator string
	Parts
	In    InSpans // how often
	Every int64
}

func (n *ContributionNeed) told() []any { return []any{&n.Indicator} }
func (n *ContributionNeed) sums() []any { return n.In.columns(&n.Every) }

// ContributionNeeds lists the places that need what indicators look for, everywhere.
func (s *Counts) ContributionNeeds(ctx context.Context, d Draw) ([]ContributionNeed, error) {
	d.Place, d.Unit = "", ""
	q := d.sum("contribution_needs", []By{ByPlace}, nil, inSpans, (*Draw).spanCounts)
	q.groups = []string{"indicator"} // Of no region.
	return answer[ContributionNeed](ctx, s, q)
}

// A ContributionPlace is a place that has what an indicator looks for.
type ContributionPlace struct {
	Indicator string
	Place     string
	First     time.Time
}

// ContributionPlaces lists the places that have what indicators look for, everywhere.
func (s *Counts) ContributionPlaces(ctx context.Context, asOf time.Time) ([]ContributionPlace, error) {
	return rowsOf(ctx, s, "contribution_places", s.sql["contribution_places"], func(rows driver.Rows, n *ContributionPlace) error {
		return rows.Scan(&n.Indicator, &n.Place, &n.First)
	}, asOf.UnixMilli())
}

// A ContributionMark is a unit's first mark, or a declared shock.
type ContributionMark struct {
	Indicator string
	Role      contribution.Role
	Unit      string
	Place     string
	From, To  time.Time
}

// ContributionMarks lists marks and shocks.
func (s *Counts) ContributionMarks(ctx context.Context, asOf time.Time) ([]ContributionMark, error) {
	return rowsOf(ctx, s, "contribution_marks", s.sql["contribution_marks"], func(rows driver.Rows, n *ContributionMark) error {
		return rows.Scan(&n.Indicator, (*string)(&n.Role), &n.Unit, &n.Place, &n.From, &n.To)
	}, asOf.UnixMilli())
}

// A Saying is what frontline workers observed, and how often.
type Saying struct {
	Kind, Code string
	Region     string // of the place, or as stated
	Count      int64
}

// Sayings counts what frontline workers observed.
func (s *Counts) Sayings(ctx context.Context, d Draw) ([]Saying, error) {
	return rowsOf(ctx, s, "contribution_sayings", s.text("contribution_sayings", "{region}", d.region()), func(rows driver.Rows, n *Saying) error {
		var said string
		err := rows.Scan(&said, &n.Region, &n.Count)
		n.Kind, n.Code, _ = strings.Cut(said, " ")
		return err
	}, d.AsOf.UnixMilli())
}
