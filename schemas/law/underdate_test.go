package law_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law"
)

func TestUnderDate(t *testing.T) {
	c := shipped(t)
	before := c.Label()
	under := c.UnderDate(date(t, "2023-06-01"))
	decided, ok := under.Duty("measures-decided")
	if !ok {
		t.Fatal("measures-decided is gone")
	}
	t.Run("keeps the regimes of the day and makes them hold always", func(t *testing.T) {
		var ids []string
		for _, r := range decided.Regimes {
			ids = append(ids, r.ID)
			if !r.InForce(date(t, "1900-01-01")) || !r.InForce(date(t, "2100-01-01")) {
				t.Errorf("%s is not always in force", r.ID)
			}
		}
		if diff := cmp.Diff([]string{"pm-known-risk-24h-2023", "pm-undetermined-48h-2023"}, ids); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("judges a report of 2022 by it", func(t *testing.T) {
		facts := func(string) string { return "mild" }
		got := under.Select(decided, date(t, "2022-05-05"), facts)
		if len(got) != 1 || got[0].ID != "pm-known-risk-24h-2023" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("drops overrides of what was not in force", func(t *testing.T) {
		covid, _ := c.UnderDate(date(t, "2023-04-10")).Duty("measures-decided")
		i := slices.IndexFunc(covid.Regimes, func(r *law.Regime) bool { return r.ID == "pm-covid-24h" })
		if i < 0 {
			t.Fatal("pm-covid-24h was in force on that day")
		}
		if diff := cmp.Diff([]string{"pm-known-risk-24h-2023", "pm-undetermined-48h-2023"}, covid.Regimes[i].Overrides); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("drops duties without a regime on the day", func(t *testing.T) {
		if _, ok := c.UnderDate(date(t, "2020-01-01")).Duty("measures-in-total"); ok {
			t.Error("measures-in-total began in 2023")
		}
	})
	t.Run("has its own name, and leaves the catalogue as it was", func(t *testing.T) {
		if !strings.HasPrefix(under.Label(), "ley-30364/2026.2@2023-06-01+") || under.Hash == c.Hash || c.Label() != before {
			t.Errorf("labels %s, %s", under.Label(), c.Label())
		}
		own, _ := c.Duty("measures-decided")
		if len(own.Regimes) != 7 || own.Regimes[0].Ends != true {
			t.Errorf("the catalogue has changed: %v", own.Regimes)
		}
	})
}

func TestDiff(t *testing.T) {
	a := newOverlay(t, "appeal-granted", "appeal-heard")
	b := newOverlay(t, "appeal-granted", "appeal-decided")
	b.edit("duties/appeal-granted.yaml", "limit: {days: 3,", "limit: {days: 5,")
	b.edit("duties/appeal-granted.yaml", "bearer: family-court", "bearer: family-chamber")
	text := string(b.MapFS["duties/appeal-granted.yaml"].Data)
	b.write("duties/appeal-granted.yaml", text[:strings.Index(text, "examples:")]+"examples:\n  - {start: \"2024-03-01T10:15:00-05:00\", regime: appeal-grant-3d, due: \"2024-03-09T00:00:00-05:00\"}\n")
	before, err := law.Load(a.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	after, err := law.Load(b.MapFS)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range law.Diff(before, after, "en") {
		got = append(got, strings.Join([]string{d.Duty, d.Regime, d.What, d.Part, d.Before, d.After}, "|"))
	}
	want := []string{
		"appeal-decided||added|||Decide the appeal",
		"appeal-decided|appeal-decision-3d|added|||3 business days (Court days), 2018-09-05..",
		"appeal-granted||changed|bearer|family-court|family-chamber",
		"appeal-granted|appeal-grant-3d|changed|limit|3 business days (Court days)|5 business days (Court days)",
		"appeal-heard||removed||Hold the view of the case in the appeal|",
		"appeal-heard|appeal-hearing-3d|removed||3 business days (Court days), 2018-09-05..|",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if same := law.Diff(shipped(t), shipped(t), "en"); len(same) != 0 {
		t.Errorf("the catalogue that ships differs from itself: %v", same)
	}
	if same := law.Diff(before, before, "en"); len(same) != 0 {
		t.Errorf("a catalogue differs from itself: %v", same)
	}
}

func TestTurns(t *testing.T) {
	var got []string
	for _, turn := range shipped(t).Turns() {
		if turn.Duty.ID == "measures-decided" && turn.On >= date(t, "2020-01-01") {
			word := " ended "
			if turn.Begins {
				word = " begins "
			}
			got = append(got, turn.On.String()+word+turn.Regime.ID)
		}
	}
	want := []string{
		"2020-04-28 begins pm-covid-24h",
		"2023-03-23 ended pm-mild-moderate-48h-2018",
		"2023-03-23 ended pm-severe-24h-2018",
		"2023-03-23 ended pm-undetermined-72h-2018",
		"2023-03-23 begins pm-known-risk-24h-2023",
		"2023-03-23 begins pm-undetermined-48h-2023",
		"2023-05-26 ended pm-covid-24h",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithDays(t *testing.T) {
	c := shipped(t)
	calendar, err := c.WithDays("calendar")
	if err != nil {
		t.Fatal(err)
	}
	granted, _ := c.Duty("appeal-granted") // three plain days
	friday := time.Date(2024, 3, 1, 15, 0, 0, 0, c.Zone)
	for name, test := range map[string]struct {
		read *law.Catalogue
		want string
	}{
		"business": {c, "2024-03-07"}, // Monday to Wednesday
		"calendar": {calendar, "2024-03-05"},
	} {
		if got := test.read.Due(&granted.Regimes[0].Limit, friday, "040101").In(c.Zone).Format("2006-01-02"); got != test.want {
			t.Errorf("%s days fall due on %s, want %s", name, got, test.want)
		}
	}
	if !strings.HasPrefix(calendar.Label(), "ley-30364/2026.2@calendar-days+") || calendar.Hash == c.Hash {
		t.Errorf("label %s", calendar.Label())
	}
	if same, err := c.WithDays("business"); err != nil || same != c {
		t.Errorf("the catalogue reads business days itself: %v, %v", same.Label(), err)
	}
	if _, err := c.WithDays("working"); err == nil {
		t.Error("working days are no reading")
	}
	if both := calendar.UnderDate(date(t, "2020-01-01")); !strings.HasPrefix(both.Label(), "ley-30364/2026.2@calendar-days@2020-01-01+") {
		t.Errorf("label %s", both.Label())
	}
}
