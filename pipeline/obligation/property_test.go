package obligation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"amparo/pipeline/obligation"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// eras are instants around which the law changes, or the calendar is odd.
var eras = []string{
	"2018-09-04T20:00", "2019-03-07T20:00", "2020-04-27T20:00", "2023-03-22T20:00", "2023-05-25T20:00",
	"2023-09-07T20:00", "2024-02-28T10:00", "2025-04-16T10:00", "2021-12-07T10:00",
}

// happenings are what the stories of anyStory are made of; each # is one of few
// references.
var happenings = []string{
	"violence.occurred", "report.received channel=police", "report.received channel=police peace_court=true victim_area=rural",
	"report.received channel=family-court urgent=true violence=sexual", "report.received channel=prosecutor flagrancy=true relation=partner",
	"report.withdrawn", "risk.assessed level=mild", "risk.assessed level=severe", "risk.assessed level=undetermined",
	"file.received from=police to=family-court to_institution=jf-1", "file.received from=police to=peace-court", "file.received from=police to=prosecutor",
	"file.received from=family-court to=prosecutor", "file.received from=prosecutor to=family-court", "file.received from=family-court to=penal-court",
	"file.acknowledged from=penal-court to=family-court", "arrest.made arrest=x-# flagrancy=true", "detention.ended arrest=x-#", "notice.given to=prosecutor", "notice.given to=family-court",
	"measures.decided measure=m-# outcome=granted", "measures.decided measure=m-# outcome=granted area=rural", "measures.decided measure=m-# outcome=denied institution_kind=penal-court",
	"measures.notified measure=m-# to=victim", "measures.notified measure=m-# to=respondent", "measures.notified measure=m-# to=police", "measures.notified measure=m-# to=executor area=rural",
	"measures.executed measure=m-#", "execution.reported measure=m-#", "compliance.reported measure=m-#", "compliance.reported measure=m-#", "measures.ended measure=m-#",
	"variation.requested measure=m-1 variation=v-#", "measures.varied measure=m-1 variation=v-#", "variation.notified measure=m-1 variation=v-# to=police",
	"breach.reported breach=b-# institution_kind=police-station institution=pnp-1", "breach.informed breach=b-# to=family-court", "breach.responded breach=b-#",
	"appeal.filed appeal=a-# measure=m-1", "appeal.granted appeal=a-#", "appeal.elevated appeal=a-#", "appeal.withdrawn appeal=a-#",
	"evidence.obtained", "investigation.opened", "case.archived", "outcome.informed to=family-court", "visit.made measure=m-# announced=false",
	"case.merged into=c-2", "unit.reported kind=police-station", "unit.reported kind=shelter accredited=true", "map.updated", "publication.made duty=map-updated",
}

// anyLine draws one event of a story about an instant.
func anyLine(t *rapid.T, around time.Time) string {
	what := strings.ReplaceAll(rapid.SampledFrom(happenings).Draw(t, "what"), "#", rapid.SampledFrom([]string{"1", "2"}).Draw(t, "ref"))
	at := around
	switch rapid.IntRange(0, 3).Draw(t, "distance") {
	case 0: // at a round hour, where limits meet
		at = at.Add(time.Duration(rapid.IntRange(0, 16).Draw(t, "quarters")) * 6 * time.Hour)
	case 1:
		at = at.Add(time.Duration(rapid.IntRange(0, 30*60).Draw(t, "minutes")) * time.Minute)
	default:
		at = at.AddDate(0, 0, rapid.IntRange(0, 500).Draw(t, "days"))
	}
	at = at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "ms")) * time.Millisecond)
	if rapid.IntRange(0, 4).Draw(t, "precision") == 0 {
		return at.Format(time.DateOnly) + " " + what
	}
	return at.Format("2006-01-02T15:04:05.000") + " " + what
}

// anyStory draws the events of one case, retractions among them.
func anyStory(t *rapid.T) []event.Event {
	around, err := time.Parse(lawtest.Minutes, rapid.SampledFrom(eras).Draw(t, "era"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for range rapid.IntRange(1, 25).Draw(t, "length") {
		lines = append(lines, anyLine(t, around))
	}
	for range rapid.IntRange(0, 2).Draw(t, "retractions") {
		at := around.AddDate(0, 0, rapid.IntRange(-10, 600).Draw(t, "retracted")).Format(lawtest.Minutes)
		lines = append(lines, fmt.Sprintf("%s event.retracted retracts=e%d", at, rapid.IntRange(1, len(lines)).Draw(t, "target")))
	}
	return lawtest.Story(t, lines...)
}

// lastOf is the last instant that a story knows.
func lastOf(events []event.Event) time.Time {
	return slices.MaxFunc(events, func(a, b event.Event) int { return a.At.Compare(b.At) }).At
}

func records(cat *law.Catalogue, obligations []obligation.Obligation, asOf time.Time) []string {
	var out []string
	for i := range obligations {
		out = append(out, strings.Join(obligations[i].Record(cat, "natural", asOf), ","))
	}
	return out
}

// anyLater draws an instant at or after another, near it or near what falls due.
func anyLater(t *rapid.T, last time.Time, obligations []obligation.Obligation) time.Time {
	at := last.AddDate(0, 0, rapid.IntRange(0, 900).Draw(t, "later"))
	if len(obligations) > 0 && rapid.Bool().Draw(t, "at a border") {
		o := rapid.SampledFrom(obligations).Draw(t, "border of")
		at = rapid.SampledFrom([]time.Time{o.StartedAt, o.DueAt, o.LapsesFrom, o.LapsesBy}).Draw(t, "border")
		at = at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "ms")) * time.Millisecond)
	}
	if at.Before(last) {
		return last
	}
	return at
}

// The store keeps what the whole history and the horizon give, and reads the
// status from it at any later instant. That must be what a fold at that instant
// says.
func TestStoredObligationsAreThoseOfAFoldAtAnyLaterInstant(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyStory(t)
		last := lastOf(events)
		horizon := last.AddDate(4, 0, 0)
		stored := obligation.Fold(cat, events, obligation.Query{AsOf: last, Horizon: horizon})
		asOf := anyLater(t, last, stored)
		if asOf.After(horizon) {
			asOf = horizon
		}
		read := slices.DeleteFunc(slices.Clone(stored), func(o obligation.Obligation) bool { return o.StartedAt.After(asOf) })
		folded := obligation.Fold(cat, events, obligation.Query{AsOf: asOf})
		if diff := cmp.Diff(records(cat, folded, asOf), records(cat, read, asOf)); diff != "" {
			t.Fatalf("at %s (-folded +stored):\n%s", event.FormatInstant(asOf), diff)
		}
	})
}

func TestOrderAndRepetitionOfEventsDoNotMatter(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyStory(t)
		q := obligation.Query{AsOf: lastOf(events).AddDate(0, 0, rapid.IntRange(-300, 300).Draw(t, "as-of"))}
		want := records(cat, obligation.Fold(cat, events, q), q.AsOf)
		mixed := rapid.Permutation(append(slices.Clone(events), rapid.SliceOfN(rapid.SampledFrom(events), 0, 5).Draw(t, "again")...)).Draw(t, "mixed")
		given := slices.Clone(mixed)
		if diff := cmp.Diff(want, records(cat, obligation.Fold(cat, mixed, q), q.AsOf)); diff != "" {
			t.Fatalf("in another order (-want +got):\n%s", diff)
		}
		if !slices.EqualFunc(given, mixed, func(a, b event.Event) bool { return a.Identity() == b.Identity() }) {
			t.Fatal("the fold changed the order of its input")
		}
	})
}

func TestARetractedEventIsAsIfItHadNeverBeen(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyStory(t)
		q := obligation.Query{AsOf: lastOf(events).AddDate(0, 0, 30)}
		at := rapid.IntRange(0, len(events)-1).Draw(t, "target")
		retracted := append(slices.Clone(events), lawtest.Story(t, "2030-01-01T00:00 event.retracted id=r retracts="+events[at].ID)...)
		want := obligation.Fold(cat, slices.Delete(slices.Clone(events), at, at+1), q)
		if events[at].Type == cat.Retraction {
			want = obligation.Fold(cat, events, q) // A retraction cannot be retracted.
		}
		if diff := cmp.Diff(records(cat, want, q.AsOf), records(cat, obligation.Fold(cat, retracted, q), q.AsOf)); diff != "" {
			t.Fatalf("(-without +retracted):\n%s", diff)
		}
	})
}

// A fold at an instant is a fold of what had happened, and one with knowledge
// up to an instant a fold of what had been entered.
func TestWhatIsNotSeenIsAsIfItWereNotThere(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		events := anyStory(t)
		for i := range events {
			events[i].RecordedAt = events[i].At.AddDate(0, 0, rapid.IntRange(0, 100).Draw(t, "entry"))
		}
		q := obligation.Query{AsOf: lastOf(events).AddDate(0, 0, rapid.IntRange(-300, 100).Draw(t, "as-of"))}
		q.KnownAt = q.AsOf.AddDate(0, 0, rapid.IntRange(-100, 100).Draw(t, "known-at"))
		seen := slices.DeleteFunc(slices.Clone(events), func(e event.Event) bool {
			return e.RecordedAt.After(q.KnownAt) || e.At.After(q.AsOf) && e.Type != cat.Retraction
		})
		want := obligation.Fold(cat, seen, obligation.Query{AsOf: q.AsOf})
		if diff := cmp.Diff(records(cat, want, q.AsOf), records(cat, obligation.Fold(cat, events, q), q.AsOf)); diff != "" {
			t.Fatalf("(-of the seen +of all):\n%s", diff)
		}
	})
}

// Subjects that are folded behind each other, in one memory, come to what each comes
// to alone.
func TestManyAreFoldedAsEachAlone(t *testing.T) {
	cat := lawtest.Shipped(t)
	rapid.Check(t, func(t *rapid.T) {
		subjects := [][]event.Event{nil}
		for range rapid.IntRange(1, 5).Draw(t, "subjects") {
			subjects = append(subjects, anyStory(t), rapid.SliceOfN(anyNonsense(cat), 0, 10).Draw(t, "events"))
		}
		q := obligation.Query{AsOf: lastOf(subjects[1]).AddDate(0, 0, 30)}
		for i, rows := range obligation.FoldMany(cat, subjects, func(int) obligation.Query { return q }) {
			if diff := cmp.Diff(records(cat, obligation.Fold(cat, subjects[i], q), q.AsOf), records(cat, rows, q.AsOf)); diff != "" {
				t.Fatalf("subject %d (-alone +among many):\n%s", i, diff)
			}
		}
	})
}

// Whatever passes for an event, the fold gives rows that make sense.
func TestRowsMakeSense(t *testing.T) {
	cat := lawtest.Shipped(t)
	check := func(t *rapid.T, events []event.Event) {
		asOf := lastOf(events).AddDate(0, 0, rapid.IntRange(-50, 400).Draw(t, "as-of"))
		seen := map[obligation.Key]bool{}
		previous := ""
		for _, o := range obligation.Fold(cat, events, obligation.Query{AsOf: asOf}) {
			status := o.Status(asOf)
			switch {
			case seen[o.Key()]:
				t.Fatalf("two rows of %v", o.Key())
			case o.DueAt.Before(o.StartedAt) && o.Under.Limit.On == 0:
				t.Fatalf("%v is due %s, before its start %s", o.Key(), o.DueAt, o.StartedAt)
			case o.LapsesBy.Before(o.LapsesFrom) || o.LapsesFrom.Before(o.DueAt):
				t.Fatalf("%v lapses from %s to %s, due %s", o.Key(), o.LapsesFrom, o.LapsesBy, o.DueAt)
			case o.StartedAt.After(asOf) || o.DoneAt.After(asOf):
				t.Fatalf("%v started %s and done %s, after %s", o.Key(), o.StartedAt, o.DoneAt, asOf)
			case (status == obligation.Met || status == obligation.Late) != !o.DoneAt.IsZero() && status != obligation.Unclear:
				t.Fatalf("%v is %s, done at %s", o.Key(), status, o.DoneAt)
			case !slices.Contains(obligation.Statuses(), status):
				t.Fatalf("%v has status %q", o.Key(), status)
			case o.Law.ID != o.Duty || o.Under.ID != o.Regime || o.Law.NeverARow:
				t.Fatalf("%v under regime %s of duty %s", o.Key(), o.Regime, o.Law.ID)
			case o.Duty < previous:
				t.Fatalf("duty %s comes after %s", o.Duty, previous)
			case len(o.Record(cat, "natural", asOf)) != len(obligation.Columns()):
				t.Fatalf("%v has %d cells", o.Key(), len(o.Record(cat, "natural", asOf)))
			}
			seen[o.Key()], previous = true, o.Duty
		}
	}
	t.Run("of stories", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { check(t, anyStory(t)) })
	})
	t.Run("of events without sense", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) { check(t, rapid.SliceOfN(anyNonsense(cat), 1, 30).Draw(t, "events")) })
	})
}

// anyNonsense draws events of the catalogue's types with any fields and values.
func anyNonsense(cat *law.Catalogue) *rapid.Generator[event.Event] {
	fields := []string{"measure", "appeal", "breach", "variation", "to", "from", "level", "channel", "precision", "kind", "outcome", "ubigeo", "institution", "to_institution", "source", "id", "duty", "area"}
	words := []any{"m-1", "a", "police", "family-court", "severe", "mild", "day", "police-station", "granted", "15", "1", "", true, 7.5, []any{"police", "sexual"}, nil, map[string]any{}}
	return rapid.Custom(func(t *rapid.T) event.Event {
		data := event.Fields{}
		for range rapid.IntRange(0, 5).Draw(t, "fields") {
			data[rapid.SampledFrom(fields).Draw(t, "field")] = rapid.SampledFrom(words).Draw(t, "value")
		}
		at := time.UnixMilli(rapid.Int64Range(-6e11, 4e12).Draw(t, "at")).UTC()
		if data["precision"] == "day" {
			at = event.StartOfDay(at, cat.Zone)
		}
		return event.Event{
			Subject: "c-1", Source: "urn:test", ID: rapid.StringMatching(`[a-z]{8}`).Draw(t, "id"),
			Type: rapid.SampledFrom(cat.Events.Names()).Draw(t, "type"), At: at, RecordedAt: at, Data: data.Data(),
		}
	})
}

// A day stands for all its instants: the status is what every placement of start
// and deed says, or unclear. The extremes say it all.
func TestAStatusByDayIsThatOfEveryPlacement(t *testing.T) {
	cat := lawtest.Shipped(t)
	const layout = "2006-01-02T15:04:05.000"
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, day int) (line string, first, last time.Time) {
			at := time.Date(2024, 3, day, 0, 0, 0, 0, cat.Zone)
			if rapid.Bool().Draw(t, name+" by day") {
				return at.Format(time.DateOnly), at, at.AddDate(0, 0, 1).Add(-time.Millisecond)
			}
			at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 36e6, 36e6 + 1, 86400e3 - 1}).Draw(t, name+" at")) * time.Millisecond)
			return at.Format(layout), at, at
		}
		start, startFirst, startLast := draw("start", 10)
		deed, deedFirst, deedLast := draw("deed", rapid.IntRange(10, 13).Draw(t, "deed day"))
		if deedLast.Before(startFirst) { // No early deeds here.
			deed, deedFirst, deedLast = start, startFirst, startLast
		}
		asOf := time.Date(2024, 3, 11, 0, 0, 0, 0, cat.Zone).Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "ms"))*time.Millisecond).AddDate(0, 0, rapid.IntRange(0, 2).Draw(t, "as-of day"))
		undone := rapid.Bool().Draw(t, "undone")
		status := func(start, deed string) string {
			lines, q := []string{start + " breach.reported breach=b-1"}, obligation.Query{AsOf: asOf}
			if !undone {
				lines, q.AsOf = append(lines, deed+" breach.informed breach=b-1 to=family-court"), asOf.AddDate(0, 0, 9)
			}
			got := rows(t, lawtest.Story(t, lines...), q, "breach-informed")
			return got[0][strings.LastIndex(got[0], " ")+1:]
		}
		// The shortest and the longest time from start to deed.
		nearest := deedFirst
		if nearest.Before(startLast) {
			nearest = startLast
		}
		if !undone && nearest.After(deedLast) { // start by its day, deed exact: just before it
			startLast, nearest = deedLast, deedLast
		}
		want := status(startLast.Format(layout), nearest.Format(layout))
		if status(startFirst.Format(layout), deedLast.Format(layout)) != want {
			want = "unclear"
		}
		if got := status(start, deed); got != want {
			t.Fatalf("start %s, deed %s (undone %t) as of %s: %s, want %s", start, deed, undone, asOf.Format(layout), got, want)
		}
	})
}

// FoldMany is Fold for each.
func TestFoldManyFoldsEachSubject(t *testing.T) {
	cat := lawtest.Shipped(t)
	asOf := lawtest.Instant(t, "2024-04-01T00:00")
	subjects := [][]event.Event{
		lawtest.Story(t, "2024-03-01T10:00 report.received channel=police"), nil,
		lawtest.Story(t, "2024-03-02T10:00 breach.reported breach=b-1"), lawtest.Story(t, "2024-03-03T10:00 investigation.opened"),
	}
	got := obligation.FoldMany(cat, subjects, func(i int) obligation.Query { return obligation.Query{AsOf: asOf.AddDate(0, 0, i)} })
	for i := range subjects {
		q := obligation.Query{AsOf: asOf.AddDate(0, 0, i)}
		if diff := cmp.Diff(records(cat, obligation.Fold(cat, subjects[i], q), q.AsOf), records(cat, got[i], q.AsOf)); diff != "" {
			t.Errorf("subject %d (-Fold +FoldMany):\n%s", i, diff)
		}
	}
}

func BenchmarkFold(b *testing.B) {
	cat := lawtest.Shipped(b)
	events := lawtest.Story(b,
		"2024-03-01T02:00 violence.occurred", "2024-03-01T10:00 report.received channel=police victim_area=urban", "2024-03-01T10:20 report.registered",
		"2024-03-01T10:40 risk.assessed level=moderate", "2024-03-01T11:00 leaflet.delivered", "2024-03-01T12:00 prosecutor.informed", "2024-03-01T12:00 cem.informed",
		"2024-03-01T20:00 file.received from=police to=prosecutor", "2024-03-01T21:00 file.received from=police to=family-court",
		"2024-03-02T09:00 hearing.held", "2024-03-02T10:00 measures.decided measure=m-1 outcome=granted", "2024-03-02T11:00 measures.notified measure=m-1 to=victim",
		"2024-03-02T12:00 measures.notified measure=m-1 to=respondent", "2024-03-02T13:00 measures.notified measure=m-1 to=police", "2024-03-02T18:00 measures.executed measure=m-1",
		"2024-03-03T10:00 victim.contacted measure=m-1", "2024-03-15T10:00 execution.reported measure=m-1", "2024-04-01T10:00 visit.made measure=m-1 announced=false",
		"2024-05-01T10:00 breach.reported breach=b-1 measure=m-1", "2024-05-01T11:00 breach.informed breach=b-1 to=family-court", "2024-05-01T10:20 breach.responded breach=b-1",
		"2024-03-04T10:00 investigation.opened", "2024-06-01T10:00 case.archived", "2024-06-05T10:00 outcome.informed to=family-court", "2024-09-01T10:00 compliance.reported measure=m-1",
	)
	q := obligation.Query{AsOf: lawtest.Instant(b, "2024-10-01T00:00")}
	b.ReportAllocs()
	for b.Loop() {
		obligation.Fold(cat, events, q)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(events)), "ns/event")
}
