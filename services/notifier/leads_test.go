package notifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"amparo/pipeline/obligation"
)

func TestLeadsByDutyAndRisk(t *testing.T) {
	leads, err := LoadLeads("", catalogue(t))
	if err != nil {
		t.Fatal(err)
	}
	term := func(d time.Duration, risk string, clock bool) obligation.Obligation {
		return with(due("c-1", noon), func(o *obligation.Obligation) {
			o.StartedAt, o.Risk = noon.Add(-d), risk
			if !clock {
				o.LapsesFrom, o.LapsesBy = noon, noon
			}
		})
	}
	for _, tt := range []struct {
		name string
		row  obligation.Obligation
		want time.Duration
	}{
		{"a quarter of a day", term(day, "mild", true), 6 * hour},
		{"half of it where the risk is severe", term(day, "severe", true), 12 * hour},
		{"half an hour at least", term(hour, "mild", true), 30 * time.Minute},
		{"no longer than the term", term(10*time.Minute, "mild", true), 10 * time.Minute},
		{"two civil days", term(15*day, "moderate", false), 48 * hour},
		{"three where the risk is severe", term(15*day, "severe", false), 72 * hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := leads.For(&tt.row); got != tt.want {
				t.Errorf("lead %v, want %v", got, tt.want)
			}
			if longest := leads.Longest(catalogue(t)); longest < tt.want {
				t.Errorf("the longest lead is %v", longest)
			}
		})
	}
}

func TestLeadsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"unknown duty":    {"kinds: [law]\nrules:\n  - {duty: [measures-decided, no-such], before: 1h}\n", "no-such"},
		"unknown key":     {"kinds: [law]\nrules:\n  - {befor: 1h}\n", "befor"},
		"two leads":       {"kinds: [law]\nrules:\n  - {before: 1h, share: 0.5}\n", "keep one"},
		"share over one":  {"kinds: [law]\nrules:\n  - {share: 25}\n", "share over 1"},
		"bounds reversed": {"kinds: [law]\nrules:\n  - {share: 0.1, at_least: 2h, at_most: 1h}\n", "under at_least"},
		"rights":          {"kinds: [right]\nrules: []\n", "right"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "leads.yaml")
			if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadLeads(path, catalogue(t)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}
