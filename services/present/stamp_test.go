package present_test

import (
	"strings"
	"testing"
	"time"

	"amparo/services/present"
)

func TestATimeThatWasNotReportedIsMarkedOrWithheld(t *testing.T) {
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	}
	reported := present.Reported{From: day(2024, 1, 1), Until: day(2025, 12, 31), Asked: true}
	tests := map[string]struct {
		reported present.Reported
		from, to time.Time
		want     present.Coverage
	}{
		"up to date":                       {reported, day(2025, 1, 1), day(2026, 1, 1), present.Covered},
		"a week late":                      {reported, day(2025, 1, 7), day(2026, 1, 7), present.Covered},
		"a month of a year is missing":     {reported, day(2025, 2, 1), day(2026, 2, 1), present.PartCover},
		"eleven months of a year":          {reported, day(2024, 11, 25), day(2026, 11, 25), present.NoCover},
		"the month lies behind":            {reported, day(2026, 10, 1), day(2026, 11, 1), present.NoCover},
		"a month that was reported":        {reported, day(2025, 11, 1), day(2025, 12, 1), present.Covered},
		"all, of which a third is missing": {reported, time.Time{}, day(2026, 11, 25), present.NoCover},
		"all, of which a tenth is missing": {reported, time.Time{}, day(2026, 3, 1), present.PartCover},
		"nothing was ever reported":        {present.Reported{Asked: true}, time.Time{}, day(2026, 1, 1), present.NoReports},
		"nobody asked":                     {present.Reported{}, time.Time{}, day(2026, 1, 1), present.Covered},
	}
	for name, tt := range tests {
		if got := tt.reported.Cover(tt.from, tt.to); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	said := reported.Say(present.NoCover, time.UTC)
	for _, text := range []string{said.ES, said.EN} {
		if !strings.Contains(text, "31/12/2025 00:00") || !strings.Contains(text, "--as-of") {
			t.Error(text)
		}
	}
}
