package law_test

import (
	"testing"
	"time"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// March 2024 begins on a Friday; 28 and 29 are Holy Thursday and Good Friday.
func TestDueMoved(t *testing.T) {
	c := lawtest.Shipped(t)
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		return instant(t, s+":00-05:00")
	}
	pause := func(from, to string) law.Pause { return law.Pause{From: at(from), To: at(to)} }
	hours := &law.Extension{By: law.Limit{Hours: 10}, AtMost: 1}
	month := &law.Extension{By: law.Limit{Months: 1}}
	five := &law.Extension{By: law.Limit{BusinessDays: 5, Calendar: "general"}}
	ten := &law.Extension{By: law.Limit{CalendarDays: 10}}
	stated := &law.Extension{By: law.Limit{Until: "until"}}
	business := law.Limit{BusinessDays: 3, Calendar: "general"}
	const never = "never"
	for name, tc := range map[string]struct {
		limit law.Limit
		start string
		moved law.Moved
		due   string
	}{
		"hours without anything":               {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{}, "2024-03-02T10:00"},
		"hours that stop for six":              {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-01T12:00", "2024-03-01T18:00")}}, "2024-03-02T16:00"},
		"hours that stop twice":                {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-01T12:00", "2024-03-01T18:00"), pause("2024-03-02T15:00", "2024-03-03T15:00")}}, "2024-03-03T16:00"},
		"a stop at the last instant":           {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-02T10:00", "2024-03-05T10:00")}}, "2024-03-02T10:00"},
		"a stop before the start":              {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-02-28T10:00", "2024-03-01T12:00")}}, "2024-03-02T12:00"},
		"a stop that was over":                 {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-02-28T10:00", "2024-03-01T10:00")}}, "2024-03-02T10:00"},
		"hours that stand still":               {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-01T12:00", "")}}, never},
		"a stop without end after the limit":   {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-02T12:00", "")}}, "2024-03-02T10:00"},
		"hours extended at the last instant":   {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-02T10:00"), Under: hours}}}, "2024-03-02T20:00"},
		"hours extended too late":              {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-02T10:01"), Under: hours}}}, "2024-03-02T10:00"},
		"hours extended before the start":      {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-01T09:59"), Under: hours}}}, "2024-03-02T10:00"},
		"hours extended twice, once at most":   {law.Limit{Hours: 24}, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-01T11:00"), Under: hours}, {At: at("2024-03-01T12:00"), Under: hours}}}, "2024-03-02T20:00"},
		"business days: Mon 4, Tue 5, Wed 6":   {business, "2024-03-01T10:00", law.Moved{}, "2024-03-07T00:00"},
		"Tue 5 and Wed 6 stand still":          {business, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-05T09:00", "2024-03-06T09:00")}}, "2024-03-09T00:00"},
		"a stop and the end on one day":        {business, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-06T09:00", "2024-03-06T10:00")}}, "2024-03-08T00:00"},
		"business days that stand still":       {business, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-05T09:00", "")}}, never},
		"business days extended, to Wed 13":    {business, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-06T23:59"), Under: five}}}, "2024-03-14T00:00"},
		"business days extended on the 7th":    {business, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-07T00:00"), Under: five}}}, "2024-03-07T00:00"},
		"calendar days on business days":       {business, "2024-03-01T10:00", law.Moved{More: []law.More{{At: at("2024-03-05T09:00"), Under: ten}}}, "2024-03-17T00:00"},
		"months from the original date":        {law.Limit{Months: 1}, "2024-01-31T10:00", law.Moved{More: []law.More{{At: at("2024-02-20T09:00"), Under: month}}}, "2024-04-01T00:00"},
		"the same day stands still":            {law.Limit{SameDay: true}, "2024-03-01T10:00", law.Moved{Pauses: []law.Pause{pause("2024-03-01T11:00", "2024-03-02T11:00")}}, "2024-03-04T00:00"},
		"an instant that is stated":            {law.Limit{Until: "until"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T12:00")}, "2024-03-09T12:00"},
		"and stands still for a day":           {law.Limit{Until: "until"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T12:00"), Pauses: []law.Pause{pause("2024-03-02T00:00", "2024-03-03T00:00")}}, "2024-03-10T12:00"},
		"and is stated anew":                   {law.Limit{Until: "until"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T12:00"), More: []law.More{{At: at("2024-03-08T00:00"), Under: stated, Stated: at("2024-03-20T12:00")}}}, "2024-03-20T12:00"},
		"never earlier":                        {law.Limit{Until: "until"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T12:00"), More: []law.More{{At: at("2024-03-08T00:00"), Under: stated, Stated: at("2024-03-05T12:00")}}}, "2024-03-09T12:00"},
		"a day that is stated":                 {law.Limit{UntilDay: "day"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T00:00")}, "2024-03-10T00:00"},
		"a day that is stated, two days still": {law.Limit{UntilDay: "day"}, "2024-03-01T10:00", law.Moved{Stated: at("2024-03-09T00:00"), Pauses: []law.Pause{pause("2024-03-08T10:00", "2024-03-09T10:00")}}, "2024-03-12T00:00"},
	} {
		t.Run(name, func(t *testing.T) {
			due, known := c.DueMoved(&tc.limit, at(tc.start), "", &tc.moved)
			want := law.Never
			if tc.due != never {
				want = at(tc.due)
			}
			if !due.Equal(want) || !known {
				t.Errorf("due %s (known: %t), want %s", due.In(c.Zone), known, want.In(c.Zone))
			}
		})
	}
	if due, known := c.DueMoved(&law.Limit{Until: "until"}, at("2024-03-01T10:00"), "", &law.Moved{}); known || !due.Equal(law.Never) {
		t.Errorf("a deadline that is not stated: due %s, known: %t", due, known)
	}
}

// Whatever stops a limit and whenever, it never ends earlier than without.
func FuzzStoppedLimitsEndLater(f *testing.F) {
	c := lawtest.Shipped(f)
	f.Add(uint16(100), uint8(3), uint8(0), uint16(50), uint8(9))
	f.Add(uint16(9000), uint8(30), uint8(2), uint16(1), uint8(200))
	f.Fuzz(func(t *testing.T, from uint16, length, unit uint8, after uint16, lasts uint8) {
		n := int(length%60) + 1
		limit := []law.Limit{{Hours: n}, {BusinessDays: n, Calendar: "court"}, {CalendarDays: n, Calendar: "general"}, {Months: n}, {SameDay: true}}[unit%5]
		start := time.Date(2016, 1, 1, 0, 0, 0, 0, c.Zone).Add(time.Duration(from) * time.Hour)
		p := law.Pause{From: start.Add(time.Duration(after) * time.Hour)}
		p.To = p.From.Add(time.Duration(lasts) * time.Hour)
		plain := c.Due(&limit, start, "")
		due, known := c.DueMoved(&limit, start, "", &law.Moved{Pauses: []law.Pause{p}})
		if !known || due.Before(plain) {
			t.Errorf("%+v from %s, stopped %s to %s: due %s, without the stop %s", limit, start, p.From, p.To, due, plain)
		}
		if p.From.After(plain) && !due.Equal(plain) {
			t.Errorf("%+v from %s: a stop after the end moved it from %s to %s", limit, start, plain, due)
		}
	})
}
