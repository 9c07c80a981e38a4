package store_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

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
	got, err := s.Reported(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(got, func(a, b store.ReportedSpan) int { return cmp.Compare(a.Province, b.Province) })
	want := []store.ReportedSpan{
		{Province: "0401", First: noon.Add(-8 * time.Hour), Until: noon.Add(-2 * time.Hour), Events: 2},
		{Province: "21", First: noon.Add(-5 * time.Hour), Until: noon.Add(-4 * time.Hour), Events: 2, Synthetic: 1},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
