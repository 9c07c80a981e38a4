package desk

import (
	"cmp"
	"context"
	"slices"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store"
	"amparo/pipeline/store/counting"
	"amparo/schemas/law"
)

// An Office is what one institution did under one duty in one province; an empty
// Institution is what no institution was named for.
type Office struct {
	Duty, Institution, Province string

	Basis       law.Basis
	Year, Month Tally // by due date: the last twelve months, the last closed month
}

// A Tally counts obligations in a window.
type Tally struct{ Met, Failed, NotDue, Unclear, Void int64 }

// Due is the number that has fallen due.
func (t Tally) Due() int64 { return t.Met + t.Failed }

// Any reports whether anything was counted at all.
func (t Tally) Any() bool { return t != Tally{} }

// Plus adds two tallies.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Met + o.Met, t.Failed + o.Failed, t.NotDue + o.NotDue, t.Unclear + o.Unclear, t.Void + o.Void}
}

// In is the tally of a window.
func (o *Office) In(window indicator.Window) Tally {
	if window == indicator.Month {
		return o.Month
	}
	return o.Year
}

// endless lies after every deadline: what is not yet due belongs to the windows
// that reach the present.
var endless = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

func (s *Service) offices(ctx context.Context, asOf time.Time, of store.Choice) ([]Office, error) {
	windows := indicator.Windows(s.cat, asOf)
	counts, err := s.from.ObligationOutcomes(ctx, counting.Cut{
		AsOf: asOf, Choice: of, Spans: counting.Spans{{From: windows[1].From, To: endless}, windows[0]},
		By: []counting.By{counting.ByDuty, counting.ByInstitution, counting.ByProvince},
	})
	if err != nil {
		return nil, err
	}
	type key struct{ duty, institution, province string }
	at := map[key]int{}
	var out []Office
	for i := range counts {
		n := &counts[i]
		k := key{n.Parts[counting.ByDuty], n.Parts[counting.ByInstitution], n.Parts[counting.ByProvince]}
		year, month := Tally(n.In[0]), Tally(n.In[1])
		if !year.Any() && !month.Any() {
			continue
		}
		j, ok := at[k]
		if !ok {
			j = len(out)
			at[k] = j
			out = append(out, Office{Duty: k.duty, Institution: k.institution, Province: k.province})
		}
		out[j].Basis.Add(n.Basis)
		out[j].Year, out[j].Month = out[j].Year.Plus(year), out[j].Month.Plus(month)
	}
	slices.SortFunc(out, func(a, b Office) int {
		return cmp.Or(cmp.Compare(a.Duty, b.Duty), cmp.Compare(a.Province, b.Province), cmp.Compare(a.Institution, b.Institution))
	})
	return out, nil
}

// A Part is one place or institution of a number, with its tally.
type Part struct {
	Code string // of a department or province, or an institution
	Tally
	Basis law.Basis
}

// A Question is which obligations a number is about. Empty fields mean all.
type Question struct {
	Duty   string
	Window indicator.Window
	// Place is a department or province; Region a region of the grouping.
	Region, Place, Institution string
}

// of are the offices of a duty: all are sorted by it.
func (b *Board) of(duty string) []Office {
	from, _ := slices.BinarySearchFunc(b.Offices, duty, func(o Office, duty string) int { return cmp.Compare(o.Duty, duty) })
	to := from
	for to < len(b.Offices) && b.Offices[to].Duty == duty {
		to++
	}
	return b.Offices[from:to]
}

func (b *Board) holds(q *Question, o *Office) bool {
	return o.Duty == q.Duty &&
		(q.Region == "" || b.cat.Places.Region(b.grouping, o.Province) == q.Region) &&
		(q.Place == "" || len(o.Province) >= len(q.Place) && o.Province[:len(q.Place)] == q.Place) &&
		(q.Institution == "" || o.Institution == q.Institution)
}

// Whole is the tally of a question.
func (b *Board) Whole(q Question) Part {
	var whole Part
	offices := b.of(q.Duty)
	for i := range offices {
		if o := &offices[i]; b.holds(&q, o) {
			whole.add(o, q.Window)
		}
	}
	return whole
}

func (p *Part) add(o *Office, window indicator.Window) {
	if n := o.In(window); n.Any() {
		p.Tally = p.Plus(n)
		p.Basis.Add(o.Basis)
	}
}

// ByDepartment splits a question by department: every department of the
// catalogue that lies in what was asked, also where nothing was counted.
func (b *Board) ByDepartment(q Question) []Part {
	at := map[string]*Part{}
	var order []*Part
	for _, code := range b.cat.Places.Departments() {
		reaches := q.Region == "" || b.cat.Places.Reaches(b.grouping, code, q.Region)
		if reaches && (q.Place == "" || q.Place[:2] == code) {
			at[code] = &Part{Code: code}
			order = append(order, at[code])
		}
	}
	offices := b.of(q.Duty)
	for i := range offices {
		o := &offices[i]
		if part := at[b.cat.Places.Department(o.Province)]; part != nil && b.holds(&q, o) {
			part.add(o, q.Window)
		}
	}
	out := make([]Part, len(order))
	for i, part := range order {
		out[i] = *part
	}
	return out
}

// ByInstitution splits a question by institution, by code: an order by result
// would be a league table.
func (b *Board) ByInstitution(q Question) []Part {
	at := map[string]*Part{}
	offices := b.of(q.Duty)
	for i := range offices {
		o := &offices[i]
		if !b.holds(&q, o) || !o.In(q.Window).Any() {
			continue
		}
		part := at[o.Institution]
		if part == nil {
			part = &Part{Code: o.Institution}
			at[o.Institution] = part
		}
		part.add(o, q.Window)
	}
	out := make([]Part, 0, len(at))
	for _, part := range at {
		out = append(out, *part)
	}
	slices.SortFunc(out, func(a, b Part) int { return cmp.Compare(a.Code, b.Code) })
	return out
}
