package indicator_test

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/simulation"
	"amparo/pipeline/store"
	"amparo/pipeline/store/storetest"
	"amparo/pipeline/whatif"
	"amparo/schemas/event"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// simulated are made-up cases and units, as a store gives them.
func simulated(t *testing.T, cat *law.Catalogue, cases int) history {
	t.Helper()
	sim, err := simulation.New(cat, simulation.Recent(7, cases, now))
	if err != nil {
		t.Fatal(err)
	}
	var h history
	for c := range sim.Cases() {
		history := store.CaseHistory{CaseID: c.ID}
		for _, e := range c.Events {
			history.Events = append(history.Events, store.Recorded{Event: e})
		}
		h.cases = append(h.cases, history)
	}
	return h
}

// What is stored and a fold for the question give the same answer.
func TestStoredRowsAnswerAsAFoldDoes(t *testing.T) {
	cat := lawtest.Shipped(t)
	folded := simulated(t, cat, 400).reader(t, cat)
	stored := simulated(t, cat, 400).reader(t, cat)
	storetest.Judge(t, stored.Store, cat, now)
	stored.StoredOnly = true
	q := obligation.Query{AsOf: now}
	want, got := values(t, folded, q, "study"), values(t, stored, q, "study")
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-9, 1e-9), cmp.Comparer(func(a, b *law.Indicator) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	exists := 0
	for i := range want {
		if want[i].Estimate.Exists {
			exists++
		}
	}
	if exists < len(want)/3 {
		t.Errorf("only %d of %d values exist: the comparison says little", exists, len(want))
	}
}

func TestSharesAgreeWithTheSnapshotOfObligations(t *testing.T) {
	cat := lawtest.Shipped(t)
	h := simulated(t, cat, 300)
	r := h.reader(t, cat)
	q := obligation.Query{AsOf: now}
	values := values(t, r, q, "natural")
	want := map[[2]string][2]float64{}
	spans := indicator.Windows(cat, now)
	for _, c := range h.cases {
		for _, o := range obligation.Fold(cat, c.Plain(), q) {
			if o.Duty != "measures-decided" {
				continue
			}
			for _, window := range []string{"all", "year", "month"} {
				if window == "year" && (!o.DueAt.After(spans[1].From) || o.DueAt.After(now)) ||
					window == "month" && (!o.DueAt.After(spans[0].From) || o.DueAt.After(spans[0].To)) {
					continue
				}
				for _, region := range []string{"nation", cat.Places.Region("natural", o.Place)} {
					key := [2]string{region, window}
					n := want[key]
					switch o.Status(now) {
					case obligation.Met:
						n[0]++
						n[1]++
					case obligation.Late, obligation.Missed:
						n[1]++
					}
					want[key] = n
				}
			}
		}
	}
	for i := range values {
		v := &values[i]
		if v.Indicator.ID != "pm-on-time-share" {
			continue
		}
		if n := want[[2]string{v.Region, string(v.Window)}]; n != [2]float64{v.Numerator, v.Denominator} {
			t.Errorf("%s %s: %v/%v, want %v", v.Region, v.Window, v.Numerator, v.Denominator, n)
		}
	}
}

func TestObservationsAreCountedByRegion(t *testing.T) {
	cat := lawtest.Shipped(t)
	r := tell(t, `
p1 2020-03-01T00:00 observation.recorded kind=cause code=bad-luck ubigeo=1501
p1 2020-03-01T00:00 observation.recorded kind=cause code=bad-luck
p2 2020-03-01T00:00 observation.recorded kind=suggestion code=resources-and-coverage`).reader(t, cat)
	count, err := r.Answer(t.Context(), obligation.Query{AsOf: now}, indicator.Request{Grouping: "natural"})
	if err != nil {
		t.Fatal(err)
	}
	want := []indicator.Observation{
		{Kind: "cause", Code: "bad-luck", Region: "nation", Count: 2},
		{Kind: "cause", Code: "bad-luck", Region: "coast", Count: 1},
		{Kind: "cause", Code: "bad-luck", Region: "highlands", Count: 1},
		{Kind: "suggestion", Code: "resources-and-coverage", Region: "nation", Count: 1},
		{Kind: "suggestion", Code: "resources-and-coverage", Region: "highlands", Count: 1},
	}
	if diff := cmp.Diff(want, count.Observations); diff != "" {
		t.Error(diff)
	}
	if len(count.Values) != 0 {
		t.Errorf("nothing else was asked for: %v", count.Values)
	}
}

func TestWhatIfCountsWhatEachCatalogueFolds(t *testing.T) {
	cat := lawtest.Shipped(t)
	other := cat.UnderDate(mustDate(t, "2019-01-01"))
	h := simulated(t, cat, 200)
	q := obligation.Query{AsOf: now}
	from := now.AddDate(0, -9, 0)
	r := h.reader(t, cat)
	for name, between := range map[string]whatif.Between{"all": {}, "of a span": {From: from}} {
		t.Run(name, func(t *testing.T) {
			rows, err := whatif.Of(t.Context(), r, other, q, "natural", between)
			if err != nil {
				t.Fatal(err)
			}
			type key struct {
				duty, region string
				status       obligation.Status
			}
			count := func(c *law.Catalogue) map[key]int64 {
				n := map[key]int64{}
				for _, one := range h.cases {
					events := obligation.Visible(cat, one.Plain(), q)
					if began := firstReport(cat, events); began.Before(between.From) {
						continue
					}
					for _, o := range obligation.Fold(c, one.Plain(), q) {
						n[key{o.Duty, "nation", o.Status(now)}]++
						n[key{o.Duty, cat.Places.Region("natural", o.Place), o.Status(now)}]++
					}
				}
				return n
			}
			// Obligations of the nation that one of two catalogues alone knows.
			alone := func(c, not *law.Catalogue) map[string]int64 {
				n := map[string]int64{}
				for _, one := range h.cases {
					if firstReport(cat, obligation.Visible(cat, one.Plain(), q)).Before(between.From) {
						continue
					}
					known := map[obligation.Key]bool{}
					for _, o := range obligation.Fold(not, one.Plain(), q) {
						known[o.Key()] = true
					}
					for _, o := range obligation.Fold(c, one.Plain(), q) {
						if !known[o.Key()] {
							n[o.Duty]++
						}
					}
				}
				return n
			}
			dropped, added := map[string]int64{}, map[string]int64{}
			for _, row := range rows {
				if row.Region == "nation" && row.Dropped > 0 {
					dropped[row.Duty] = row.Dropped
				}
				if row.Region == "nation" && row.Added > 0 {
					added[row.Duty] = row.Added
				}
			}
			if diff := cmp.Diff(alone(cat, other), dropped); diff != "" || len(dropped) == 0 {
				t.Errorf("dropped by the other: %v %s", dropped, diff)
			}
			if diff := cmp.Diff(alone(other, cat), added); diff != "" {
				t.Errorf("known to the other alone: %s", diff)
			}
			before, after := map[key]int64{}, map[key]int64{}
			for _, row := range rows {
				for status, n := range row.Before {
					before[key{row.Duty, row.Region, status}] = n
				}
				for status, n := range row.After {
					after[key{row.Duty, row.Region, status}] = n
				}
			}
			if diff := cmp.Diff(count(cat), before); diff != "" {
				t.Errorf("under the catalogue: %s", diff)
			}
			if diff := cmp.Diff(count(other), after); diff != "" {
				t.Errorf("under the other: %s", diff)
			}
			if cmp.Equal(before, after) {
				t.Error("the law of 2019 changes nothing: the comparison says little")
			}
		})
	}
}

func mustDate(t *testing.T, s string) law.Date {
	t.Helper()
	d, err := law.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// firstReport is when the case began: its first report, else its first event.
func firstReport(cat *law.Catalogue, events []event.Event) time.Time {
	for _, e := range events {
		if e.Type == cat.CaseStart {
			return e.At
		}
	}
	return events[0].At
}

// Every number opens: what is behind it adds up to it, for every indicator.
func TestPiecesAddUpToTheirNumber(t *testing.T) {
	cat := lawtest.Shipped(t)
	r := simulated(t, cat, 120).reader(t, cat)
	storetest.Judge(t, r.Store, cat, now)
	q := obligation.Query{AsOf: now}
	all := values(t, r, q, "natural")
	opened := 0
	for i := range all {
		v := &all[i]
		// One region and one window of each, in turn, and the nation's whole.
		whole := v.Region == indicator.Nation && v.Window == indicator.All
		if !whole && (v.Region != "highlands" || v.Window != indicator.Year || i%9 != 0) {
			continue
		}
		pieces, err := r.Behind(t.Context(), q, indicator.Request{Indicators: []*law.Indicator{v.Indicator}, Grouping: "natural"}, v.Region, v.Window)
		if errors.Is(err, indicator.ErrNoCases) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		addUp(t, v, pieces)
		if len(pieces) > 0 {
			opened++
		}
	}
	if opened < len(cat.Indicators)/2 {
		t.Errorf("only %d numbers have anything behind them: the comparison says little", opened)
	}
}

// Pages joined are the whole list, whatever is asked for and however short they are.
func TestPagesOfPiecesAreTheWholeList(t *testing.T) {
	cat := lawtest.Shipped(t)
	r := simulated(t, cat, 120).reader(t, cat)
	storetest.Judge(t, r.Store, cat, now)
	storetest.Judge(t, r.Store, cat, now) // What it replaces lies there as well.
	q := obligation.Query{AsOf: now}
	listed, shapes := map[indicator.Window]int{}, map[string]int{}
	for i, ind := range cat.Indicators {
		if m := &ind.Measure; m.DutyShare != nil || m.Coverage != nil || m.Explained {
			if _, _, err := r.BehindAfter(t.Context(), now, indicator.Request{Indicators: []*law.Indicator{ind}}, indicator.All, "", 1); !errors.Is(err, indicator.ErrNoCases) {
				t.Errorf("%s opens cases: %v", ind.ID, err)
			}
			continue
		}
		shape := shapeOf(&ind.Measure)
		if shapes[shape]++; shapes[shape] > 2 {
			continue // It is read as two others are.
		}
		// One window of each, in turn, in a place or at an institution.
		window := indicator.AllWindows()[i%3]
		req := indicator.Request{Indicators: []*law.Indicator{ind}, Grouping: "natural", Place: "15"}
		if window == indicator.All {
			if whole := pieces(t, r, q, req, window); len(whole) > 0 {
				req.Place, req.Institution = "", whole[len(whole)/2].Unit
			}
		}
		whole := pieces(t, r, q, req, window)
		var got []indicator.Piece
		for after, more := "", true; more; {
			page, follows, err := r.BehindAfter(t.Context(), now, req, window, after, 1+len(whole)/3)
			if err != nil {
				t.Fatal(err)
			}
			if got, more = append(got, page...), follows; more {
				after = page[len(page)-1].CaseID
			}
		}
		if diff := cmp.Diff(whole, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("%s, %s, %q, %q (-whole +pages):\n%s", ind.ID, window, req.Place, req.Institution, diff)
		}
		listed[window] += len(got)
	}
	for _, window := range indicator.AllWindows() {
		if listed[window] < 20 {
			t.Errorf("only %d pieces in %s: the comparison says little", listed[window], window)
		}
	}
}

// shapeOf names what a measure says, but for what it says it of.
func shapeOf(m *law.Measure) string {
	var out strings.Builder
	for field, value := range reflect.ValueOf(m).Elem().Fields() {
		if !value.IsZero() {
			out.WriteString(field.Name + " ")
		}
	}
	if m.Share != nil && m.Share.Linked != nil {
		out.WriteString("Linked")
	}
	return out.String()
}

func pieces(t *testing.T, r *indicator.Reader, q obligation.Query, req indicator.Request, window indicator.Window) []indicator.Piece {
	t.Helper()
	out, err := r.Behind(t.Context(), q, req, indicator.Nation, window)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func addUp(t *testing.T, v *indicator.Value, pieces []indicator.Piece) {
	t.Helper()
	sums := map[string]*indicator.Piece{"": {}, "group": {}, "against": {}}
	units := map[string]float64{}
	for i := range pieces {
		p := &pieces[i]
		for _, group := range []string{"", p.Group} {
			if s := sums[group]; s != nil && (group != "" || p.Group == "" || group == "") {
				s.Numerator, s.Denominator, s.N, s.LeftOut = s.Numerator+p.Numerator, s.Denominator+p.Denominator, s.N+p.N, s.LeftOut+p.LeftOut
			}
			if p.Group == "" {
				break
			}
		}
		units[p.Unit] += p.Denominator
	}
	same := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-6*max(1, math.Abs(want)) {
			t.Errorf("%s in %s, %s: %s adds up to %v, the number has %v", v.Indicator.ID, v.Region, v.Window, what, got, want)
		}
	}
	m := &v.Indicator.Measure
	whole := sums[""]
	switch {
	case m.Gap != nil, m.Shock != nil, m.After != nil:
		a, b := sums["group"], sums["against"]
		same("n of the smaller group", float64(min(a.N, b.N)), float64(v.N))
		if min(a.N, b.N) > 0 && m.After == nil {
			same("the share of the group", a.Numerator/a.Denominator, v.Numerator)
			same("the share of the others", b.Numerator/b.Denominator, v.Denominator)
		}
	case m.Units != nil:
		enough := 0
		for unit, n := range units {
			if unit != "" && n >= float64(m.Units.AtLeast) {
				enough++
			}
		}
		same("institutions with enough", float64(enough), float64(v.N))
	case m.Dips != nil, m.Load: // Weeks and days are counted, not cases.
	case m.Wait != nil, m.LimitRatio != nil, m.Slope != nil, m.Explained, m.Count != nil && m.Count.MoreThan+int(100*m.Count.Quantile) > 0:
		same("n", float64(whole.N), float64(v.N))
	default:
		same("the numerator", whole.Numerator, v.Numerator)
		same("the denominator", whole.Denominator, v.Denominator)
		same("n", float64(whole.N), float64(v.N))
		same("what is left out", float64(whole.LeftOut), float64(v.LeftOut))
	}
}
