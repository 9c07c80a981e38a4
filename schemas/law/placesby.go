package law

import "maps"

// DepartmentGrouping is the grouping of Places.ByDepartment.
const DepartmentGrouping = "department"

// ByDepartment are the places with one more grouping, in which each department is
// its own region: whatever is told by region can be told by department.
func (p *Places) ByDepartment() *Places {
	if p == nil {
		return nil
	}
	own := map[string]string{}
	for _, code := range p.codes {
		own[code] = code
	}
	regions := map[string]map[string]string{DepartmentGrouping: own}
	maps.Copy(regions, p.regions)
	return &Places{Groupings: append([]string{DepartmentGrouping}, p.Groupings...), names: p.names, regions: regions, codes: p.codes}
}
