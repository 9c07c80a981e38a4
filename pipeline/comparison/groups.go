package comparison

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"amparo/pipeline/indicator"
	"amparo/pipeline/store"
	"amparo/schemas/law"
)

// A Group is one side of a comparison: a place, an area, or a span of due dates.
type Group struct {
	Code string
	Name law.Text

	region, department string // "" for any
	area               string // "" for any
	span               *store.Span
}

// ErrGroup says that a group of a comparison is not understood; the text says
// what is.
var ErrGroup = errors.New("unknown group")

// beginning and endless bound spans that are open.
var (
	beginning = time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC)
	endless   = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// ParseGroup reads a group: a region of the grouping, a department as
// "department:04" or "04", "urban", "rural", "before:2023-03-23",
// "after:2023-03-23" or "period:2024-01..2024-06". Dates are those of deadlines,
// in the catalogue's zone.
func ParseGroup(cat *law.Catalogue, grouping, text string) (Group, error) {
	g := Group{Code: text, Name: law.Text{ES: text, EN: text}}
	word := func(code string) law.Text { return law.Text{ES: cat.Word(code, "es"), EN: cat.Word(code, "en")} }
	kind, rest, _ := strings.Cut(text, ":")
	switch {
	case cat.Places != nil && slices.Contains(cat.Places.Regions(grouping), text):
		g.region, g.Name = text, word(text)
		return g, nil
	case text == "urban" || text == "rural":
		g.area, g.Name = text, word(text)
		return g, nil
	case kind == "department", len(text) == 2 && cat.Places != nil && cat.Places.Known(text):
		g.department = cmp.Or(rest, text)
		if cat.Places == nil || len(g.department) != 2 || !cat.Places.Known(g.department) {
			return g, fmt.Errorf("%w %q: there is no department %q", ErrGroup, text, g.department)
		}
		name := cat.Places.Name(g.department)
		g.Name = law.Text{ES: name, EN: name}
		return g, nil
	case kind == "before", kind == "after", kind == "period":
		return g.withSpan(cat.Zone, kind, rest)
	}
	return g, fmt.Errorf("%w %q: expected a region of %s (%s), department:04, urban, rural, before:2023-03-23, after:2023-03-23 or period:2024-01..2024-06",
		ErrGroup, text, grouping, strings.Join(cat.Places.Regions(grouping), ", "))
}

// withSpan reads the dates. A span holds (from, to], and a deadline at the first
// instant of a day belongs to the day that ends there.
func (g Group) withSpan(zone *time.Location, kind, rest string) (Group, error) {
	if kind == "period" {
		first, last, _ := strings.Cut(rest, "..")
		from, err1 := time.ParseInLocation("2006-01", first, zone)
		to, err2 := time.ParseInLocation("2006-01", cmp.Or(last, first), zone)
		if err1 != nil || err2 != nil || to.Before(from) {
			return g, fmt.Errorf("%w %q: expected two months, as in period:2024-01..2024-06", ErrGroup, g.Code)
		}
		g.span = &store.Span{From: from, To: to.AddDate(0, 1, 0)}
		name := strings.ReplaceAll(rest, "..", "–")
		g.Name = law.Text{ES: name, EN: name}
		return g, nil
	}
	at, err := time.ParseInLocation("2006-01-02", rest, zone)
	if err != nil {
		return g, fmt.Errorf("%w %q: expected a date, as in %s:2023-03-23", ErrGroup, g.Code, kind)
	}
	if kind == "before" {
		g.span, g.Name = &store.Span{From: beginning, To: at}, law.Text{ES: "antes del " + rest, EN: "before " + rest}
	} else {
		g.span, g.Name = &store.Span{From: at, To: endless}, law.Text{ES: "desde el " + rest, EN: "from " + rest}
	}
	return g, nil
}

// holds reports whether a place and area belong to the group.
func (g *Group) holds(cat *law.Catalogue, grouping, place, area string) bool {
	return (g.region == "" || cat.Places.Region(grouping, place) == g.region) &&
		(g.department == "" || cat.Places.Department(place) == g.department) &&
		(g.area == "" || g.area == area)
}

// spanOf are the due dates of a window at an instant. What is not yet due
// belongs to the windows that reach the present, to be counted beside.
func spanOf(cat *law.Catalogue, window indicator.Window, asOf time.Time) store.Span {
	spans := indicator.Windows(cat, asOf)
	switch window {
	case indicator.Month:
		return spans[0]
	case indicator.Year:
		return store.Span{From: spans[1].From, To: endless}
	}
	return store.Span{From: beginning, To: endless}
}

// within is what two spans share.
func within(a store.Span, b *store.Span) store.Span {
	if b == nil {
		return a
	}
	return a.And(*b)
}
