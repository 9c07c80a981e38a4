package law_test

import (
	"slices"
	"testing"
	"time"

	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
)

func TestDue(t *testing.T) {
	c := lawtest.Shipped(t)
	for _, tc := range []struct {
		name  string
		limit law.Limit
		start string
		want  string
	}{
		{"hours run through nights and holidays", law.Limit{Hours: 48}, "2025-04-17T22:00:00-05:00", "2025-04-19T22:00:00-05:00"},
		{"minutes and seconds add up", law.Limit{Minutes: 30, Seconds: 15}, "2024-12-31T23:45:00-05:00", "2025-01-01T00:15:15-05:00"},
		{"the same day ends at midnight", law.Limit{SameDay: true}, "2024-03-01T23:59:59-05:00", "2024-03-02T00:00:00-05:00"},
		{"the same day is that of the zone", law.Limit{SameDay: true}, "2024-03-02T03:00:00Z", "2024-03-02T00:00:00-05:00"},
		{"the same day never moves", law.Limit{SameDay: true, Calendar: "general"}, "2025-04-18T10:00:00-05:00", "2025-04-19T00:00:00-05:00"},
		{"business days skip Easter", law.Limit{BusinessDays: 2, Calendar: "general"}, "2025-04-16T10:00:00-05:00", "2025-04-23T00:00:00-05:00"},
		{"calendar days count all", law.Limit{CalendarDays: 5}, "2025-04-13T10:00:00-05:00", "2025-04-19T00:00:00-05:00"},
		{"their last day moves to a business day", law.Limit{CalendarDays: 5, Calendar: "general"}, "2025-04-13T10:00:00-05:00", "2025-04-22T00:00:00-05:00"},
		{"unless the limit says not to", law.Limit{CalendarDays: 5, Calendar: "general", NoShift: true}, "2025-04-13T10:00:00-05:00", "2025-04-19T00:00:00-05:00"},
		{"a missing date is the month's last", law.Limit{Months: 6}, "2023-08-31T10:00:00-05:00", "2024-03-01T00:00:00-05:00"},
		{"months shift too", law.Limit{Months: 3, Calendar: "general"}, "2024-03-09T10:00:00-05:00", "2024-06-11T00:00:00-05:00"},
		{"a fixed last day", law.Limit{On: law.NewDate(2030, time.April, 4)}, "2025-06-01T10:00:00-05:00", "2030-04-05T00:00:00-05:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, want := c.Due(&tc.limit, instant(t, tc.start), "150101"), instant(t, tc.want); !got.Equal(want) {
				t.Errorf("due %s, want %s", got.In(c.Zone), want.In(c.Zone))
			}
		})
	}
}

// Periods go from the original date: neither shifts nor short months add up.
func TestDuePeriod(t *testing.T) {
	c := lawtest.Shipped(t)
	limit := law.Limit{Months: 3, Calendar: "general"}
	first := instant(t, "2024-11-30T09:00:00-05:00")
	for months, want := range map[int]string{
		3: "2025-03-01T00:00:00-05:00", // 28 February, a Friday
		6: "2025-05-31T00:00:00-05:00", // 30 May, a Friday
		9: "2025-09-02T00:00:00-05:00", // 30 August, a Saturday and Saint Rose: 1 September
	} {
		if got := c.DuePeriod(&limit, first, months); !got.Equal(instant(t, want)) {
			t.Errorf("after %d months due %s, want %s", months, got.In(c.Zone), want)
		}
	}
}

func TestPlainDaysFollowTheSwitch(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted", "execution-report", "employer-answer")
	o.Edit("catalogue.yaml", "days: business", "days: calendar")
	calendar, err := load.Catalogue(o.MapFS) // The examples hold under either reading.
	if err != nil {
		t.Fatal(err)
	}
	start := instant(t, "2024-03-06T10:00:00-05:00")
	for _, tc := range []struct {
		name  string
		c     *law.Catalogue
		limit law.Limit
		want  string
	}{
		{"five plain days as business days", lawtest.Shipped(t), law.Limit{Days: 5, Calendar: "court"}, "2024-03-14T00:00:00-05:00"},
		{"five plain days as calendar days", calendar, law.Limit{Days: 5, Calendar: "court"}, "2024-03-12T00:00:00-05:00"},
		{"five express business days", calendar, law.Limit{BusinessDays: 5, Calendar: "court"}, "2024-03-14T00:00:00-05:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := tc.c.Due(&tc.limit, start, ""); !got.Equal(instant(t, tc.want)) {
				t.Errorf("due %s, want %s", got.In(tc.c.Zone), tc.want)
			}
		})
	}
}

func TestTermOfDistance(t *testing.T) {
	o := lawtest.NewOverlay(t, "appeal-granted")
	o.Write("distances.csv", "code,hours\n16,24\n1602,72\n")
	c, err := load.Catalogue(o.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	start := instant(t, "2024-03-01T10:00:00-05:00")
	hours, days := law.Limit{Hours: 24, Distance: true}, law.Limit{Days: 3, Calendar: "court", Distance: true}
	for _, tc := range []struct {
		name  string
		limit law.Limit
		place string
		want  string
	}{
		{"none outside the table", hours, "150101", "2024-03-02T10:00:00-05:00"},
		{"that of the department", hours, "160101", "2024-03-03T10:00:00-05:00"},
		{"that of the province goes first", hours, "160201", "2024-03-05T10:00:00-05:00"},
		{"none without a place", hours, "", "2024-03-02T10:00:00-05:00"},
		{"whole days are added to days, and moved", days, "160201", "2024-03-12T00:00:00-05:00"},
		{"a limit without it", law.Limit{Hours: 24}, "160201", "2024-03-02T10:00:00-05:00"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := c.Due(&tc.limit, start, tc.place); !got.Equal(instant(t, tc.want)) {
				t.Errorf("due %s, want %s", got.In(c.Zone), tc.want)
			}
		})
	}
	for name, table := range map[string]string{
		"an unknown place": "code,hours\n99,24\n", "no number": "code,hours\n16,a day\n",
		"less than none": "code,hours\n16,-1\n", "a table without columns": "\n",
	} {
		o.Write("distances.csv", table)
		if _, err := load.Catalogue(o.MapFS); err == nil {
			t.Errorf("%s: loaded, expected a refusal", name)
		}
	}
}

// Hours include their last instant; civil days end before the next one begins.
func TestLimitAtItsEdge(t *testing.T) {
	due := time.Date(2024, 3, 2, 5, 0, 0, 0, time.UTC)
	hours, days := law.Limit{Hours: 24}, law.Limit{Days: 3, Calendar: "court"}
	for _, tc := range []struct {
		name           string
		limit          law.Limit
		at             time.Time
		inTime, passed bool
	}{
		{"hours, before", hours, due.Add(-time.Millisecond), true, false},
		{"hours, at", hours, due, true, false},
		{"hours, after", hours, due.Add(time.Millisecond), false, true},
		{"days, before", days, due.Add(-time.Millisecond), true, false},
		{"days, at", days, due, false, true},
		{"days, after", days, due.Add(time.Millisecond), false, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.limit.InTime(tc.at, due) != tc.inTime || tc.limit.Passed(due, tc.at) != tc.passed {
				t.Errorf("in time %t, passed %t; want %t, %t", tc.limit.InTime(tc.at, due), tc.limit.Passed(due, tc.at), tc.inTime, tc.passed)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	report := &event.Event{Type: "report.received", Data: event.Fields{"channel": "police", "urgent": true, "violence": []any{"physical", "sexual"}}.Data()}
	for _, tc := range []struct {
		name   string
		fields []law.FieldIs
		want   bool
	}{
		{"the type alone", nil, true},
		{"one of some values", []law.FieldIs{{Name: "channel", Values: []string{"digital", "police"}}}, true},
		{"none of them", []law.FieldIs{{Name: "channel", Values: []string{"digital"}}}, false},
		{"a flag", []law.FieldIs{{Name: "urgent", Values: []string{"true"}}}, true},
		{"a list that contains it", []law.FieldIs{{Name: "violence", Values: []string{"sexual"}}}, true},
		{"an absent field", []law.FieldIs{{Name: "relation", Values: []string{"spouse"}}}, false},
		{"all fields are needed", []law.FieldIs{{Name: "channel", Values: []string{"police"}}, {Name: "urgent", Values: []string{"false"}}}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := law.Match{Type: "report.received", Fields: tc.fields}
			if got := m.Matches(report); got != tc.want {
				t.Errorf("matches %t, want %t", got, tc.want)
			}
		})
	}
	pattern := law.Pattern{Matches: []law.Match{{Type: "report.refused"}, {Type: "report.received"}, {Type: "report.refused"}}}
	if !pattern.Any(report) || !slices.Equal(pattern.Types(), []string{"report.refused", "report.received"}) {
		t.Errorf("any %t, types %v", pattern.Any(report), pattern.Types())
	}
}

func TestPlaces(t *testing.T) {
	p := lawtest.Shipped(t).Places
	for _, tc := range []struct{ code, department, natural, study string }{
		{"04", "04", "highlands", "highlands"},     // Arequipa
		{"0402", "04", "coast", "highlands"},       // Camaná, on the coast
		{"040201", "04", "coast", "highlands"},     // a district has the region of its province
		{"150101", "15", "coast", "coast"},         // Lima
		{"0809", "08", "jungle", "highlands"},      // La Convención
		{"", law.NoDepartment, "", ""},             // no place
		{"07", "07", "coast", "coast"},             // Callao
		{"210101", "21", "highlands", "highlands"}, // Puno
	} {
		if p.Department(tc.code) != tc.department || p.Region("natural", tc.code) != tc.natural || p.Region("study", tc.code) != tc.study {
			t.Errorf("%q: department %s, natural %s, study %s; want %+v", tc.code, p.Department(tc.code), p.Region("natural", tc.code), p.Region("study", tc.code), tc)
		}
	}
	if len(p.Departments()) != 25 || !slices.Equal(p.Regions("natural"), []string{"coast", "highlands", "jungle"}) || p.Groupings[0] != "natural" || p.HasGrouping("political") {
		t.Errorf("departments %v, regions %v, groupings %v", p.Departments(), p.Regions("natural"), p.Groupings)
	}
	if !p.Known("150101") || p.Known("990101") || p.Name("15") != "Lima" || p.Name("99") != "99" {
		t.Errorf("known or named wrongly: %s, %s", p.Name("15"), p.Name("99"))
	}
}

func TestTextIn(t *testing.T) {
	both, spanish, english := law.Text{ES: "plazo", EN: "limit"}, law.Text{ES: "plazo"}, law.Text{EN: "limit"}
	for _, tc := range []struct {
		text       law.Text
		lang, want string
	}{
		{both, "es", "plazo"}, {both, "en", "limit"}, {spanish, "en", "plazo"}, {english, "es", "limit"}, {both, "qu", "plazo"},
	} {
		if got := tc.text.In(tc.lang); got != tc.want {
			t.Errorf("%+v in %s = %q, want %q", tc.text, tc.lang, got, tc.want)
		}
	}
}
