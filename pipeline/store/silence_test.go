package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/pipeline/store"
)

func TestReportingComparesWithTheSameDayOfEarlierWeeks(t *testing.T) {
	s, _ := opened(t)
	const day = 24 * time.Hour
	seq := uint64(0)
	var events []store.Recorded
	receive := func(data string, ago time.Duration, n int) {
		for range n {
			seq++
			e := recorded(t, "c-1", fmt.Sprint("e-", seq), seq, data)
			e.ReceivedAt = noon.Add(-ago)
			events = append(events, e)
		}
	}
	police := func(place string) string {
		return fmt.Sprintf(`{"ubigeo":%q,"institution_kind":"police-station"}`, place)
	}
	for week := 1; week <= 8; week++ {
		ago := time.Duration(week) * 7 * day
		receive(police("0401"), ago+time.Hour, 10+week) // 11 to 18: the median is 14.5
		receive(police("21"), ago+25*time.Hour, 5)      // another weekday
	}
	receive(police("0401"), 7*day, 100)           // the edge belongs to the day that ends there
	receive(police("0401"), 30*time.Hour, 1)      // yesterday is not the last 24 hours
	receive(police("21"), 2*time.Hour, 3)         // today
	receive(`{"ubigeo":"2101"}`, 24*time.Hour, 1) // just outside, from no institution
	receive(`{"ubigeo":"08"}`, 400*day, 1)        // long ago
	receive(`{"ubigeo":"09"}`, -time.Minute, 1)   // after the instant
	insertEvents(t, s, events...)
	insertEvents(t, s, events...) // redelivered: counts once

	got, err := s.Reporting(t.Context(), noon)
	if err != nil {
		t.Fatal(err)
	}
	want := []store.Reporter{
		{Origin: store.ByDepartment, Name: "04", LastAt: noon.Add(-30 * time.Hour), Day: 0, Usual: 15.5},
		{Origin: store.ByDepartment, Name: "08", LastAt: noon.Add(-400 * day)},
		{Origin: store.ByDepartment, Name: "21", LastAt: noon.Add(-2 * time.Hour), Day: 3, Usual: 0},
		{Origin: store.ByInstitutionKind, Name: "police-station", LastAt: noon.Add(-2 * time.Hour), Day: 3, Usual: 15.5},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
