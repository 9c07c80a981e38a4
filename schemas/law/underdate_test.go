package law_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

func TestUnderDate(t *testing.T) {
	c := lawtest.Shipped(t)
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

func TestWithDays(t *testing.T) {
	c := lawtest.Shipped(t)
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
