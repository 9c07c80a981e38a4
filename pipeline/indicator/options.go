package indicator

import (
	"slices"

	"amparo/schemas/law"
)

// A Window is the span of due dates that an indicator covers.
type Window string

// The windows.
const (
	Month Window = "month" // due in the last closed month
	Year  Window = "year"  // due in the last twelve months
	All   Window = "all"   // all that have fallen due
)

// AllWindows lists the windows.
func AllWindows() []Window { return []Window{Month, Year, All} }

// Nation stands for all regions together.
const Nation = "nation"

// Options choose which obligations count, and how places are grouped.
type Options struct {
	Grouping string
	// Kinds counts regimes of these kinds; nil means law alone.
	Kinds []law.Kind
}

// Kinded are the kinds that count.
func (o *Options) Kinded() []law.Kind {
	if len(o.Kinds) == 0 {
		return []law.Kind{law.Law}
	}
	return o.Kinds
}

// BasisOf is what a number about a duty rests on: that of what was counted or, where
// nothing was, the kinds of its regimes that would have been.
func (o *Options) BasisOf(d *law.Duty, counted law.Basis) law.Basis {
	if counted.Kind != "" {
		return counted
	}
	var b law.Basis
	for _, r := range d.Regimes {
		if slices.Contains(o.Kinded(), r.Kind) {
			b.Add(law.Basis{Kind: r.Kind})
		}
	}
	return b
}

// Counted are the duties that have a regime that counts.
func (r *Reader) Counted(opt Options) []*law.Duty {
	var out []*law.Duty
	for _, d := range r.Catalogue.Duties {
		counts := func(one *law.Regime) bool {
			return slices.Contains(opt.Kinded(), one.Kind) && !r.leavesOut(one.Confidence)
		}
		if !d.NeverARow && slices.ContainsFunc(d.Regimes, counts) {
			out = append(out, d)
		}
	}
	return out
}
