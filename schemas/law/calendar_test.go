package law_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
)

func TestEaster(t *testing.T) {
	for year, want := range map[int]string{
		1954: "1954-04-18", 1981: "1981-04-19", 2000: "2000-04-23", 2008: "2008-03-23", 2011: "2011-04-24", 2018: "2018-04-01",
		2024: "2024-03-31", 2025: "2025-04-20", 2026: "2026-04-05", 2027: "2027-03-28", 2038: "2038-04-25", 2049: "2049-04-18",
	} {
		if got := law.Easter(year); got.String() != want {
			t.Errorf("Easter(%d) = %s, want %s", year, got, want)
		}
	}
}

// daysOff lists the days from Monday to Friday of a year that do not count.
func daysOff(c *law.Calendar, year int) []string {
	var off []string
	for d := law.NewDate(year, time.January, 1); d.Year() == year; d++ {
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if !weekend && !c.IsBusiness(d) {
			off = append(off, d.String()[5:])
		}
	}
	return off
}

func TestDaysOff(t *testing.T) {
	calendars := lawtest.Shipped(t).Calendars
	// Written by hand from the norms. The court adds its own days to the rest.
	cases := []struct {
		year  int
		all   []string
		court []string
	}{
		// Before 6 August and 9 December became holidays.
		{2021, []string{"01-01", "04-01", "04-02", "06-29", "07-28", "07-29", "08-30", "10-08", "11-01", "12-08"}, []string{"01-04", "08-04"}},
		{2022, []string{"04-14", "04-15", "06-29", "07-28", "07-29", "08-30", "11-01", "12-08", "12-09"}, []string{"01-03", "08-04"}},
		{2023, []string{"04-06", "04-07", "05-01", "06-29", "07-28", "08-30", "11-01", "12-08", "12-25"}, []string{"01-02", "08-04"}},
		{2024, []string{"01-01", "03-28", "03-29", "05-01", "06-07", "07-23", "07-29", "08-06", "08-30", "10-08", "11-01", "12-09", "12-25"}, []string{"01-02"}},
		{2025, []string{"01-01", "04-17", "04-18", "05-01", "07-23", "07-28", "07-29", "08-06", "10-08", "12-08", "12-09", "12-25"}, []string{"01-02", "08-04"}},
		{2026, []string{"01-01", "04-02", "04-03", "05-01", "06-29", "07-23", "07-28", "07-29", "08-06", "10-08", "12-08", "12-09", "12-25"}, []string{"01-02", "08-04"}},
		{2027, []string{"01-01", "03-25", "03-26", "06-07", "06-29", "07-23", "07-28", "07-29", "08-06", "08-30", "10-08", "11-01", "12-08", "12-09"}, []string{"01-04", "08-04"}},
	}
	for _, tc := range cases {
		t.Run(fmt.Sprint(tc.year), func(t *testing.T) {
			if diff := cmp.Diff(tc.all, daysOff(calendars["general"], tc.year)); diff != "" {
				t.Errorf("days off (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(slices.Sorted(slices.Values(slices.Concat(tc.all, tc.court))), daysOff(calendars["court"], tc.year)); diff != "" {
				t.Errorf("days off of the court (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHolidaysSince(t *testing.T) {
	general := lawtest.Shipped(t).Calendars["general"]
	for _, tc := range []struct {
		date string
		want bool // a business day
	}{
		{"2023-06-07", true}, {"2024-06-07", false}, // Arica
		{"2021-07-23", true}, {"2024-07-23", false}, // Air Force
		{"2021-08-06", true}, {"2024-08-06", false}, // Junín
		{"2021-12-09", true}, {"2022-12-09", false}, // Ayacucho
		{"1990-12-25", false},
	} {
		if got := general.IsBusiness(date(t, tc.date)); got != tc.want {
			t.Errorf("IsBusiness(%s) = %t, want %t", tc.date, got, tc.want)
		}
	}
}

func TestOpeningOfTheJudicialYear(t *testing.T) {
	court := lawtest.Shipped(t).Calendars["court"]
	for _, tc := range []struct{ off, next string }{
		{"2022-01-03", "2022-01-04"}, // 1 January is a Saturday
		{"2023-01-02", "2023-01-03"}, // a Sunday
		{"2024-01-02", "2024-01-03"}, // a Monday
		{"2027-01-04", "2027-01-05"}, // a Friday
	} {
		if court.IsBusiness(date(t, tc.off)) || !court.IsBusiness(date(t, tc.next)) {
			t.Errorf("expected the court closed on %s and open on %s", tc.off, tc.next)
		}
	}
}

func TestAddBusiness(t *testing.T) {
	calendars := lawtest.Shipped(t).Calendars
	for _, tc := range []struct {
		name, calendar, from string
		n                    int
		want                 string
	}{
		{"none is the day itself, business or not", "court", "2025-04-18", 0, "2025-04-18"},
		{"the first is the next one", "court", "2025-04-14", 1, "2025-04-15"},
		{"over Easter 2025", "court", "2025-04-16", 1, "2025-04-21"},
		{"from Good Friday 2025", "court", "2025-04-18", 3, "2025-04-23"},
		{"over Easter 2026", "court", "2026-04-01", 1, "2026-04-06"},
		{"over Easter 2026, five days", "general", "2026-03-31", 5, "2026-04-09"},
		{"over 28 and 29 July 2025", "general", "2025-07-25", 1, "2025-07-30"},
		{"9 December 2021 counts", "general", "2021-12-07", 1, "2021-12-09"},
		{"9 December 2022 does not", "general", "2022-12-07", 1, "2022-12-12"},
		{"the court skips Judge's Day", "court", "2025-08-01", 1, "2025-08-05"},
		{"the administration does not", "general", "2025-08-01", 1, "2025-08-04"},
		{"over the year's end, court", "court", "2025-12-31", 1, "2026-01-05"},
		{"over the year's end, administration", "general", "2025-12-31", 1, "2026-01-02"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := calendars[tc.calendar].AddBusiness(date(t, tc.from), tc.n); got.String() != tc.want {
				t.Errorf("%s plus %d = %s, want %s", tc.from, tc.n, got, tc.want)
			}
		})
	}
}

func TestAddMonths(t *testing.T) {
	for _, tc := range []struct {
		from string
		n    int
		want string
	}{
		{"2024-01-31", 1, "2024-02-29"}, {"2023-01-31", 1, "2023-02-28"}, {"2023-08-31", 6, "2024-02-29"},
		{"2024-02-29", 12, "2025-02-28"}, {"2024-02-29", 48, "2028-02-29"}, {"2024-11-30", 3, "2025-02-28"},
		{"2024-12-15", 1, "2025-01-15"}, {"2024-03-31", 3, "2024-06-30"}, {"2024-05-20", 0, "2024-05-20"},
	} {
		if got := date(t, tc.from).AddMonths(tc.n); got.String() != tc.want {
			t.Errorf("%s plus %d months = %s, want %s", tc.from, tc.n, got, tc.want)
		}
	}
}

// A decree adds one date, in the file, and to the calendar that lists it alone.
func TestDecreeDay(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted")
	o.Edit("calendars/general.yaml", "extra: []", "extra: [2026-01-02]")
	c, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Calendars["general"].AddBusiness(date(t, "2025-12-31"), 1); got.String() != "2026-01-05" {
		t.Errorf("next business day is %s, want 2026-01-05", got)
	}
	if !lawtest.Shipped(t).Calendars["general"].IsBusiness(date(t, "2026-01-02")) {
		t.Error("the shipped calendar has changed")
	}
}

func TestPeriods(t *testing.T) {
	for _, tc := range []struct {
		period            law.Period
		in, first, id, at string
	}{
		{law.Monthly, "2024-02-29", "2024-02-01", "2024-02", "2024-04-01"},
		{law.Quarterly, "2024-03-31", "2024-01-01", "2024-Q1", "2024-07-01"},
		{law.Quarterly, "2024-12-31", "2024-10-01", "2024-Q4", "2025-04-01"},
		{law.HalfYearly, "2024-07-01", "2024-07-01", "2024-H2", "2025-07-01"},
		{law.Yearly, "2024-11-25", "2024-01-01", "2024", "2026-01-01"},
	} {
		first := tc.period.Containing(date(t, tc.in))
		due := (&law.Duty{Every: tc.period}).PeriodDue(&law.Regime{}, first)
		if first.String() != tc.first || tc.period.Name(first) != tc.id || due.String() != tc.at {
			t.Errorf("%s of %s: begins %s, named %s, overdue on %s; want %s, %s, %s",
				tc.period, tc.in, first, tc.period.Name(first), due, tc.first, tc.id, tc.at)
		}
	}
}

// Whatever the start and the limit: the deadline is not before the start, the
// last day of business days is one, and a longer limit never ends earlier.
func FuzzDue(f *testing.F) {
	c := lawtest.Shipped(f)
	f.Add(int64(1713300000), uint8(3), true)
	f.Add(int64(1735689599), uint8(15), false)
	f.Add(int64(1709251199), uint8(1), true)
	f.Add(int64(0), uint8(0), false)
	f.Fuzz(func(t *testing.T, seconds int64, n uint8, inCourt bool) {
		const in2170 = 6_311_433_600 // the calendars end with 2199
		start := time.Unix(((seconds%in2170)+in2170)%in2170, 0)
		calendar := "general"
		if inCourt {
			calendar = "court"
		}
		limits := func(n int) []law.Limit {
			return []law.Limit{
				{Hours: n}, {Days: n, Calendar: calendar}, {BusinessDays: n, Calendar: calendar},
				{CalendarDays: n, Calendar: calendar}, {Months: n, Calendar: calendar}, {CalendarDays: n},
			}
		}
		longer := limits(int(n) + 2)
		for i, limit := range limits(int(n) + 1) {
			due := c.Due(&limit, start, "")
			if due.Before(start) {
				t.Errorf("%+v from %s is due %s, before it", limit, start, due)
			}
			if later := c.Due(&longer[i], start, ""); later.Before(due) {
				t.Errorf("from %s: %+v is due %s, %+v is due %s", start, limit, due, longer[i], later)
			}
			last := c.DateOf(due) - 1
			if limit.Calendar != "" && !limit.ByClock() && !c.Calendars[calendar].IsBusiness(last) {
				t.Errorf("%+v from %s ends on %s, which is no business day", limit, start, last)
			}
		}
	})
}
