package event

import (
	"fmt"
	"slices"
)

// nearest suggests the permitted name closest to a mistyped one, or nothing.
func nearest(name string, permitted []string) string {
	near := Near(name, permitted, 2)
	if len(near) == 0 {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", near[0])
}

// Near lists the permitted names that are at most so many letters from a mistyped
// one, the closest first.
func Near(name string, permitted []string, letters int) []string {
	distance := map[string]int{}
	var out []string
	for _, candidate := range permitted {
		if _, seen := distance[candidate]; seen {
			continue
		}
		if d := editDistance(name, candidate, letters+1); d <= letters {
			distance[candidate], out = d, append(out, candidate)
		}
	}
	slices.SortStableFunc(out, func(a, b string) int { return distance[a] - distance[b] })
	return out
}

// editDistance is the Levenshtein distance, or limit where it is not smaller.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, diagonal+1)
		}
	}
	return min(row[len(b)], limit)
}
