package dashboard

import (
	"net/url"
	"slices"
	"strings"

	"amparo/pipeline/indicator"
	"amparo/pipeline/obligation"
	"amparo/schemas/law"
)

// A detail is where the obligations of a duty, or of a department, stand: what
// the links of alerts open. It holds counts; the command lists the cases, for
// who may run it.
type detail struct {
	Title    string
	Statuses []string
	Rows     []detailRow
	Command  string
}

type detailRow struct {
	Department, Duty string
	Counts           []string
}

// newDetail reads duty, region, department and status from a link, and returns
// nil where it asks for none of the first three. Values that the catalogue does
// not have ask for nothing.
func newDetail(cfg Config, s *indicator.Snapshot, query url.Values, lang string) *detail {
	duty, known := cfg.Catalogue.Duty(query.Get("duty"))
	department, region, status := query.Get("department"), query.Get("region"), obligation.Status(query.Get("status"))
	if s == nil || !known && !slices.Contains(s.Departments, department) && !slices.Contains(s.Regions, region) {
		return nil
	}
	print := printer(lang)
	d := &detail{Command: "amparo obligations"}
	shown := obligation.Statuses()
	if slices.Contains(shown, status) {
		shown = []obligation.Status{status}
		d.Command += " --status " + string(status)
	}
	for _, st := range shown {
		d.Statuses = append(d.Statuses, statusName(st, lang))
	}
	var title []string
	duties := s.Duties
	if known {
		duties = []*law.Duty{duty}
		counted := s.OnTime[indicator.OnTimeKey{Region: indicator.Nation, Duty: duty.ID, Window: indicator.All}].Basis
		name := duty.Title.In(lang)
		if mark := (law.Basis{Kind: duty.Basis().Kind, Confidence: counted.Confidence}).Mark().In(lang); mark != "" {
			name += " (" + mark + ")"
		}
		title = append(title, name)
		d.Command += " --duty " + duty.ID
	}
	departments := s.Departments
	if slices.Contains(departments, department) {
		departments = []string{department}
		title = append(title, cfg.Catalogue.Places.Name(department))
		d.Command += " --department " + department
	}
	if slices.Contains(s.Regions, region) {
		whole := " (departamentos enteros que llegan a ella)"
		if lang == "en" {
			whole = " (whole departments that reach into it)"
		}
		title = append(title, regionName(cfg.Catalogue, region, lang)+whole)
		departments = slices.DeleteFunc(slices.Clone(departments), func(code string) bool { return !cfg.Catalogue.Places.Reaches(s.Grouping, code, region) })
	}
	d.Title = strings.Join(title, " · ")
	for _, code := range departments {
		for _, duty := range duties {
			row := detailRow{Department: cfg.Catalogue.Places.Name(code), Duty: duty.Title.In(lang)}
			var sum uint64
			for _, st := range shown {
				n := s.ByDepartment[indicator.Cell{Place: code, Duty: duty.ID, Status: st}]
				sum += n
				row.Counts = append(row.Counts, print.Sprintf("%d", n))
			}
			if sum > 0 {
				d.Rows = append(d.Rows, row)
			}
		}
	}
	return d
}
