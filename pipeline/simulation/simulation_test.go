package simulation

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"amparo/pipeline/simulation/truth"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
	"amparo/schemas/law/load"
)

func utc(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 5, 0, 0, 0, time.UTC)
}

// decade is a simulation over all regimes, small enough for every test run.
func decade(seed uint64, cases int) Config {
	return Config{Seed: seed, Cases: cases, From: utc(2015, 11, 1), To: utc(2026, 6, 1), AsOf: utc(2026, 7, 1)}
}

// season is a simulation of a few months, for questions that the long life of
// cases has no part in.
func season(seed uint64, cases int) Config {
	return Config{Seed: seed, Cases: cases, From: utc(2026, 1, 1), To: utc(2026, 4, 1), AsOf: utc(2026, 4, 5)}
}

func newSimulation(t testing.TB, cat *law.Catalogue, cfg Config) *Simulation {
	t.Helper()
	s, err := New(cat, cfg)
	if err != nil {
		t.Fatalf("new simulation: %v", err)
	}
	return s
}

func TestSameSeedGivesSameBytes(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := decade(3, 60)
	cfg.Registers, cfg.Units = true, 40
	write := func(cfg Config) (string, string) {
		var events, truth bytes.Buffer
		totals, err := newSimulation(t, cat, cfg).Write(&events, &truth)
		if err != nil {
			t.Fatal(err)
		}
		var alone bytes.Buffer
		n, err := newSimulation(t, cat, cfg).WriteEvents(&alone)
		if err != nil || n != totals.Events || alone.String() != events.String() {
			t.Errorf("the %d events alone are others than the %d beside the truth (%v)", n, totals.Events, err)
		}
		return events.String(), truth.String()
	}
	events, truth := write(cfg)
	againEvents, againTruth := write(cfg)
	if events != againEvents || truth != againTruth {
		t.Error("the same configuration gave other bytes")
	}
	cfg.Seed++
	if others, _ := write(cfg); others == events {
		t.Error("another seed gave the same events")
	}
}

func TestEveryLineComesThroughTheDoorWithoutConflict(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := decade(11, 400)
	cfg.Registers, cfg.Units = true, 40
	cfg.Until = cfg.AsOf.AddDate(0, 3, 0)
	s := newSimulation(t, cat, cfg)
	door := cat.Door()
	var line []byte
	for c := range s.Cases() {
		digests := map[event.Identity]event.Digest{}
		for i := range c.Events {
			line = appendJSON(line[:0], &c.Events[i], cat.Zone)
			e, err := door.Decode(bytes.TrimSpace(line), cfg.Until)
			if err != nil {
				t.Fatalf("refused: %v\n%s", err, line)
			}
			canonical, err := e.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			digest := event.DigestOf(canonical)
			if before, known := digests[e.Identity()]; known && before != digest {
				t.Fatalf("conflict: %s", line)
			}
			digests[e.Identity()] = digest
			mine, err := c.Events[i].Canonical()
			if err != nil || !bytes.Equal(mine, canonical) {
				t.Fatalf("the event yielded is not the event written (%v):\n%s\n%s", err, mine, canonical)
			}
		}
	}
}

func TestDepartmentAndRiskFollowThePublishedTable(t *testing.T) {
	cat := lawtest.Shipped(t)
	cells, err := readMargins()
	if err != nil {
		t.Fatal(err)
	}
	published := 0
	for _, c := range cells {
		published += c.cases
	}
	// All cases of 2024 and 2025 that name their department.
	if published != 337969 {
		t.Fatalf("the margins hold %d cases, published are 337969", published)
	}
	cfg := season(5, 4000)
	cfg.Rates = DefaultRates()
	cfg.Rates.Retraction, cfg.Rates.NoReport = 0, 0
	found, total := map[[2]string]float64{}, 0.0
	for c := range newSimulation(t, cat, cfg).Cases() {
		var first *event.Event
		for i := range c.Events {
			if e := &c.Events[i]; e.Type == "risk.assessed" && (first == nil || event.Compare(e, first) < 0) {
				first = e
			}
		}
		if first == nil || first.Data.Text("level") == "undetermined" {
			continue
		}
		for i := range c.Events {
			if e := &c.Events[i]; e.Type == "report.received" {
				found[[2]string{e.Place()[:2], first.Data.Text("level")}]++
				total++
				break
			}
		}
	}
	// Pearson's statistic over the cells. Calls to the helpline have the place
	// of the case, so every report tells its department.
	chi := 0.0
	for _, c := range cells {
		want := total * float64(c.cases) / float64(published)
		off := found[[2]string{c.department, c.level}] - want
		chi += off * off / want
	}
	// The 0.999 quantile of chi-square with 74 degrees of freedom is 117.
	if chi > 117 {
		t.Errorf("chi-square is %.1f over %d cells, expected at most 117", chi, len(cells))
	}
}

func TestEveryStatusAndEveryDecisionRegimeOccurs(t *testing.T) {
	cat := lawtest.Shipped(t)
	statuses, regimes := map[truth.Status]int{}, map[string]int{}
	for c := range newSimulation(t, cat, decade(1, 1500)).Cases() {
		for _, r := range c.Truth {
			statuses[r.Status]++
			regimes[r.Regime]++
		}
	}
	for _, s := range []truth.Status{truth.Open, truth.Met, truth.Late, truth.Missed, truth.Void, truth.Unclear} {
		if statuses[s] == 0 {
			t.Errorf("no obligation is %s: %v", s, statuses)
		}
	}
	for _, id := range []string{"measures-decided", "police-file-to-court", "police-file-to-peace-court", "periodic-report", "execution-report", "measures-in-total"} {
		duty, ok := cat.Duty(id)
		if !ok {
			t.Fatalf("the catalogue has no duty %s", id)
		}
		for _, r := range duty.Regimes {
			if regimes[r.ID] == 0 {
				t.Errorf("no obligation under %s", r.ID)
			}
		}
	}
}

func TestTruthIsOrderedAndUnique(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := decade(2, 400)
	cfg.Registers, cfg.Units = true, 40
	last := ""
	for c := range newSimulation(t, cat, cfg).Cases() {
		for _, r := range c.Truth {
			key := strings.Join([]string{r.Case, r.Duty, r.Instance}, "\x00")
			if key <= last {
				t.Fatalf("row %q comes after %q", key, last)
			}
			last = key
		}
	}
}

// oddities counts what a record of real institutions would have and a clean one
// would not.
func oddities(s *Simulation) map[string]int {
	found := map[string]int{}
	for c := range s.Cases() {
		seen, retracted := map[string]int{}, map[string]bool{}
		count := map[string]int{}
		for i := range c.Events {
			e := &c.Events[i]
			if seen[e.ID]++; seen[e.ID] > 1 {
				found["delivered twice"]++
				continue
			}
			count[e.Type]++
			if i > 0 && e.RecordedAt.Before(c.Events[i-1].RecordedAt) {
				found["out of order"]++
			}
			if e.RecordedAt.Sub(e.At) > 24*time.Hour {
				found["entered days later"]++
			}
			if e.ByDay() {
				found["known by day"]++
			}
			if e.Type == "event.retracted" {
				if seen[e.Data.Text("id")] == 0 {
					found["retracted before it came"]++
				}
				retracted[e.Data.Text("id")] = true
			}
		}
		for i := range c.Events {
			e := &c.Events[i]
			if retracted[e.ID] {
				found["retracted "+e.Type]++
			}
		}
		for _, several := range []string{"measures.decided", "breach.reported", "report.received", "variation.requested"} {
			if count[several] > 1 {
				found["several "+several]++
			}
		}
		for e := range c.Arrivals() {
			found[e.Type]++
		}
	}
	return found
}

func TestTheMixtureHoldsEveryOddity(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := decade(4, 2000)
	cfg.Registers, cfg.Units = true, 40
	found := oddities(newSimulation(t, cat, cfg))
	for _, oddity := range []string{
		"delivered twice", "out of order", "entered days later", "known by day", "retracted before it came",
		"retracted report.received", "retracted event.retracted", "retracted measures.decided",
		"several measures.decided", "several breach.reported", "several report.received", "several variation.requested",
	} {
		if found[oddity] == 0 {
			t.Errorf("no case has: %s", oddity)
		}
	}
	for _, name := range cat.Events.Names() {
		if found[name] == 0 {
			t.Errorf("nobody tells the event %s", name)
		}
	}
}

func TestRegionsDifferByTheConfiguredGap(t *testing.T) {
	cat := lawtest.Shipped(t)
	share := func(highlandsGap float64) float64 {
		cfg := season(8, 2000)
		cfg.Rates = &Rates{HighlandsGap: highlandsGap}
		done, due := map[string]float64{}, map[string]float64{}
		for c := range newSimulation(t, cat, cfg).Cases() {
			for _, r := range c.Truth {
				if r.Duty == "police-file-to-prosecutor" && r.Status != truth.Open {
					due[r.Region]++
					if r.Status == truth.Met {
						done[r.Region]++
					}
				}
			}
		}
		return done["coast"]/due["coast"] - done["highlands"]/due["highlands"]
	}
	if none := share(0); math.Abs(none) > 0.04 {
		t.Errorf("without a gap coast and Highlands differ by %.3f", none)
	}
	if wide := share(0.3); wide < 0.24 || wide > 0.36 {
		t.Errorf("with a gap of 0.3 coast and Highlands differ by %.3f", wide)
	}
}

func TestReportsPeakInWeekendNights(t *testing.T) {
	cat := lawtest.Shipped(t)
	weekendNight, weekdayMorning := 0, 0
	for c := range newSimulation(t, cat, season(6, 1500)).Cases() {
		i := slices.IndexFunc(c.Events, func(e event.Event) bool { return e.Type == "report.received" && !e.ByDay() })
		if i < 0 {
			continue
		}
		switch at := c.Events[i].At.In(cat.Zone); {
		case at.Weekday() == time.Saturday && at.Hour() >= 19:
			weekendNight++
		case at.Weekday() == time.Tuesday && at.Hour() >= 7 && at.Hour() < 12:
			weekdayMorning++
		}
	}
	if weekendNight < 2*weekdayMorning {
		t.Errorf("%d reports in five hours of Saturday night, %d in five hours of Tuesday morning: expected twice as many", weekendNight, weekdayMorning)
	}
}

func TestFirstMonthHasAboutThirtyEvents(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := Config{Seed: 9, Cases: 500, From: utc(2024, 1, 1), To: utc(2025, 1, 1), AsOf: utc(2025, 6, 1)}
	first, all := 0, 0
	for c := range newSimulation(t, cat, cfg).Cases() {
		i := slices.IndexFunc(c.Events, func(e event.Event) bool { return e.Type == "report.received" })
		if i < 0 {
			continue
		}
		all++
		for j := range c.Events {
			if c.Events[j].At.Sub(c.Events[i].At) < days(30) {
				first++
			}
		}
	}
	if mean := float64(first) / float64(all); mean < 25 || mean > 35 {
		t.Errorf("%.1f events in the first month, expected about 30", mean)
	}
}

func TestNothingLiesBeyondTheRecord(t *testing.T) {
	cat := lawtest.Shipped(t)
	now := time.Date(2026, 11, 20, 15, 4, 5, 678901, time.UTC)
	cfg := Recent(10, 0, now)
	cfg.Events, cfg.Registers = 5000, false
	n := 0
	for c := range newSimulation(t, cat, cfg).Cases() {
		n += len(c.Events)
		for i := range c.Events {
			if e := &c.Events[i]; e.At.After(now) || e.RecordedAt.After(now) {
				t.Fatalf("event %s of %s lies beyond %s", e.Type, e.At, now)
			}
		}
	}
	if n < 5000 || n > 5200 {
		t.Errorf("%d events, asked for 5000", n)
	}
}

func TestTruthDoesNotSeeWhatHappensAfterItsInstant(t *testing.T) {
	cat := lawtest.Shipped(t)
	cfg := decade(12, 300)
	cfg.AsOf, cfg.Until = utc(2024, 1, 1), utc(2026, 1, 1)
	later := 0
	for c := range newSimulation(t, cat, cfg).Cases() {
		for i := range c.Events {
			if c.Events[i].At.After(cfg.AsOf) {
				later++
			}
		}
		for _, r := range c.Truth {
			if r.StartedAt.After(cfg.AsOf) || r.DoneAt.After(cfg.AsOf) {
				t.Fatalf("row knows of later events: %+v", r)
			}
		}
	}
	if later == 0 {
		t.Error("no event lies after the instant of the truth")
	}
}

// withReturns is the shipped catalogue with a duty to file a return every quarter.
func withReturns(t *testing.T) *law.Catalogue {
	t.Helper()
	text, err := os.ReadFile("truth/testdata/test-map.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := lawtest.All(t)
	files["duties/test-map.yaml"] = &fstest.MapFile{Data: text}
	cat, err := load.Catalogue(files)
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func TestUnitsReportInTimeAndLate(t *testing.T) {
	cat := withReturns(t)
	cfg := decade(1, 1)
	cfg.Registers, cfg.Units = true, 300
	statuses := map[truth.Status]int{}
	for c := range newSimulation(t, cat, cfg).Cases() {
		for _, r := range c.Truth {
			if c.Unit && r.Duty == "test-map" {
				statuses[r.Status]++
			}
		}
	}
	for _, s := range []truth.Status{truth.Open, truth.Met, truth.Late, truth.Missed} {
		if statuses[s] == 0 {
			t.Errorf("no return is %s: %v", s, statuses)
		}
	}
}

func TestNewRefusesWhatCannotBeSimulated(t *testing.T) {
	cat := lawtest.Shipped(t)
	good := decade(1, 1)
	for outcome, change := range map[string]func(*Config){
		"neither cases nor events":  func(c *Config) { c.Cases = 0 },
		"an end before the start":   func(c *Config) { c.To = c.From },
		"a record before the truth": func(c *Config) { c.Until = c.AsOf.Add(-time.Hour) },
		"an unknown grouping":       func(c *Config) { c.Grouping = "by-colour" },
	} {
		t.Run("refuses "+outcome, func(t *testing.T) {
			cfg := good
			change(&cfg)
			if _, err := New(cat, cfg); !errors.Is(err, ErrConfig) {
				t.Errorf("got %v, want ErrConfig", err)
			}
		})
	}
}

func TestWriteReportsAFullDisk(t *testing.T) {
	cat := lawtest.Shipped(t)
	s := newSimulation(t, cat, season(1, 200))
	if _, err := s.Write(fullDisk{}, io.Discard); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("events: got %v", err)
	}
	if _, err := s.Write(io.Discard, fullDisk{}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("truth: got %v", err)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, io.ErrShortWrite }

func BenchmarkWrite(b *testing.B) {
	cat := lawtest.Shipped(b)
	s := newSimulation(b, cat, Config{Seed: 7, Cases: 2000, From: utc(2024, 1, 1), AsOf: utc(2025, 1, 1)})
	events := 0
	for b.Loop() {
		n, err := s.Write(io.Discard, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		events += n.Events
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
}
