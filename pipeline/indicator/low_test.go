package indicator_test

import (
	"testing"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// One switch leaves out regimes of low confidence, whatever is counted.
func TestLowConfidenceIsLeftOutOfEveryNumber(t *testing.T) {
	cat := shipped(t)
	h := simulated(t, cat, 300)
	q := obligation.Query{AsOf: now}
	var met, due, low float64 // of what the law sets, low confidence apart
	for _, c := range h.cases {
		for _, o := range obligation.Fold(cat, c.Plain(), q) {
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
	r := &indicator.Reader{Catalogue: cat, Store: h, LeaveOutLow: true}

	t.Run("indicators", func(t *testing.T) {
		values, err := indicator.Indicators(t.Context(), r, q, "natural")
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if v.Indicator.ID == "deadline-on-time-share" && v.Region == indicator.Nation && v.Window == indicator.All && (v.Numerator != met || v.Denominator != due) {
				t.Errorf("%v/%v on time, want %v/%v", v.Numerator, v.Denominator, met, due)
			}
		}
	})
	t.Run("the snapshot, which says so", func(t *testing.T) {
		s, err := r.Snapshot(t.Context(), q, indicator.Options{Grouping: "natural"})
		if err != nil {
			t.Fatal(err)
		}
		var n uint64
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
		rows, err := r.WhatIf(t.Context(), cat, q, "natural", indicator.Between{})
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
		duties, err := r.Duties(indicator.Options{}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		req := indicator.Request{Grouping: "natural", Duties: duties, Window: indicator.All, Terms: indicator.DefaultTerms()}
		for group, code := range map[*indicator.Group]string{&req.A: "highlands", &req.B: "coast"} {
			if *group, err = indicator.ParseGroup(cat, "natural", code); err != nil {
				t.Fatal(err)
			}
		}
		report, err := r.Compare(t.Context(), q, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range report.Comparisons {
			if c.Confidence == law.LowConfidence || report.LowConfidence != indicator.LowLeftOut {
				t.Errorf("%s rests on low confidence", c.Topic)
			}
		}
		warnings, err := r.Warnings(t.Context(), q, indicator.WarningRequest{Grouping: "natural", Horizon: 24 * 365 * 60 * 60 * 1e9})
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
