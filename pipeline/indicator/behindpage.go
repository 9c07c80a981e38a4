package indicator

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"amparo/pipeline/contribution"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// They bound how many cases are looked at in one step after the first.
const leastCases, mostCases = 16, 4096

// BehindAfter lists what is behind an indicator in a window at an instant at which it was
// counted, of the cases after one, in order: whole cases until so many pieces are there, fewer only at the
// end. more says that something follows. It reads the cases of the page alone.
func (r *Reader) BehindAfter(ctx context.Context, asOf time.Time, req Request, window Window, after string, atLeast int) (pieces []Piece, more bool, err error) {
	if len(req.Indicators) != 1 || atLeast <= 0 {
		return nil, false, fmt.Errorf("open a number: expected one indicator and a page, not %d and one of %d", len(req.Indicators), atLeast)
	}
	ind := req.Indicators[0]
	if m := &ind.Measure; m.DutyShare != nil || m.Coverage != nil || m.Explained {
		return nil, false, ErrNoCases
	}
	if judge, err := r.Store.JudgedBy(ctx); err != nil || judge != "" && judge != r.Catalogue.Label() {
		return nil, false, cmp.Or(err, ErrNotStored)
	}
	c := newCounter(ctx, r, r.Counts(), asOf, req) // As all stands: one page is not worth a closing.
	c.byRegion = nil                               // No region is asked for.
	o := opening{counter: c, ind: ind, region: Nation, window: slices.Index(AllWindows(), window)}
	for i := range c.spans {
		if i != o.window {
			c.spans[i] = store.Span{} // What is not asked about need not be told apart.
		}
	}
	if err = c.marks(); err == nil {
		pieces, more, err = o.page(after, atLeast)
	}
	if err != nil {
		return nil, false, fmt.Errorf("open %s: %w", ind.ID, err)
	}
	return pieces, more, nil
}

// page gathers the pieces of cases after one. Some of what may count does not, so it looks
// at a quarter more than a page; then, where few did, at more at once, and where the page is
// nearly full, at few.
func (o *opening) page(after string, atLeast int) (pieces []Piece, more bool, err error) {
	for want := atLeast + atLeast/4 + 1; ; want = nextStep(want, len(o.pieces), atLeast+1-len(pieces)) {
		found, err := o.found(after, want)
		if err != nil || len(found.Cases) == 0 {
			return pieces, false, err
		}
		o.cases, o.pieces = found.Cases, nil
		if err := o.all(); err != nil {
			return nil, false, err
		}
		pieces = append(pieces, o.pieces...)
		if end := endOfCase(pieces, atLeast); end < len(pieces) {
			return pieces[:end], true, nil
		}
		if !found.More {
			return pieces, false, nil
		}
		after = o.cases[len(o.cases)-1]
	}
}

// nextStep is how many to look at for what is missing, where of as many as looked the last
// step gave some: twice what that promises.
func nextStep(looked, gave, missing int) int {
	return min(max(2*missing*looked/max(gave, 1), leastCases), 4*looked, mostCases)
}

// endOfCase is where the case ends to which the last of so many pieces belongs.
func endOfCase(pieces []Piece, n int) int {
	for n = min(n, len(pieces)); n > 0 && n < len(pieces) && pieces[n].CaseID == pieces[n-1].CaseID; {
		n++
	}
	return n
}

// found are cases after one that may count, in order.
func (o *opening) found(after string, limit int) (counting.Found, error) {
	if m, span := &o.ind.Measure, o.spans[o.window]; m.OfObligations() {
		cut := o.cut(o.ind)
		cut.Risks, cut.SpansOfStarts = m.AtRisk, m.LimitRatio != nil
		side := ""
		if len(m.InCases) > 0 && m.LimitRatio == nil && m.Slope == nil && m.Gap == nil && m.Shock == nil && m.Units == nil {
			side = " " + o.ind.ID + "+ "
		}
		return o.from.CasesWithObligations(o.ctx, cut, span, side, after, limit)
	}
	return o.from.CasesWithContributions(o.ctx, o.draw([]*law.Indicator{o.ind}), contribution.RolesOf(&o.ind.Measure), o.spans[o.window], after, limit)
}
