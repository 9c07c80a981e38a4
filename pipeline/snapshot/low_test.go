package snapshot_test

import (
	"testing"

	"amparo/pipeline/comparison"
	"amparo/pipeline/forecast"
	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/pipeline/snapshot"
	"amparo/pipeline/whatif"
	"amparo/schemas/law"
	"amparo/schemas/law/lawtest"
)

// One switch leaves out regimes of low confidence, whatever is counted.
func TestLowConfidenceIsLeftOutOfEveryNumber(t *testing.T) {
	cat := lawtest.Shipped(t)
	cases := simulated(t, 300)
	q := obligation.Query{AsOf: now}
	var met, due, low float64 // of what the law sets, low confidence apart
	for _, events := range cases {
		for _, o := range obligation.Fold(cat, events, q) {
			status := o.Status(now)
			decided := status == obligation.Met || status == obligation.Late || status == obligation.Missed
			switch {
			case o.Kind != law.Law || !decided:
			case o.Confidence == law.LowConfidence:
				low++
			case status == obligation.Met:
				met, due = met+1, due+1
			default:
				due++
			}
		}
	}
	if low == 0 {
		t.Fatal("nothing rests on low confidence: the test says little")
	}
	r := judged(t, cases)
	r.LeaveOutLow = true

	t.Run("indicators", func(t *testing.T) {
		answer, err := r.Answer(t.Context(), q, indicator.Request{Indicators: cat.Indicators, Grouping: "natural"})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range answer.Values {
			if v.Indicator.ID == "deadline-on-time-share" && v.Region == indicator.Nation && v.Window == indicator.All && (v.Numerator != met || v.Denominator != due) {
				t.Errorf("%v/%v on time, want %v/%v", v.Numerator, v.Denominator, met, due)
			}
		}
	})
	t.Run("the snapshot, which says so", func(t *testing.T) {
		s, err := snapshot.Of(t.Context(), r, q, indicator.Options{Grouping: "natural"})
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for _, row := range s.Rows(indicator.All) {
			if row.Region == indicator.Nation {
				n += row.Due
			}
			if row.Basis.Confidence == law.LowConfidence {
				t.Errorf("%s rests on low confidence", row.Duty.ID)
			}
		}
		if float64(n) != due || s.LowConfidence != indicator.LowLeftOut {
			t.Errorf("%d due, want %v; low confidence is %s", n, due, s.LowConfidence)
		}
	})
	t.Run("obligations", func(t *testing.T) {
		for o, err := range r.Obligations(t.Context(), q) {
			if err != nil || o.Confidence == law.LowConfidence {
				t.Fatal(o.Key(), err)
			}
		}
	})
	t.Run("what-if", func(t *testing.T) {
		rows, err := whatif.Of(t.Context(), r, cat, q, "natural", whatif.Between{})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if row.BeforeRests.Confidence == law.LowConfidence || row.AfterRests.Confidence == law.LowConfidence {
				t.Errorf("%s rests on low confidence", row.Duty)
			}
		}
	})
	t.Run("comparisons and warnings", func(t *testing.T) {
		duties, err := comparison.Duties(r, indicator.Options{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		req := comparison.Request{Grouping: "natural", Duties: duties, Window: indicator.All, Terms: comparison.DefaultTerms()}
		for group, code := range map[*comparison.Group]string{&req.A: "highlands", &req.B: "coast"} {
			if *group, err = comparison.ParseGroup(cat, "natural", code); err != nil {
				t.Fatal(err)
			}
		}
		report, err := comparison.Of(t.Context(), r, q, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Comparisons {
			if c.Confidence == law.LowConfidence || report.LowConfidence != indicator.LowLeftOut {
				t.Errorf("%s rests on low confidence", c.Topic)
			}
		}
		warnings, err := forecast.Warnings(t.Context(), r, q, forecast.Request{Grouping: "natural", Horizon: 24 * 365 * 60 * 60 * 1e9})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range warnings {
			if w.Confidence == law.LowConfidence {
				t.Errorf("%s rests on low confidence", w.Duty)
			}
		}
	})
}
