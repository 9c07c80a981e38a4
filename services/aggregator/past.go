package aggregator

import (
	"context"
	"time"

	"amparo/pipeline/disclosure"
	"amparo/pipeline/indicator"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

const (
	// pastReleases is how many months back what was published is looked at.
	pastReleases = 24
	// pastMonths are the months that these releases and the new one are about.
	pastMonths = pastReleases + 12
)

// A past is what was published in earlier months, and what is counted of every month now.
// Each release has twelve months that end with it: two of them differ by two months, so that
// together they can give away a month that was hidden.
type past struct {
	releases [pastMonths]*release // by month, the last of them that of the new one: nil where none
	// months are persons by outcome, of each duty and place.
	months map[string]map[disclosure.Place][][]uint64
}

// past reads what was published before a month that ended at an instant; nil where nothing
// was.
func (p *Public) past(ctx context.Context, closed time.Time) (*past, error) {
	out := &past{months: map[string]map[disclosure.Place][][]uint64{}}
	found := false
	local := closed.In(p.cat.Zone)
	for back := 1; back <= pastReleases; back++ {
		held, err := p.held(ctx, p.releaseName(local.AddDate(0, -back, 0)))
		if err != nil {
			return nil, err
		}
		out.releases[pastMonths-1-back] = held
		found = found || held != nil
	}
	if !found {
		return nil, nil
	}
	reader := indicator.Reader{Catalogue: p.cat, LeaveOutLow: p.leaveOutLow}
	counts, err := p.from.ObligationCounts(ctx, counting.Cut{
		AsOf: closed, Choice: reader.Choice(law.Law), Zone: p.cat.Zone, By: []counting.By{counting.ByDuty, counting.ByProvince, counting.ByMonth},
		Spans: counting.Spans{{From: local.AddDate(0, -pastMonths, 0), To: closed}},
	})
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i := range pastMonths {
		at[local.AddDate(0, i-pastMonths, 0).Format("2006-01")] = i
	}
	for i := range counts {
		n := &counts[i]
		month, known := at[n.Parts[counting.ByMonth]]
		duty, ok := p.cat.Duty(n.Parts[counting.ByDuty])
		if !known || !ok || !duty.IsCaseInstance() || !n.Status.Decided() {
			continue
		}
		province := n.Parts[counting.ByProvince]
		out.add(duty.ID, p.cat.Places.Department(province), p.cat.Places.Region(p.grouping, province), month, outcomeOf(n.Status), uint64(n.In[0])) //nolint:gosec // A count fits.
	}
	return out, nil
}

// add counts persons of a month in all places in which they are.
func (p *past) add(duty, department, region string, month, outcome int, n uint64) {
	if p.months[duty] == nil {
		p.months[duty] = map[disclosure.Place][][]uint64{}
	}
	for _, place := range []disclosure.Place{
		{Period: disclosure.Year, Level: disclosure.Department, Code: department}, {Period: disclosure.Year, Level: disclosure.Region, Code: region}, {Period: disclosure.Year, Level: disclosure.Nation},
	} {
		months := p.months[duty][place]
		if months == nil {
			months = make([][]uint64, pastMonths)
			for i := range months {
				months[i] = make([]uint64, 2)
			}
			p.months[duty][place] = months
		}
		months[month][outcome] += n
	}
}

// figures are the cells of a table as its readers may see them, given all that they saw
// before. The twelve months of a place with which a hidden month could be found by adding and
// subtracting are withheld, and those of a department that tie hidden months together, since
// all departments add up to the nation; then the table is protected anew, until nothing more is found.
func (p *past) figures(duty string, table disclosure.Table, policy disclosure.Policy) (map[string]disclosure.Figure, error) {
	figures, err := policy.Figures(table)
	if err != nil || p == nil {
		return figures, err
	}
	at := map[string]int{}
	for i := range table.Cells {
		at[table.Cells[i].Key] = i
	}
	for {
		again := false
		for place, months := range p.months[duty] {
			i, counted := at[place.Key()]
			if !counted || table.Cells[i].Withheld || figures[place.Key()].Hidden != "" {
				continue
			}
			s := p.series(duty, place, months, figures)
			pinned, err := policy.Pinned(s)
			if err != nil {
				return nil, err
			}
			if pinned || place.Level == disclosure.Department && policy.Ties(s) {
				table.Cells[i].Withheld, again = true, true
			}
		}
		if !again {
			return figures, nil
		}
		if figures, err = policy.Figures(table); err != nil {
			return nil, err
		}
	}
}

// series is what is counted of a place by month, and what of it was shown: earlier, and in the
// new release.
func (p *past) series(duty string, place disclosure.Place, months [][]uint64, figures map[string]disclosure.Figure) disclosure.Series {
	s := disclosure.Series{Months: months, ShownMonth: make([]bool, pastMonths), ShownYear: make([]bool, pastMonths)}
	month := place
	month.Period = disclosure.Month
	for i, r := range p.releases {
		of := figures
		switch {
		case i < pastMonths-1 && r == nil:
			continue
		case i < pastMonths-1:
			of = r.Duties[duty]
		}
		// A place in which nobody was counted has no cell, and shows that.
		s.ShownMonth[i], s.ShownYear[i] = of[month.Key()].Hidden == "", of[place.Key()].Hidden == ""
	}
	return s
}
