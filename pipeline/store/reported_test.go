package store_test

import (
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	gocmp "github.com/google/go-cmp/cmp"

	"amparo/pipeline/store"
	"amparo/schemas/event"
)

func TestReportedSaysUntilWhenEachProvinceWroteDownWhatHappened(t *testing.T) {
	s, _ := opened(t)
	seq := uint64(0)
	write := func(place, source string, happened, written time.Duration) store.Recorded {
		seq++
		e := recorded(t, "c-1", place+"-"+happened.String()+source, seq, `{"ubigeo":"`+place+`"}`)
		e.Source, e.At, e.RecordedAt, e.ReceivedAt = source, noon.Add(happened), noon.Add(written), noon.Add(1000*time.Hour)
		return e
	}
	events := []store.Recorded{
		write("040101", "urn:a", -9*time.Hour, -8*time.Hour),
		write("040102", "urn:a", -3*time.Hour, -2*time.Hour),
		write("040101", "urn:a", -time.Hour, time.Hour), // written down after the instant
		write("040101", "urn:a", time.Hour, 2*time.Hour),
		write("21", event.SyntheticSource+":x", -5*time.Hour, -5*time.Hour),
		write("21", event.SyntheticSource+"ish", -4*time.Hour, -4*time.Hour), // another word
	}
	insertEvents(t, s, events...)
	asked := func(knownAt time.Time) []store.ReportedSpan {
		got, err := s.Reported(t.Context(), knownAt)
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(got, func(a, b store.ReportedSpan) int { return cmp.Compare(a.Province, b.Province) })
		return got
	}
	made := store.ReportedSpan{Province: "21", First: noon.Add(-5 * time.Hour), Until: noon.Add(-4 * time.Hour), Events: 2, Synthetic: 1}
	for knownAt, province := range map[time.Time]store.ReportedSpan{
		noon:                      {Province: "0401", First: noon.Add(-8 * time.Hour), Until: noon.Add(-2 * time.Hour), Events: 2},
		noon.Add(2 * time.Hour):   {Province: "0401", First: noon.Add(-8 * time.Hour), Until: noon.Add(2 * time.Hour), Events: 4},
		noon.Add(200 * time.Hour): {Province: "0401", First: noon.Add(-8 * time.Hour), Until: noon.Add(2 * time.Hour), Events: 4},
	} {
		if diff := gocmp.Diff([]store.ReportedSpan{province, made}, asked(knownAt)); diff != "" {
			t.Errorf("known at %s: -want +got:\n%s", knownAt, diff)
		}
	}
	// Also of what is stored twice, and was put together since.
	insertEvents(t, s, events[0])
	if err := s.Exec(t.Context(), "OPTIMIZE TABLE events FINAL"); err != nil {
		t.Fatal(err)
	}
	if got := asked(noon.Add(200 * time.Hour)); got[0].Events != 4 || got[0].First != noon.Add(-8*time.Hour) {
		t.Errorf("after a merge %+v", got[0])
	}
	question, err := os.ReadFile("queries/reported.sql")
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	err = s.Ask(t.Context(), "plan", "EXPLAIN "+strings.ReplaceAll(string(question), "{known}", "1"), func(rows driver.Rows) error {
		var line string
		err := rows.Scan(&line)
		plan.WriteString(line + "\n")
		return err
	}, event.SyntheticSource, event.SyntheticSource+":")
	if err != nil || !strings.Contains(plan.String(), "(spans)") {
		t.Errorf("events are read: %v\n%s", err, plan.String())
	}
}
