package indicator

import (
	"cmp"
	"maps"
	"slices"

	"amparo/schemas/law"
)

// An Observation is what frontline workers said, with where and how often. Kind
// and code are those of the catalogue's observation events.
type Observation struct {
	Kind, Code, Region string
	Count              int
}

// observations counts what subjects say, by kind, code and region.
type observations map[Observation]int // keys have no count

func (o observations) add(cat *law.Catalogue, grouping string, s *Subject) {
	if cat.Observation == "" {
		return
	}
	for i := range s.Events {
		e := &s.Events[i]
		if e.Type != cat.Observation {
			continue
		}
		region := e.Data.Text("region")
		if e.Place() != "" {
			region = cat.Places.Region(grouping, e.Place())
		}
		kind, code := e.Data.Text("kind"), e.Data.Text("code")
		o[Observation{Kind: kind, Code: code, Region: Nation}]++
		if region != "" {
			o[Observation{Kind: kind, Code: code, Region: region}]++
		}
	}
}

func (o observations) merge(other observations) {
	for key, n := range other {
		o[key] += n
	}
}

// list is by kind, code and region, the nation first.
func (o observations) list() []Observation {
	keys := slices.SortedFunc(maps.Keys(o), func(a, b Observation) int {
		first := func(region string) int {
			if region == Nation {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Code, b.Code),
			cmp.Compare(first(a.Region), first(b.Region)), cmp.Compare(a.Region, b.Region))
	})
	for i := range keys {
		keys[i].Count = o[Observation{Kind: keys[i].Kind, Code: keys[i].Code, Region: keys[i].Region}]
	}
	return keys
}
