package desk_test

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"testing"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law/lawtest"
	"amparo/services/desk"
)

var now = time.Date(2025, 10, 15, 14, 0, 0, 0, time.UTC)

// counts answers in the store's place, so that what a board makes of them is told apart
// from how they are counted. The pages are tested on a real store.
type counts struct {
	waits   []store.Wait
	offices []counting.ObligationOutcome
	err     error
}

func (c *counts) Standing(context.Context, time.Time, time.Time, store.Choice) ([]store.Standing, error) {
	return nil, c.err
}

func (c *counts) Movements(context.Context, time.Time, store.Choice) ([]store.Movement, error) {
	return nil, nil
}

func (c *counts) Waits(context.Context, time.Time, time.Time, store.Choice, map[string]string) ([]store.Wait, error) {
	return c.waits, nil
}

func (c *counts) ObligationOutcomes(context.Context, counting.Cut) ([]counting.ObligationOutcome, error) {
	return c.offices, nil
}

func (c *counts) Reporting(context.Context, time.Time) ([]store.Reporter, error) { return nil, nil }
func (c *counts) Sources(context.Context, time.Time) ([]store.Source, error)     { return nil, nil }
func (c *counts) Provinces(context.Context) ([]string, error)                    { return []string{"0401"}, nil }

func service(t *testing.T, from *counts) *desk.Service {
	t.Helper()
	return desk.New(desk.Config{Grouping: "natural"}, lawtest.Shipped(t), from, func() time.Time { return now }, slog.New(slog.DiscardHandler))
}

func TestACurveCountsOpenObligationsForAsLongAsTheyAreOpen(t *testing.T) {
	s := service(t, &counts{waits: []store.Wait{
		{Duty: "measures-decided", Region: "coast", Minutes: 600, Events: 6, Shortest: 24 * time.Hour, Longest: 24 * time.Hour},
		{Duty: "measures-decided", Region: "coast", Minutes: 1800, Events: 2, Censored: 4, Shortest: 24 * time.Hour, Longest: 48 * time.Hour},
		{Duty: "measures-decided", Region: "jungle", Minutes: 600, Events: 5, Competing: 3, Shortest: 12 * time.Hour, Longest: 24 * time.Hour},
	}})
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := s.Last()
	c := b.Curve("measures-decided", "coast")
	if c.N != 12 || c.Done != 8 || c.Open != 4 || c.Shortest != 24 || c.Longest != 48 {
		t.Errorf("coast: %+v", c)
	}
	// By hand: 6 of 12 remain after 10 hours, and of these 6 two are done at 30.
	if at := c.At(29).Survival.Value; at != 0.5 {
		t.Errorf("undone after 29 hours: %v", at)
	}
	if at := c.At(30).Survival.Value; math.Abs(at-1.0/3) > 1e-12 {
		t.Errorf("undone after 30 hours: %v", at)
	}
	if c.AtRisk(0) != 12 || c.AtRisk(10) != 12 || c.AtRisk(10.5) != 6 || c.AtRisk(31) != 0 {
		t.Errorf("at risk: %d %d %d %d", c.AtRisk(0), c.AtRisk(10), c.AtRisk(10.5), c.AtRisk(31))
	}
	if nation := b.Curve("measures-decided", indicator.Nation); nation.N != 20 || nation.FellAway != 3 || nation.Shortest != 12 {
		t.Errorf("nation: %+v", nation)
	}
	if b.Curve("measures-decided", "highlands") != nil {
		t.Error("a region without obligations has a curve")
	}
}

func TestPartsKeepTheWindowsAndTheRegionsApart(t *testing.T) {
	of := func(duty, institution, province string, status obligation.Status, year, month int64) counting.ObligationOutcome {
		n := counting.ObligationOutcome{Parts: counting.Parts{counting.ByDuty: duty, counting.ByProvince: province, counting.ByInstitution: institution}}
		for i, count := range []int64{year, month} {
			switch status {
			case obligation.Met:
				n.In[i].Met = count
			case obligation.Open:
				n.In[i].NotDue = count
			case obligation.Unclear:
				n.In[i].Unclear = count
			default:
				n.In[i].Failed = count
			}
		}
		return n
	}
	s := service(t, &counts{offices: []counting.ObligationOutcome{
		of("measures-decided", "b", "0401", obligation.Met, 5, 3), of("measures-decided", "b", "0401", obligation.Missed, 1, 1),
		of("measures-decided", "b", "0401", obligation.Unclear, 5, 0),
		of("measures-decided", "a", "0407", obligation.Late, 4, 0), of("measures-decided", "a", "0407", obligation.Open, 2, 0),
		of("file-acknowledged", "b", "0401", obligation.Met, 9, 0),
	}})
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	b := s.Last()
	year := desk.Question{Duty: "measures-decided", Window: indicator.Year}
	if got := b.Whole(year).Tally; got != (desk.Tally{Met: 5, Failed: 5, NotDue: 2, Unclear: 5}) {
		t.Errorf("year: %+v", got)
	}
	if got := b.Whole(desk.Question{Duty: "measures-decided", Window: indicator.Month}).Tally; got != (desk.Tally{Met: 3, Failed: 1}) {
		t.Errorf("month: %+v", got)
	}
	coast := year
	coast.Region = "coast" // Islay's coast, not the highlands of Arequipa
	if got := b.Whole(coast).Tally; got != (desk.Tally{Failed: 4, NotDue: 2}) {
		t.Errorf("coast: %+v", got)
	}
	institutions := b.ByInstitution(year)
	if len(institutions) != 2 || institutions[0].Code != "a" || institutions[1].Met != 5 {
		t.Errorf("institutions: %+v", institutions)
	}
	departments := b.ByDepartment(year)
	if len(departments) != 25 || departments[3].Code != "04" || departments[3].Due() != 10 || departments[0].Any() {
		t.Errorf("departments: %+v", departments)
	}
}

func TestACountThatFailsLeavesTheLastBoard(t *testing.T) {
	from := &counts{}
	s := service(t, from)
	if s.Last() != nil {
		t.Fatal("a board before the first count")
	}
	if err := s.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := s.Last()
	from.err = errors.New("the store is away")
	if err := s.Refresh(t.Context()); err == nil || s.Last() != before {
		t.Errorf("error %v, and the board changed: %t", err, s.Last() != before)
	}
}
